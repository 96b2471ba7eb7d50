/** A picture of the folder as it is read, and as the model gets it. */

import { LIMITS } from "../limits.ts";
import type { ByteImage } from "../tensor/image.ts";
import {
  decodePicture,
  fromRgbBytes,
  measurePicture,
  type PictureSize,
  readPictureBytes,
} from "../tensor/picture-file.ts";
import { sha256 } from "../render/chain.ts";

/** A picture upright, at its own size. */
export interface SourcePicture extends PictureSize {
  /** 8-bit sRGB, as in the file also where it is transparent. */
  readonly color: ByteImage;
  /** 0 (transparent) to 255, `height * width`; null where the picture is opaque everywhere. */
  readonly alpha: Uint8Array | null;
}

/** The same before its pixels are known: most of the time that a finished picture takes would go into them. */
export interface SourceFile extends PictureSize {
  /** Of the file, hex. */
  readonly sha256: string;
  /** @throws FileError as {@link readSource} */
  decode(): Promise<SourcePicture>;
}

/** 8-bit RGB. */
export type Color = readonly [red: number, green: number, blue: number];

/** @throws FileError when the file is missing or of another format */
export async function openSource(path: string): Promise<SourceFile> {
  const bytes = await readPictureBytes(path);
  const { width, height } = await measurePicture(bytes, path);
  return { width, height, sha256: sha256(bytes), decode: () => decodeSource(bytes, path) };
}

/** @throws FileError when the file is missing, damaged, of another format, or larger than {@link LIMITS.picture.photoPixels} */
export async function readSource(path: string): Promise<SourcePicture> {
  return await decodeSource(await readPictureBytes(path), path);
}

async function decodeSource(bytes: Buffer, path: string): Promise<SourcePicture> {
  const { width, height, data } = await decodePicture(bytes, path, LIMITS.picture.photoPixels);
  const color = new Uint8Array(3 * width * height);
  const alpha = new Uint8Array(width * height);
  let least = 255;
  for (let pixel = 0, c = 0, s = 0; pixel < alpha.length; pixel++, c += 3, s += 4) {
    color[c] = data[s]!;
    color[c + 1] = data[s + 1]!;
    color[c + 2] = data[s + 2]!;
    const opacity = data[s + 3]!;
    alpha[pixel] = opacity;
    if (opacity < least) least = opacity;
  }
  return {
    width,
    height,
    color: { width, height, data: color },
    alpha: least === 255 ? null : alpha,
  };
}

/** The picture without transparency: in front of one color. */
export function onMatte({ color, alpha }: Pick<SourcePicture, "color" | "alpha">, matte: Color): ByteImage {
  if (alpha === null) return color;
  const data = new Uint8Array(color.data.length);
  for (let pixel = 0, i = 0; pixel < alpha.length; pixel++) {
    const opacity = alpha[pixel]! / 255;
    for (let channel = 0; channel < 3; channel++, i++) {
      data[i] = Math.round(matte[channel]! + opacity * (color.data[i]! - matte[channel]!));
    }
  }
  return { width: color.width, height: color.height, data };
}

/** The picture at exactly this size (Lanczos 3), stretched where its shape is another. */
export async function stretched(image: ByteImage, { width, height }: PictureSize): Promise<ByteImage> {
  if (image.width === width && image.height === height) return image;
  const resized = fromRgbBytes(image).resize({ width, height, fit: "fill", kernel: "lanczos3" });
  const data = await resized.raw({ depth: "uchar" }).toBuffer();
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}
