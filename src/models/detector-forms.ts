/** What the usual detectors give, as boxes: told apart by their outputs, read by the rules of each. */

import type { Tensor } from "../tensor/tensor.ts";

/** A face or subject, in shares of the picture given to the network, 0–1; it may reach beyond the edges. */
export interface FoundBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** How sure the detector is, 0–1. */
  readonly confidence: number;
}

export interface DetectorForm {
  readonly name: "YuNet" | "UltraFace" | "YOLO";
  /** Size of its picture, pixels, where the file leaves it open. */
  readonly height: number;
  readonly width: number;
  /** Colors are (value − mean) / deviation, values 0–1; `bgr`: blue first. */
  readonly mean: number;
  readonly deviation: number;
  readonly bgr: boolean;
  /** Boxes above {@link LEAST_CONFIDENCE}, overlapping ones not yet joined. */
  readonly read: (outputs: Readonly<Record<string, Tensor>>, height: number, width: number) => FoundBox[];
}

/** Boxes that the detector is less sure of are left out. Own: OpenCV asks 0.9 of YuNet for portraits, ultralytics 0.25 of YOLO. */
export const LEAST_CONFIDENCE = 0.6;
const STRIDES = [8, 16, 32];
/** Of COCO's 80 classes those that a still is about: people and animals. */
const COCO_SUBJECTS = [0, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23];

/** What {@link findForm} knows, for messages. */
export const SUPPORTED_FORMS =
  "YuNet (cls_8, obj_8, bbox_8 … of three strides), UltraFace and SSD exports (boxes [1, n, 4] in shares, scores [1, n, classes], the background first), YOLOv8 and 11 ([1, 84 or 5, n])";

/** The form of a detector with these outputs; undefined for others. */
export function findForm(outputs: Readonly<Record<string, Tensor>>): DetectorForm | undefined {
  const names = STRIDES.flatMap((stride) => ["cls", "obj", "bbox"].map((part) => `${part}_${stride}`));
  if (names.every((name) => outputs[name])) return YUNET;
  const tensors = Object.values(outputs);
  const [only] = tensors;
  if (tensors.length === 1 && only!.dims.length === 3 && [5, 84].includes(only!.dims[1]!)) return YOLO;
  return tensors.length === 2 && cornersOf(outputs) ? ULTRAFACE : undefined;
}

/** libfacedetection's successor (Wu et al. 2023), as OpenCV's FaceDetectorYN reads it: BGR, 0–255. */
const YUNET: DetectorForm = {
  name: "YuNet",
  height: 320,
  width: 320,
  mean: 0,
  deviation: 1 / 255,
  bgr: true,
  read(outputs, height, width) {
    return STRIDES.flatMap((stride) => {
      const [cls, obj, bbox] = ["cls", "obj", "bbox"].map((part) => outputs[`${part}_${stride}`]!.data);
      const columns = Math.floor(width / stride);
      const boxes: FoundBox[] = [];
      for (let i = 0; i < cls!.length; i++) {
        const confidence = Math.sqrt(share(cls![i]!) * share(obj![i]!));
        if (confidence < LEAST_CONFIDENCE) continue;
        const [dx, dy, logWidth, logHeight] = bbox!.subarray(4 * i, 4 * i + 4);
        const centerX = ((i % columns) + dx!) * stride;
        const centerY = (Math.floor(i / columns) + dy!) * stride;
        const size = { width: Math.exp(logWidth!) * stride, height: Math.exp(logHeight!) * stride };
        boxes.push(
          aroundCenter(
            centerX / width,
            centerY / height,
            size.width / width,
            size.height / height,
            confidence,
          ),
        );
      }
      return boxes;
    });
  },
};

/** Ultra-Light-Fast-Generic-Face-Detector-1MB, and SSDs exported alike: RGB, (value − 127) / 128. */
const ULTRAFACE: DetectorForm = {
  name: "UltraFace",
  height: 240,
  width: 320,
  mean: 127 / 255,
  deviation: 128 / 255,
  bgr: false,
  read(outputs) {
    const { boxes, scores } = cornersOf(outputs)!;
    const classes = scores.dims[2]!;
    const found: FoundBox[] = [];
    for (let i = 0; i < boxes.dims[1]!; i++) {
      // The first class is the background.
      const confidence = Math.max(...scores.data.subarray(i * classes + 1, (i + 1) * classes));
      if (confidence < LEAST_CONFIDENCE) continue;
      const [left, top, right, bottom] = boxes.data.subarray(4 * i, 4 * i + 4);
      found.push({ left: left!, top: top!, width: right! - left!, height: bottom! - top!, confidence });
    }
    return found;
  },
};

/** Ultralytics' export without joining: centers and sizes in pixels, then a score for each class. */
const YOLO: DetectorForm = {
  name: "YOLO",
  height: 640,
  width: 640,
  mean: 0,
  deviation: 1,
  bgr: false,
  read(outputs, height, width) {
    const { dims, data } = Object.values(outputs)[0]!;
    const [, rows = 0, count = 0] = dims;
    const classes = rows === 5 ? [0] : COCO_SUBJECTS;
    const found: FoundBox[] = [];
    for (let i = 0; i < count; i++) {
      const confidence = Math.max(...classes.map((index) => data[(4 + index) * count + i]!));
      if (confidence < LEAST_CONFIDENCE) continue;
      const [x, y, wide, tall] = [0, 1, 2, 3].map((row) => data[row * count + i]!);
      found.push(aroundCenter(x! / width, y! / height, wide! / width, tall! / height, confidence));
    }
    return found;
  },
};

function cornersOf(outputs: Readonly<Record<string, Tensor>>) {
  const tensors = Object.values(outputs).filter(({ dims }) => dims.length === 3 && dims[0] === 1);
  const boxes = outputs["boxes"] ?? tensors.find(({ dims }) => dims[2] === 4);
  const scores = outputs["scores"] ?? tensors.find((tensor) => tensor !== boxes);
  const fits = boxes?.dims[2] === 4 && scores?.dims.length === 3 && scores.dims[2]! >= 2;
  return fits && scores.dims[1] === boxes.dims[1] ? { boxes, scores } : undefined;
}

function share(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function aroundCenter(x: number, y: number, width: number, height: number, confidence: number): FoundBox {
  return { left: x - width / 2, top: y - height / 2, width, height, confidence };
}

/** Whether a box is one, with numbers for sides, and something of it lies in the picture. */
export function isSeen({ left, top, width, height, confidence }: FoundBox): boolean {
  if (![left, top, width, height, confidence].every(Number.isFinite)) return false;
  return width > 0 && height > 0 && left < 1 && top < 1 && left + width > 0 && top + height > 0;
}

/** Of boxes that overlap by more than `most` (area in common over area of both) the surest, surest first. */
export function joinOverlapping(boxes: readonly FoundBox[], most = 0.4): FoundBox[] {
  const kept: FoundBox[] = [];
  for (const box of boxes.toSorted((a, b) => b.confidence - a.confidence)) {
    if (kept.every((other) => overlap(box, other) <= most)) kept.push(box);
  }
  return kept;
}

function overlap(a: FoundBox, b: FoundBox): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const common = width * height;
  return common / (a.width * a.height + b.width * b.height - common);
}
