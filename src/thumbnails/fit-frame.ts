/** A frame at the size of a still: cut around what draws the eye, or whole before a backdrop, and enlarged. */
import type { Sharp } from "sharp";
import type { ByteImage } from "../tensor/image.ts";
import { fromRgbBytes } from "../tensor/picture-file.ts";
import type { Area } from "../scoring/luma.ts";
import { chooseCrop } from "./choose-crop.ts";

/** Makes a picture larger by a whole factor: an upscaling network. */
export type Enlarge = (picture: ByteImage) => Promise<ByteImage>;

export interface FitOptions {
  /** Pixels of the still. */
  readonly width: number;
  readonly height: number;
  /** For frames of another aspect. */
  readonly fit: "crop" | "backdrop";
  /** Null: Lanczos 3 alone enlarges. */
  readonly enlarge: Enlarge | null;
  /** What a crop must not cut, in pixels of the frame, largest first; none if not given. */
  readonly keep?: readonly Area[];
}

export interface FittedFrame {
  readonly image: ByteImage;
  /** The part of the frame that is shown, in its pixels. */
  readonly crop: Area;
  /** Where what is to be kept is seen, in pixels of the still. */
  readonly kept: readonly Area[];
  /** How often the network enlarged it. */
  readonly enlargements: number;
}

/** Enlargements of a still by a network at most: beyond, it only draws out its own errors. */
const MAX_ENLARGEMENTS = 2;
/** Enlarged edges are soft over as many pixels as the enlargement; the radius of the sharpening follows it up to here. */
const WIDEST_SHARPENING = 2.5;

/**
 * The frame at another size, enlarged by the network until it covers the size, then fitted with Lanczos 3 and, where that enlarged it further,
 * mildly sharpened. A frame that has the size already stays as it is.
 *
 * Another aspect is cropped around the part that draws the eye ({@link chooseCrop}). Beside the same frames with bars or a blurred
 * backdrop, the crop won: the hero is half as large again and the picture reads at 120 pixels.
 */
export async function fitFrame(frame: ByteImage, options: FitOptions): Promise<FittedFrame> {
  const { width, height, fit, enlarge, keep = [] } = options;
  const whole = { left: 0, top: 0, width: frame.width, height: frame.height };
  const crop = fit === "crop" ? chooseCrop(frame, width, height, keep) : whole;
  const scale = Math.min(width / crop.width, height / crop.height);
  const shown = fit === "crop" ? { width, height } : scaled(frame, scale);
  const part = crop.width * crop.height < frame.width * frame.height ? await cut(frame, crop) : frame;
  const { picture, enlargements } = await enlargeToCover(part, shown, enlarge);
  const image = await resized(picture, shown);
  const isCovered = image.width === width && image.height === height;
  const kept = keep.flatMap((area) => seenOf(area, crop, shown, { width, height }));
  return {
    image: isCovered ? image : await standBeforeBackdrop(frame, image, options),
    crop,
    kept,
    enlargements,
  };
}

/** The part of an area that a crop shows, in pixels of a still with the crop in its middle; none when nothing of it is shown. */
function seenOf(
  area: Area,
  crop: Area,
  shown: { readonly width: number; readonly height: number },
  still: { readonly width: number; readonly height: number },
): Area[] {
  const [scaleX, scaleY] = [shown.width / crop.width, shown.height / crop.height];
  const left = Math.max(0, area.left - crop.left) * scaleX;
  const top = Math.max(0, area.top - crop.top) * scaleY;
  const right = Math.min(crop.width, area.left + area.width - crop.left) * scaleX;
  const bottom = Math.min(crop.height, area.top + area.height - crop.top) * scaleY;
  if (right <= left || bottom <= top) return [];
  const [besideX, besideY] = [(still.width - shown.width) / 2, (still.height - shown.height) / 2];
  return [{ left: left + besideX, top: top + besideY, width: right - left, height: bottom - top }];
}

function scaled({ width, height }: ByteImage, scale: number): { width: number; height: number } {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

async function cut(frame: ByteImage, crop: Area): Promise<ByteImage> {
  const data = await fromRgbBytes(frame).extract(crop).raw().toBuffer();
  return { width: crop.width, height: crop.height, data };
}

async function enlargeToCover(
  part: ByteImage,
  { width, height }: { readonly width: number; readonly height: number },
  enlarge: Enlarge | null,
): Promise<{ picture: ByteImage; enlargements: number }> {
  let picture = part;
  let enlargements = 0;
  if (enlarge === null) return { picture, enlargements };
  while (enlargements < MAX_ENLARGEMENTS && (picture.width < width || picture.height < height)) {
    picture = await enlarge(picture);
    enlargements++;
  }
  return { picture, enlargements };
}

async function resized(
  picture: ByteImage,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<ByteImage> {
  if (picture.width === width && picture.height === height) return picture;
  const pipeline = fromRgbBytes(picture).resize(width, height, { fit: "fill", kernel: "lanczos3" });
  return {
    width,
    height,
    data: await sharpenEnlarged(pipeline, width / picture.width)
      .raw()
      .toBuffer(),
  };
}

/** A little contrast at edges (m2), hardly any in flat areas (m1), so that noise stays quiet. A frame that is not enlarged stays as it is. */
function sharpenEnlarged(pipeline: Sharp, scale: number): Sharp {
  if (scale <= 1) return pipeline;
  return pipeline.sharpen({ sigma: Math.min(WIDEST_SHARPENING, 0.5 + scale / 2), m1: 0.3, m2: 1.6 });
}

async function standBeforeBackdrop(
  frame: ByteImage,
  whole: ByteImage,
  { width, height }: FitOptions,
): Promise<ByteImage> {
  const backdrop = await fromRgbBytes(frame)
    .resize(width, height, { fit: "cover" })
    .blur(height / 25)
    .linear(0.6)
    .raw()
    .toBuffer();
  const raw = { width: whole.width, height: whole.height, channels: 3 as const };
  const data = await fromRgbBytes({ width, height, data: backdrop })
    .composite([{ input: Buffer.from(whole.data), raw, gravity: "center" }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { width, height, data };
}
