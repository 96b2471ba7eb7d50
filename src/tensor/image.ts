/** The picture that travels through a frame: float RGB, and its way from and to 8 bits. */

import { unsetFloats } from "./unset-floats.ts";

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

/** 8 bits to float, value / 255. */
export function toFloatImage({ width, height, data }: ByteImage): RgbImage {
  const floats = unsetFloats(data.length);
  for (let i = 0; i < data.length; i++) floats[i] = data[i]! / 255;
  return { width, height, data: floats };
}

/** Float to 8 bits: clamped to 0–1 and rounded half up (Deforum truncates, which darkens long runs). */
export function toByteImage({ width, height, data }: RgbImage): ByteImage {
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const level = data[i]! * 255 + 0.5;
    bytes[i] = level >= 255 ? 255 : level > 0 ? level : 0;
  }
  return { width, height, data: bytes };
}
