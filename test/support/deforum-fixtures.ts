/** Reads the golden files under test/fixtures/deforum (computed with deforum-art/sd-webui-deforum 32242685) and compares pictures. */

import { readFileSync } from "node:fs";
import sharp from "sharp";
import { type ByteImage, type RgbImage, toFloatImage } from "../../src/tensor/image.ts";

const root = new URL("../fixtures/deforum/", import.meta.url);

/** A JSON file; the caller knows its shape. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a named type at each call, instead of a cast
export function readGolden<Shape>(path: string): Shape {
  const golden: Shape = JSON.parse(readFileSync(new URL(path, root), "utf8"));
  return golden;
}

/** Little-endian float32 values. */
export function readGoldenFloats(path: string): Float32Array {
  const bytes = readFileSync(new URL(path, root));
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

export async function readGoldenPicture(path: string): Promise<ByteImage> {
  const { data, info } = await sharp(readFileSync(new URL(path, root)))
    .removeAlpha()
    .toColorspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`${path}: expected 3 channels, got ${info.channels}`);
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

export async function readGoldenImage(path: string): Promise<RgbImage> {
  return toFloatImage(await readGoldenPicture(path));
}

export interface LevelDifference {
  readonly max: number;
  readonly mean: number;
  /** Share of values that differ by more than so many levels. */
  shareAbove(levels: number): number;
}

/** Differences in 8-bit levels; `actual` may be float, then its levels are not rounded. */
export function levelDifference(actual: RgbImage | ByteImage, expected: ByteImage): LevelDifference {
  if (actual.data.length !== expected.data.length) throw new Error("pictures of different sizes");
  const scale = actual.data instanceof Float32Array ? 255 : 1;
  const differences = Array.from(expected.data, (level, i) => Math.abs(actual.data[i]! * scale - level));
  return {
    // A NaN would otherwise be lost in Math.max chains that start from a number.
    max: differences.reduce((a, b) => Math.max(a, b), 0),
    mean: differences.reduce((a, b) => a + b, 0) / differences.length,
    shareAbove: (levels) => differences.filter((d) => !(d <= levels)).length / differences.length,
  };
}
