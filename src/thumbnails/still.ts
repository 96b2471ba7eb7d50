/** A frame as a thumbnail: 1280 × 720, a JPEG that every upload form takes. */
import type { Sharp } from "sharp";
import { EncodeError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { encodeJpeg, fromRgbBytes } from "../tensor/picture-file.ts";
import { chooseCrop } from "./choose-crop.ts";

export interface StillOptions {
  /** Pixels; default 1280. */
  readonly width?: number;
  /** Pixels; default 720. */
  readonly height?: number;
  /** Default 2,000,000: YouTube takes 2 MB on mobile and in the older interface (50 MB elsewhere). */
  readonly maxBytes?: number;
}

/** Below this share of the picture a crop shows a detail rather than the picture. A square in 16:9 keeps 0.56, an upright film 0.32. */
const LEAST_SHARE_KEPT = 0.5;
/** Best first; below 30 blocks show, and then a smaller budget is a wrong one. */
const JPEG_QUALITIES = [94, 90, 85, 80, 72, 64, 56, 48, 40, 30];
/** Enlarged edges are soft over as many pixels as the enlargement; the radius of the sharpening follows it up to here. */
const WIDEST_SHARPENING = 2.5;

/**
 * The thumbnail of a frame as a JPEG: enlarged with Lanczos 3 and mildly sharpened.
 *
 * Another aspect is cropped around the part that draws the eye ({@link chooseCrop}). Beside the same frames with
 * bars or a blurred backdrop, the crop won: the hero is half as large again and the picture reads at 120 pixels. Where a crop would keep less
 * than half of the picture, such as upright films, the whole frame stands before a blurred, darkened enlargement of itself.
 *
 * Throws EncodeError when no quality fits into `maxBytes`.
 */
export async function encodeStill(frame: ByteImage, options: StillOptions = {}): Promise<Buffer> {
  const { width = 1280, height = 720, maxBytes = 2_000_000 } = options;
  const still = await composeStill(frame, width, height);
  for (const quality of JPEG_QUALITIES) {
    const jpeg = await encodeJpeg(still, quality);
    if (jpeg.length <= maxBytes) return jpeg;
  }
  throw new EncodeError(`a still of ${width}x${height} does not fit into ${maxBytes} bytes`, {
    hint: "allow more bytes or a smaller size",
  });
}

async function composeStill(frame: ByteImage, width: number, height: number): Promise<ByteImage> {
  const shareKept = Math.min(
    (width * frame.height) / (height * frame.width),
    (height * frame.width) / (width * frame.height),
  );
  const data =
    shareKept >= LEAST_SHARE_KEPT
      ? await cropToSubject(frame, width, height)
      : await standBeforeBackdrop(frame, width, height);
  return { width, height, data };
}

async function cropToSubject(frame: ByteImage, width: number, height: number): Promise<Buffer> {
  const crop = chooseCrop(frame, width, height);
  return sharpenEnlarged(
    fromRgbBytes(frame).extract(crop).resize(width, height, { fit: "fill", kernel: "lanczos3" }),
    width / crop.width,
  )
    .raw()
    .toBuffer();
}

async function standBeforeBackdrop(frame: ByteImage, width: number, height: number): Promise<Buffer> {
  const scale = Math.min(width / frame.width, height / frame.height);
  const size = { width: Math.round(frame.width * scale), height: Math.round(frame.height * scale) };
  const whole = await sharpenEnlarged(
    fromRgbBytes(frame).resize({ ...size, fit: "fill", kernel: "lanczos3" }),
    scale,
  )
    .raw()
    .toBuffer();
  const backdrop = await fromRgbBytes(frame)
    .resize(width, height, { fit: "cover" })
    .blur(height / 25)
    .linear(0.6)
    .raw()
    .toBuffer();
  return fromRgbBytes({ width, height, data: backdrop })
    .composite([{ input: whole, raw: { ...size, channels: 3 }, gravity: "center" }])
    .removeAlpha()
    .raw()
    .toBuffer();
}

/** A little contrast at edges (m2), hardly any in flat areas (m1), so that noise stays quiet. A frame that is not enlarged stays as it is. */
function sharpenEnlarged(pipeline: Sharp, scale: number): Sharp {
  if (scale <= 1) return pipeline;
  return pipeline.sharpen({ sigma: Math.min(WIDEST_SHARPENING, 0.5 + scale / 2), m1: 0.3, m2: 1.6 });
}
