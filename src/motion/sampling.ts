/** Draws a picture from positions in another: bicubic, bilinear or nearest, with a rule for what lies outside. */

import { copyNumbers, doublesAt, floatsAt, lendMemory, wordsAt } from "../kernels/kernels.ts";
import { copyBytes, placeOf } from "../kernels/picture-room.ts";
import { fillRows } from "../kernels/share-rows.ts";
import type { RgbImage } from "../tensor/image.ts";
import { pictureFloats } from "../tensor/near-kernels.ts";
import { type CameraView, locateRows, type LocateRow } from "./camera-view.ts";
import { type Padding, PADDING_RULES, TAP_RULES, type TapRule } from "./padding.ts";
import { roundHalfEven } from "./round-half-even.ts";

/** bicubic: Keys' kernel with a = −0.75 over 4×4 pixels. nearest: halves go to the even pixel. */
export type Sampling = "bicubic" | "bilinear" | "nearest";

/**
 * The picture whose every pixel is looked up in `image` at the position that `from` gives. Same size as `image`; bicubic results are
 * clamped to 0–1, because the kernel overshoots. Source of kernel and padding rules: torch grid_sample (behavior).
 */
export function resample(
  image: RgbImage,
  from: CameraView | LocateRow,
  sampling: Sampling,
  padding: Padding,
): RgbImage {
  const { width, height } = image;
  if (sampling !== "nearest") return { width, height, data: sampleBetween(image, from, sampling, padding) };
  const data = new Float32Array(3 * width * height);
  sampleNearest(image, typeof from === "function" ? from : locateRows(from), TAP_RULES[padding], data);
  return { width, height, data };
}

/** Beyond this a position is as good as infinitely far; keeps whole-number arithmetic exact. */
const FAR = 1e9;

function reachable(position: number): number {
  // Not finite only at the limits of floating point: a lens of nearly 0°, seen from its own plane.
  return position > FAR ? FAR : position > -FAR ? position : Number.isNaN(position) ? 0 : -FAR;
}

function sampleNearest(
  { width, height, data }: RgbImage,
  locate: LocateRow,
  tap: TapRule,
  output: Float32Array,
): void {
  const positions = new Float64Array(2 * width);
  for (let y = 0, o = 0; y < height; y++) {
    locate(y, positions);
    for (let i = 0; i < positions.length; i += 2, o += 3) {
      const column = tap(roundHalfEven(reachable(positions[i]!)), width);
      const row = tap(roundHalfEven(reachable(positions[i + 1]!)), height);
      if (column < 0 || row < 0) continue;
      const s = 3 * (row * width + column);
      output[o] = data[s]!;
      output[o + 1] = data[s + 1]!;
      output[o + 2] = data[s + 2]!;
    }
  }
}

/** Numbers of the ways in kernels/assembly/warp.ts. */
const SAMPLINGS = { bilinear: 0, bicubic: 1 } as const;
/** All positions of a picture, from whoever has no numbers for the kernels. */
const GIVEN = { kind: "given", numbers: [], depth: null } as const;
const LOCATIONS = { given: 0, matrix: 1, depth: 2 } as const;

/** Rows that a thread draws at a time. */
const BAND_ROWS = 16;

function sampleBetween(
  { width, height, data }: RgbImage,
  from: CameraView | LocateRow,
  sampling: keyof typeof SAMPLINGS,
  padding: Padding,
): Float32Array {
  const output = pictureFloats(data.length);
  const { kind, numbers, depth } = typeof from === "function" ? GIVEN : from;
  const count = typeof from === "function" ? 2 * width * height : numbers.length;
  const sizes = [copyBytes(data), 8 * count, 4 * (depth?.length ?? 0), 64];
  lendMemory(sizes, (lent, numbersAt, depthAt, settings) => {
    const picture = placeOf(data) ?? lent;
    const places = doublesAt(numbersAt, count);
    if (typeof from !== "function") places.set(numbers);
    else
      for (let row = 0; row < height; row++)
        from(row, places.subarray(2 * width * row, 2 * width * (row + 1)));
    if (depth !== null) copyNumbers(depth, floatsAt(depthAt, depth.length));
    const depths = depth === null ? 0 : depthAt;
    const [rule, way, location] = [PADDING_RULES[padding], SAMPLINGS[sampling], LOCATIONS[kind]];
    wordsAt(settings, 8).set([picture, width, height, rule, way, location, numbersAt, depths]);
    const scratchBytes = 28 * width + 768;
    const arriving = { data, place: picture };
    fillRows(
      { kernel: "warp", settings, rows: height, bandRows: BAND_ROWS, scratchBytes, picture: arriving },
      output,
    );
  });
  return output;
}
