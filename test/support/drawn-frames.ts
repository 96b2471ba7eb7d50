/** Frames drawn for tests of stills. */

import sharp from "sharp";
import type { ByteImage } from "../../src/tensor/image.ts";
import { randomStream } from "../../src/tensor/random.ts";

/** The pixels of an SVG drawing. */
export async function drawFrame(width: number, height: number, shapes: string): Promise<ByteImage> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes}</svg>`;
  return { width, height, data: await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer() };
}

/** A dull frame with one striking disk, an eighth of the shorter side in radius. */
export async function disk(
  width: number,
  height: number,
  centerX: number,
  centerY: number,
): Promise<ByteImage> {
  const radius = Math.min(width, height) / 8;
  return await drawFrame(
    width,
    height,
    `<rect width="100%" height="100%" fill="#667"/><circle cx="${centerX}" cy="${centerY}" r="${radius}" fill="#f80"/>`,
  );
}

/** White noise, which no encoder makes small. */
export function noise(width: number, height: number): ByteImage {
  const random = randomStream(5, "still test");
  return {
    width,
    height,
    data: Uint8Array.from({ length: 3 * width * height }, () => random.uniform() * 256),
  };
}
