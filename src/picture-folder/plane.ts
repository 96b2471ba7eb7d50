/** Planes of numbers such as masks and transparency, at other sizes. */

import sharp from "../tensor/sharp.ts";
import type { PictureSize } from "../tensor/picture-file.ts";

/** 8 bits per pixel, row by row. */
export interface BytePlane extends PictureSize {
  readonly data: Uint8Array;
}

/** The plane at exactly this size, and then blurred: `blur` is the deviation in pixels of the new size, 0 for none. */
export async function resizePlane(
  { data, ...from }: BytePlane,
  { width, height }: PictureSize,
  blur = 0,
): Promise<BytePlane> {
  const isSame = from.width === width && from.height === height;
  if (isSame && blur === 0) return { width, height, data };
  const pipeline = sharp(data, { raw: { ...from, channels: 1 } });
  if (!isSame) pipeline.resize({ width, height, fit: "fill", kernel: "cubic" });
  // libvips blurs by no less.
  if (blur >= 0.3) pipeline.blur(blur);
  const resized = await pipeline.extractChannel(0).raw({ depth: "uchar" }).toBuffer();
  return { width, height, data: new Uint8Array(resized.buffer, resized.byteOffset, resized.byteLength) };
}
