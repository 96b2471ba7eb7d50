/** From what the model drew to the file that is written. */

import type { ByteImage } from "../tensor/image.ts";
import { fromRgbBytes, type PictureSize } from "../tensor/picture-file.ts";
import { insertPngText, type PngText } from "../tensor/png-text.ts";
import { type BytePlane, resizePlane } from "./plane.ts";
import { type Color, onMatte, type SourcePicture, stretched } from "./source-picture.ts";

export type OutputFormat = "png" | "jpg" | "webp";

export interface OutputOptions {
  readonly format: OutputFormat;
  /** Of JPEG and WebP, 1–100. */
  readonly quality: number;
  /** `own`: that of the picture. `working`: as the model drew it. */
  readonly size: "own" | "working";
  /** Whether results are transparent where their pictures are; JPEG cannot be. */
  readonly keepsAlpha: boolean;
  /** What stands behind transparent parts: for the model, and in results that are not transparent. */
  readonly matte: Color;
}

/** A result before it is encoded. */
export interface ResultPicture {
  readonly color: ByteImage;
  /** Null for an opaque one. */
  readonly alpha: Uint8Array | null;
}

/**
 * Brings what was drawn to the size of the result. Where a mask says that nothing changes, the picture's own pixels stand, to the bit.
 *
 * @param painted at working size
 * @param maskAt how much of each pixel is what was drawn, 0–255, at the size asked for; null: all of it
 */
export async function finishPicture(
  source: SourcePicture,
  painted: ByteImage,
  maskAt: ((size: PictureSize) => Promise<BytePlane>) | null,
  { size, keepsAlpha, matte }: Pick<OutputOptions, "size" | "keepsAlpha" | "matte">,
): Promise<ResultPicture> {
  const { width, height } = source;
  const wanted = size === "own" ? { width, height } : { width: painted.width, height: painted.height };
  const transparent = keepsAlpha ? source.alpha : null;
  const alpha = transparent && (await resizePlane({ width, height, data: transparent }, wanted)).data;
  const drawn = await stretched(painted, wanted);
  if (maskAt === null) return { color: drawn, alpha };
  const kept = await stretched(transparent ? source.color : onMatte(source, matte), wanted);
  return { color: mixed(kept, drawn, (await maskAt(wanted)).data), alpha };
}

/** Where the mask is 0 the first picture, where it is 255 the second. */
function mixed(first: ByteImage, second: ByteImage, mask: Uint8Array): ByteImage {
  const data = new Uint8Array(first.data.length);
  for (let pixel = 0, i = 0; pixel < mask.length; pixel++) {
    const share = mask[pixel]! / 255;
    for (const end = i + 3; i < end; i++) {
      data[i] = Math.round(first.data[i]! + share * (second.data[i]! - first.data[i]!));
    }
  }
  return { width: first.width, height: first.height, data };
}

/** @param texts for PNG; other formats have no place for them that other programs would read */
export async function encodeResult(
  { color, alpha }: ResultPicture,
  { format, quality }: Pick<OutputOptions, "format" | "quality">,
  texts: readonly PngText[],
): Promise<Buffer> {
  const { width, height } = color;
  const pipeline = fromRgbBytes(color);
  if (alpha && format !== "jpg")
    pipeline.joinChannel(Buffer.from(alpha), { raw: { width, height, channels: 1 } });
  if (format === "jpg") {
    return await pipeline.jpeg({ quality, chromaSubsampling: "4:4:4", progressive: true }).toBuffer();
  }
  if (format === "webp") return await pipeline.webp({ quality, exact: alpha !== null }).toBuffer();
  return insertPngText(await pipeline.png({ compressionLevel: 6 }).toBuffer(), texts);
}
