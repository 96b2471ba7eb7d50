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

/** Somebody in a red shirt: hair, a face, arms and legs, `height` pixels from top to toe, the middle at `x`. */
export function drawPerson(x: number, top: number, height: number): string {
  const unit = height / 10;
  const at = (share: number) => top + share * unit;
  return [
    `<ellipse cx="${x}" cy="${at(1.1)}" rx="${unit}" ry="${1.1 * unit}" fill="#33221a"/>`,
    `<ellipse cx="${x}" cy="${at(1.4)}" rx="${0.85 * unit}" ry="${unit}" fill="#e0ac86"/>`,
    `<rect x="${x - 1.4 * unit}" y="${at(2.4)}" width="${2.8 * unit}" height="${3.6 * unit}" rx="${0.5 * unit}" fill="#c22a2a"/>`,
    `<rect x="${x - 1.1 * unit}" y="${at(6)}" width="${unit}" height="${4 * unit}" fill="#27365c"/>`,
    `<rect x="${x + 0.1 * unit}" y="${at(6)}" width="${unit}" height="${4 * unit}" fill="#27365c"/>`,
  ].join("");
}
