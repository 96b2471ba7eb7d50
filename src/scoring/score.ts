/** What a frame is worth as a still: its measures, two fingerprints, and the reason if it is a dud. */
import type { ByteImage } from "../tensor/image.ts";
import { findPicture } from "./bars.ts";
import { measureComposition } from "./composition.ts";
import { measureDetail } from "./detail.ts";
import { differenceHash, type DifferenceHash } from "./difference-hash.ts";
import { findDud, type DudReason } from "./duds.ts";
import { cutLuma, fitLuma, toLuma, type Area } from "./luma.ts";
import { measureReadability } from "./readability.ts";
import { measureSaliency } from "./saliency.ts";
import { makeSignature, type Signature } from "./signature.ts";
import { colorfulness, measureTone } from "./tone.ts";

export type { DudReason } from "./duds.ts";

/** All but the fingerprints are measured on the picture between its bars, at a longer side of at most 320 pixels. */
export interface FrameScore {
  /** Variance of the Laplacian of the luma (0–255); a sharp drawing has 40–1000, a blurred one below 12 (Pech-Pacheco et al., ICPR 2000). */
  readonly sharpness: number;
  /**
   * Energy of the Laplacian over energy of the Sobel gradient: 0.02–0.1 for pictures, whose detail lies along edges; 0.83 (20/24, the kernels'
   * own energies) for white noise, whose detail lies in single pixels. Own.
   */
  readonly noisiness: number;
  /** How steep the sharpest edges are, in the direction in which they are softest: 1 a step of one pixel, about 1 / (8 σ²) under a blur of σ pixels. Own. */
  readonly focus: number;
  /** How evenly the gradient is spread over the picture, 0–1: 0.1–0.7 for pictures, 1 for noise of any grain. Own. */
  readonly disorder: number;
  /** RMS contrast: standard deviation of the luma, 0–0.5. */
  readonly contrast: number;
  /** Mean luma, 0–1. */
  readonly brightness: number;
  /** Shares of pixels without detail because they are nearly white, or nearly black, 0–1. */
  readonly blown: number;
  readonly crushed: number;
  /**
   * Nearly white pixels (luma 236–251) for each blown one, 0 upwards: below 0.01 white paper, whose drawing ends where its lines do; more where
   * light runs over. Own.
   */
  readonly glow: number;
  /** Blown and crushed together, 0–1. */
  readonly clipped: number;
  /** Entropy of the luma's histogram of 256 levels, in bits, 0–8. */
  readonly entropy: number;
  /** Hasler & Süsstrunk 2003: 0 gray, 33 moderate, 59 quite, 82 highly, above 109 extremely colorful. */
  readonly colorfulness: number;
  /** How near to the crossings of the lines of thirds the eye is drawn, 0–1; 0.23 when it is drawn nowhere. Own. */
  readonly thirds: number;
  /** Whether one subject draws the eye and is not cut by the edge: its share of all that stands out, 0–1. Own. */
  readonly subjectRoom: number;
  /** Share of the edges' energy that is still there at 120 pixels, 0–1. Own. */
  readonly readability: number;
  /** How little changes from the frame before or to the frame after, whichever is nearer: 1 nothing, 1/2 four levels of 255. 1 for a frame alone; see {@link scoreSequence}. */
  readonly stillness: number;
  /** Share of the frame that is not bars, 0–1. */
  readonly pictureShare: number;
  readonly hash: DifferenceHash;
  readonly signature: Signature;
  /** Set when the frame is no candidate, however few there are. */
  readonly dud: DudReason | undefined;
}

/** Sharpness depends on size, so frames are compared at this longer side, in pixels; smaller ones are not enlarged. */
const NORMAL_SIDE = 320;

/** Colors need fewer pixels than edges do: about so many across are looked at. */
const COLOR_SIDE = 160;

/** Scores one frame by itself. Pure; 2 ms at 320 × 180. */
export function scoreFrame(image: ByteImage): FrameScore {
  const whole = fitLuma(toLuma(image), NORMAL_SIDE);
  const picture = findPicture(whole);
  const luma = cutLuma(whole, picture);
  const area = scaleArea(picture, image.width / whole.width, image.height / whole.height);
  const tone = measureTone(luma);
  const measures = {
    ...measureDetail(luma),
    ...tone,
    clipped: tone.blown + tone.crushed,
    pictureShare: (picture.width * picture.height) / (whole.width * whole.height),
  };
  return {
    ...measures,
    colorfulness: colorfulness(image, area, Math.max(1, Math.floor(image.width / COLOR_SIDE))),
    ...measureComposition(measureSaliency(image, area)),
    readability: measureReadability(luma),
    stillness: 1,
    hash: differenceHash(whole),
    signature: makeSignature(image),
    dud: findDud(measures),
  };
}

/** An area of the shrunk picture in pixels of the whole one: what lies in it entirely. */
function scaleArea({ left, top, width, height }: Area, across: number, down: number): Area {
  const [startX, startY] = [Math.ceil(left * across), Math.ceil(top * down)];
  return {
    left: startX,
    top: startY,
    width: Math.max(1, Math.floor((left + width) * across + 1e-6) - startX),
    height: Math.max(1, Math.floor((top + height) * down + 1e-6) - startY),
  };
}
