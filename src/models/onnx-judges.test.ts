/** Detectors and aesthetic predictors of users: small networks in the forms of the known exports, which see red squares. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawFrame } from "../../test/support/drawn-frames.ts";
import { toyAesthetic, toyUltraface, toyYolo, toyYunet } from "../../test/support/toy-judges.ts";
import type { ByteImage } from "../tensor/image.ts";
import { isSeen, joinOverlapping } from "./detector-forms.ts";
import { openOnnxAesthetic } from "./onnx-aesthetic.ts";
import { openOnnxDetector } from "./onnx-detector.ts";

const cpu = { device: "cpu" } as const;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-judges-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${name}.onnx`);
  await writeFile(path, bytes);
  return path;
}

/** A red square of a tenth of the width, its upper left corner at shares of the sides. */
async function redSquare(width: number, height: number, left: number, top: number): Promise<ByteImage> {
  const square = `<rect x="${left * width}" y="${top * height}" width="${width / 10}" height="${width / 10}" fill="#f00"/>`;
  return await drawFrame(width, height, `<rect width="100%" height="100%" fill="#003"/>${square}`);
}

describe("a detector", () => {
  it.each([
    ["YuNet", () => toyYunet(320)],
    ["UltraFace", () => toyUltraface(320, 320)],
    ["YOLO", () => toyYolo(320, 1)],
    ["YOLO", () => toyYolo(320, 80, 0)],
    ["YOLO", () => toyYolo(320, 80, 16)],
  ])("in the form of %s finds the square, in shares of a picture of another shape", async (form, build) => {
    const detector = await openOnnxDetector(await file("detector", build()), cpu);
    expect(detector.form).toBe(form);
    // Enlarged to 320 × 160, the square covers one cell of 32 pixels.
    const [box, ...others] = await detector.find(await redSquare(640, 320, 0.5, 0.4));
    expect(box!.confidence).toBeGreaterThan(0.95);
    expect(box!.left + box!.width / 2).toBeCloseTo(0.55, 1);
    expect(box!.top + box!.height / 2).toBeCloseTo(0.5, 1);
    if (form !== "YuNet") {
      expect(box!.width).toBeCloseTo(0.1, 5);
      expect(box!.height).toBeCloseTo(0.2, 5);
      expect(others).toEqual([]);
    }
    expect(await detector.find(await redSquare(640, 320, 2, 2))).toEqual([]);
    await detector.release();
  });

  it("of COCO's classes sees people and animals alone", async () => {
    const chairs = await openOnnxDetector(await file("chairs", toyYolo(320, 80, 56)), cpu);
    expect(await chairs.find(await redSquare(640, 320, 0.5, 0.4))).toEqual([]);
    await chairs.release();
  });

  it("of another form is refused, with what it gives and what is supported", async () => {
    const path = await file("other", toyAesthetic(64));
    await expect(openOnnxDetector(path, cpu)).rejects.toMatchObject({
      message: "expected the outputs of a detector, found score [1]",
      where: path,
      hint: expect.stringMatching(/^Supported: YuNet .* UltraFace .* YOLOv8/),
    });
    await expect(openOnnxDetector(await file("pose", toyYolo(64, 52)), cpu)).rejects.toThrow(
      "found output0 [1, 56, 4]",
    );
  });

  it("gives each thing once, by the surest of the boxes that overlap", () => {
    const box = { left: 0.1, top: 0.1, width: 0.2, height: 0.2 };
    const boxes = [
      { ...box, confidence: 0.7 },
      { ...box, left: 0.12, confidence: 0.9 },
      { ...box, left: 0.6, confidence: 0.8 },
    ];
    expect(joinOverlapping(boxes).map(({ confidence }) => confidence)).toEqual([0.9, 0.8]);
  });

  it("gives no boxes that are none: without numbers, without size, or outside of the picture", () => {
    const box = { left: 0.1, top: 0.1, width: 0.2, height: 0.2, confidence: 0.9 };
    expect(isSeen(box)).toBe(true);
    expect(isSeen({ ...box, left: -0.1, top: 0.95 })).toBe(true);
    for (const wrong of [
      { left: NaN },
      { confidence: NaN },
      { width: Infinity },
      { height: -0.2 },
      { width: 0 },
      { left: 1 },
      { top: -0.2 },
    ])
      expect(isSeen({ ...box, ...wrong }), JSON.stringify(wrong)).toBe(false);
  });
});

describe("an aesthetic predictor", () => {
  it("sees the middle of the picture in CLIP's colors", async () => {
    const network = await openOnnxAesthetic(await file("aesthetic", toyAesthetic(32)), cpu);
    const gray = await drawFrame(64, 32, `<rect width="100%" height="100%" fill="#808080"/>`);
    const means = [0.48145466, 0.4578275, 0.40821073];
    const deviations = [0.26862954, 0.26130258, 0.27577711];
    const wanted = means.reduce((sum, mean, color) => sum + (128 / 255 - mean) / deviations[color]! / 3, 0);
    expect(await network.judge(gray)).toBeCloseTo(wanted, 4);
    const sides = `<rect width="100%" height="100%" fill="#fff"/><rect x="16" width="32" height="32" fill="#808080"/>`;
    expect(await network.judge(await drawFrame(64, 32, sides))).toBeCloseTo(wanted, 0.5);
    await network.release();
  });

  it("has other colors where the file beside it says so, and a mistake in that file is named", async () => {
    const path = await file("aesthetic", toyAesthetic(32));
    const config = join(folder, "preprocessor_config.json");
    await writeFile(config, JSON.stringify({ image_mean: [0, 0, 0], image_std: [1, 1, 1], do_resize: true }));
    const network = await openOnnxAesthetic(path, cpu);
    const white = await drawFrame(40, 40, `<rect width="100%" height="100%" fill="#fff"/>`);
    expect(await network.judge(white)).toBeCloseTo(1, 4);
    await network.release();
    await writeFile(config, JSON.stringify({ image_std: [0, 1, 1] }));
    await expect(openOnnxAesthetic(path, cpu)).rejects.toMatchObject({ where: config });
    await rm(config);
  });

  it("that gives more than one number is refused", async () => {
    const path = await file("features", toyAesthetic(32, true));
    await expect(openOnnxAesthetic(path, cpu)).rejects.toThrow(
      "expected one number for a picture, found [1, 3]",
    );
  });
});
