/** A picture as a file of at most so many bytes, as good as that allows. */

import { EncodeError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { encodeJpeg, fromRgbBytes } from "../tensor/picture-file.ts";

export type StillEncoding = "jpg" | "png";

export interface EncodedStill {
  readonly bytes: Buffer;
  /** Of a JPEG, {@link LOWEST_QUALITY}–{@link HIGHEST_QUALITY}; null for a PNG. */
  readonly quality: number | null;
  /** Of a PNG that had to be reduced to a palette; null when it is lossless. */
  readonly colors: number | null;
}

/** Above, files grow and nothing that is seen changes. */
const HIGHEST_QUALITY = 94;
/** Below, blocks show, and then the budget is the mistake. */
const LOWEST_QUALITY = 30;
const PALETTE_COLORS = 256;

/**
 * A JPEG of the highest quality that fits, found by halving the range; or a PNG, lossless, and where that does not fit of 256 dithered
 * colors.
 *
 * @param maxBytes largest file
 * @throws EncodeError when nothing that is fit to be seen fits
 */
export async function encodeWithin(
  image: ByteImage,
  encoding: StillEncoding,
  maxBytes: number,
): Promise<EncodedStill> {
  const encoded = encoding === "jpg" ? await bestJpeg(image, maxBytes) : await bestPng(image, maxBytes);
  if (encoded) return encoded;
  const { width, height } = image;
  throw new EncodeError(`a still of ${width}x${height} does not fit into ${maxBytes} bytes`, {
    hint: encoding === "png" ? "allow more bytes, or take jpg" : "allow more bytes or a smaller size",
  });
}

async function bestJpeg(image: ByteImage, maxBytes: number): Promise<EncodedStill | undefined> {
  let low = LOWEST_QUALITY;
  let high = HIGHEST_QUALITY;
  let best: EncodedStill | undefined;
  // Most pictures fit at once.
  let quality = high;
  while (low <= high) {
    const bytes = await encodeJpeg(image, quality);
    if (bytes.length <= maxBytes) {
      best = { bytes, quality, colors: null };
      low = quality + 1;
    } else {
      high = quality - 1;
    }
    quality = (low + high) >> 1;
  }
  return best;
}

async function bestPng(image: ByteImage, maxBytes: number): Promise<EncodedStill | undefined> {
  const lossless = await fromRgbBytes(image).png({ compressionLevel: 9, adaptiveFiltering: true }).toBuffer();
  if (lossless.length <= maxBytes) return { bytes: lossless, quality: null, colors: null };
  const palette = { palette: true, colors: PALETTE_COLORS, compressionLevel: 9 };
  const reduced = await fromRgbBytes(image).png(palette).toBuffer();
  return reduced.length <= maxBytes ? { bytes: reduced, quality: null, colors: PALETTE_COLORS } : undefined;
}
