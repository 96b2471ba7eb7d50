/** The picture that travels through a frame: float RGB, and its way from and to 8 bits. */

import { bytesAt, copyNumbers, floatsAt, kernels, lendMemory } from "../kernels/kernels.ts";
import { placeOf } from "../kernels/picture-room.ts";
import { pictureFloats } from "./near-kernels.ts";

/** Width × height pixels, sRGB-encoded. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** Interleaved R, G, B, row by row, 0–1 (values may leave the range between two steps), `3 * width * height` long. */
  readonly data: Float32Array;
}

/** An 8-bit picture, the form that is saved, encoded, scored and fed back. */
export interface ByteImage {
  readonly width: number;
  readonly height: number;
  /** Interleaved R, G, B, row by row, `3 * width * height` long. */
  readonly data: Uint8Array;
}

/** Values that are converted at a time: as many as stay in the processor's cache. */
const BATCH = 16_384;

/** 8 bits to float, value / 255. */
export function toFloatImage({ width, height, data }: ByteImage): RgbImage {
  const floats = pictureFloats(data.length);
  const home = placeOf(floats);
  lendMemory([BATCH, 4 * BATCH], (levels, batch) => {
    for (let first = 0; first < data.length; first += BATCH) {
      const part = data.subarray(first, first + BATCH);
      copyNumbers(part, bytesAt(levels, part.length));
      kernels.floatsFromLevels(levels, part.length, home === null ? batch : home + 4 * first);
      if (home === null) copyNumbers(floatsAt(batch, part.length), floats.subarray(first));
    }
  });
  return { width, height, data: floats };
}

/** Float to 8 bits: clamped to 0–1 and rounded half up (Deforum truncates, which darkens long runs). */
export function toByteImage({ width, height, data }: RgbImage): ByteImage {
  const bytes = new Uint8Array(data.length);
  const home = placeOf(data);
  lendMemory([4 * BATCH, BATCH], (batch, levels) => {
    for (let first = 0; first < data.length; first += BATCH) {
      const part = data.subarray(first, first + BATCH);
      if (home === null) copyNumbers(part, floatsAt(batch, part.length));
      kernels.levelsFromFloats(home === null ? batch : home + 4 * first, part.length, levels);
      copyNumbers<Uint8Array>(bytesAt(levels, part.length), bytes.subarray(first));
    }
  });
  return { width, height, data: bytes };
}
