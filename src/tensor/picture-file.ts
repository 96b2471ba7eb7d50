/** Pictures on disk: read, fitted to a size, and encoded, through sharp. */
import type { Sharp } from "sharp";
import { LIMITS } from "../limits.ts";
import sharp from "./sharp.ts";
import { FileError } from "../errors.ts";
import { readFileWithin } from "../files.ts";
import type { ByteImage } from "./image.ts";
import { insertPngText, type PngText, withoutPngTexts } from "./png-text.ts";

export interface PictureSize {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

type PictureFormat = "png" | "jpeg" | "webp";

/**
 * Reads a PNG, JPEG or WebP file as 8-bit sRGB: EXIF orientation applied, the first frame of an animation, transparency on black.
 * With a `size` the picture is enlarged or reduced (Lanczos 3) until it covers the size, and the overhang is cropped evenly.
 *
 * Throws FileError when the file is missing, damaged, of another format (told by its bytes, not its name), or larger than 16.7 megapixels.
 */
export async function readPicture(path: string, size?: PictureSize): Promise<ByteImage> {
  const bytes = await readPictureBytes(path);
  const pipeline = openOpaque(bytes);
  if (size) pipeline.resize({ ...size, fit: "cover", kernel: "lanczos3" });
  return toRgbBytes(pipeline, path);
}

/** The bytes of a PNG, JPEG or WebP file, told by the first of them. Throws FileError when it is missing or another kind of file. */
export async function readPictureBytes(path: string): Promise<Buffer> {
  return (await loadPicture(path, ["png", "jpeg", "webp"])).bytes;
}

/**
 * Decodes as {@link readPicture} does, with transparency: interleaved R, G, B, A, 8 bits each, colors as they are where nothing shows.
 *
 * @param path for errors
 */
export async function decodePicture(
  bytes: Buffer,
  path: string,
  maxPixels = LIMITS.picture.pixels,
): Promise<PictureSize & { readonly data: Uint8Array }> {
  const pipeline = openPicture(bytes, maxPixels).autoOrient().toColorspace("srgb").ensureAlpha();
  return await toBytes(pipeline, path, maxPixels);
}

/**
 * The size that {@link decodePicture} would give, from the headers alone.
 *
 * @param path for errors
 */
export async function measurePicture(bytes: Buffer, path: string): Promise<PictureSize> {
  const { autoOrient } = await decoding(
    path,
    openPicture(bytes, LIMITS.picture.photoPixels).metadata(),
    LIMITS.picture.photoPixels,
  );
  return { width: autoOrient.width, height: autoOrient.height };
}

/**
 * {@link readPicture} with its longer side at most `side` pixels, in its own aspect, and of a file of up to 67 megapixels. A large JPEG is decoded at a
 * fraction of its size, in a tenth of the time.
 */
export async function readShrunkPicture(path: string, side: number): Promise<ByteImage> {
  const bytes = await readPictureBytes(path);
  const pipeline = openOpaque(bytes, LIMITS.picture.photoPixels);
  pipeline.resize({ width: side, height: side, fit: "inside", withoutEnlargement: true });
  return toRgbBytes(pipeline, path, LIMITS.picture.photoPixels);
}

/**
 * Reads back a frame that {@link encodePng} wrote: the very bytes, without color management or rounding.
 * Throws FileError when the file is missing, damaged, or not an 8-bit RGB PNG.
 */
export async function readPngBytes(path: string): Promise<ByteImage> {
  const { bytes } = await loadPicture(path, ["png"]);
  const pipeline = openPicture(bytes);
  const { channels, depth, icc, orientation } = await decoding(path, pipeline.metadata());
  if (channels !== 3 || depth !== "uchar" || icc || (orientation ?? 1) !== 1) {
    throw new FileError("expected an 8-bit RGB frame without a color profile, found another kind of PNG", {
      where: path,
      hint: "the file was not written by animate; render the frame again",
    });
  }
  return toRgbBytes(pipeline, path);
}

/** An 8-bit RGB PNG, zlib level 6, with `texts` as its text chunks. */
export async function encodePng(image: ByteImage, texts: readonly PngText[] = []): Promise<Buffer> {
  return insertPngText(await fromRgbBytes(image).png({ compressionLevel: 6 }).toBuffer(), texts);
}

/** A progressive JPEG without chroma subsampling (red on blue keeps its edges). `quality` 1–100. */
export async function encodeJpeg(image: ByteImage, quality: number): Promise<Buffer> {
  return fromRgbBytes(image).jpeg({ quality, chromaSubsampling: "4:4:4", progressive: true }).toBuffer();
}

/** A sharp pipeline over the pixels of an image. Throws RangeError when the data does not fit the size. */
export function fromRgbBytes({ width, height, data }: ByteImage): Sharp {
  if (data.length !== 3 * width * height) {
    throw new RangeError(
      `a ${width}x${height} RGB image holds ${3 * width * height} bytes, got ${data.length}`,
    );
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function loadPicture(
  path: string,
  accepted: readonly PictureFormat[],
): Promise<{ bytes: Buffer; format: PictureFormat }> {
  const bytes = await readFileWithin(path, LIMITS.picture.fileBytes);
  const format = sniffFormat(bytes);
  if (format === undefined || !accepted.includes(format)) {
    const names = accepted.map((name) => name.toUpperCase()).join(", ");
    throw new FileError(
      `expected a picture (${names}), found ${format ?? (bytes.length === 0 ? "an empty file" : "other bytes")}`,
      {
        where: path,
        hint: "convert the file, for example with an image editor",
      },
    );
  }
  return { bytes, format };
}

/** The format that the first bytes announce; names and extensions lie. */
function sniffFormat(bytes: Buffer): PictureFormat | undefined {
  if (bytes.toString("latin1", 0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "jpeg";
  if (bytes.toString("latin1", 0, 4) === "RIFF" && bytes.toString("latin1", 8, 12) === "WEBP") return "webp";
  return undefined;
}

/** Upright, in sRGB, transparency on black. */
function openOpaque(bytes: Buffer, maxPixels = LIMITS.picture.pixels): Sharp {
  return openPicture(bytes, maxPixels).autoOrient().flatten({ background: "black" }).toColorspace("srgb");
}

/** Damaged and cut-off files are errors: sharp would otherwise fill the rest with gray. */
function openPicture(bytes: Buffer, maxPixels = LIMITS.picture.pixels): Sharp {
  return sharp(sniffFormat(bytes) === "png" ? withoutPngTexts(bytes) : bytes, {
    limitInputPixels: maxPixels,
    failOn: "warning",
  });
}

async function toRgbBytes(
  pipeline: Sharp,
  path: string,
  maxPixels = LIMITS.picture.pixels,
): Promise<ByteImage> {
  return await toBytes(pipeline.removeAlpha(), path, maxPixels);
}

/** Interleaved, 8 bits each, in the channels that the pipeline has. */
async function toBytes(
  pipeline: Sharp,
  path: string,
  maxPixels: number,
): Promise<PictureSize & { readonly data: Uint8Array }> {
  const raw = pipeline.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  const { data, info } = await decoding(path, raw, maxPixels);
  return {
    width: info.width,
    height: info.height,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

async function decoding<Result>(
  path: string,
  work: Promise<Result>,
  maxPixels = LIMITS.picture.pixels,
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().replace(/:$/, "") : String(error);
    const tooLarge = /exceeds pixel limit/i.test(reason);
    throw new FileError(
      tooLarge ? `the picture has more than ${maxPixels} pixels` : `the picture is damaged: ${reason}`,
      { where: path, hint: tooLarge ? "make it smaller first" : "replace the file", cause: error },
    );
  }
}
