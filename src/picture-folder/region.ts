/** Parts of pictures as users name them: by their transparency, by pictures in black and white, by words, or by a network. */

import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FileError, ScheduleError, SettingsError } from "../errors.ts";
import { hashFile } from "../models/model-hash.ts";
import { type FindWords } from "../render/word-masks.ts";
import { type MaskExpression, maskSourceKey, parseMaskExpression } from "../schedule/mask-expression.ts";
import type { FolderPicture } from "./folder-picture.ts";
import { type BytePlane, resizePlane } from "./plane.ts";
import { onMatte, readSource, type SourcePicture } from "./source-picture.ts";
import type { PictureSize } from "../tensor/picture-file.ts";

/** Where in a picture something is. */
export type Region =
  | { readonly kind: "alpha" }
  /** One black and white picture for all, or a folder with one for each, of the same name. */
  | { readonly kind: "picture" | "folder"; readonly path: string }
  /** Of words and pictures, see `mask.schedule`. */
  | { readonly kind: "expression"; readonly text: string; readonly expression: MaskExpression }
  /** ONNX file of a network that finds the subject. */
  | { readonly kind: "network"; readonly path: string };

/** What looks at pictures. */
export interface RegionEyes {
  readonly words: FindWords;
  /** How surely each pixel of the picture, at the size given, belongs to its subject, 0–1. */
  readonly subject: () => Promise<Float32Array>;
}

const EXTENSIONS = [".png", ".webp", ".jpg", ".jpeg"];
const BLACK = [0, 0, 0] as const;
const FORMS = '`alpha`, a picture, a folder of pictures, words such as "<a cat>", or an .onnx file';

/**
 * Reads what a user wrote for a region; relative paths start at the working directory.
 *
 * @param flag for messages, `--mask`
 * @throws SettingsError when it is none of the forms, or nothing is there
 */
export async function readRegion(text: string, flag: string): Promise<Region> {
  if (text === "alpha") return { kind: "alpha" };
  const path = resolve(text);
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) return { kind: "folder", path };
  if (status?.isFile()) return { kind: /\.onnx$/i.test(path) ? "network" : "picture", path };
  if (!/[<>[\]{}]/.test(text)) throw regionError(flag, `expected ${FORMS}; there is no such file`);
  try {
    const expression = parseMaskExpression(text);
    if (!expression.sources.some(({ kind }) => kind === "video_mask")) {
      return { kind: "expression", text, expression };
    }
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    throw regionError(flag, error.message, error.hint);
  }
  throw regionError(
    flag,
    "expected words, {everywhere} or [pictures], found {video_mask}, which is of videos",
  );
}

function regionError(flag: string, message: string, hint?: string): SettingsError {
  return new SettingsError([{ location: flag, path: "", message, ...(hint !== undefined && { hint }) }]);
}

/** Words that a network has to find. */
export function wordsOf(region: Region | null): readonly string[] {
  if (region?.kind !== "expression") return [];
  return region.expression.sources.flatMap((source) => (source.kind === "words" ? [source.words] : []));
}

/**
 * Hashes of the files that the region of a picture is read from; the same where none is.
 *
 * @throws FileError when there is none for the picture
 */
export async function hashRegion(region: Region, picture: FolderPicture): Promise<string> {
  switch (region.kind) {
    case "alpha":
    case "network":
      return region.kind;
    case "picture":
      return await hashPicture(region.path);
    case "folder":
      return await hashPicture(await findSameName(region.path, picture));
    case "expression":
      break;
  }
  const hashes = await Promise.all(filesOf(region.expression).map(({ path }) => hashPicture(path)));
  return [region.text, ...hashes].join(" ");
}

/**
 * The region of a picture: 255 where it is, at any size.
 *
 * @param size of the picture that the eyes see
 * @throws FileError when there is none for the picture, or it cannot be read
 */
export async function findRegion(
  region: Region,
  picture: FolderPicture,
  { source, size, eyes }: { source: SourcePicture; size: PictureSize; eyes: RegionEyes },
): Promise<BytePlane> {
  switch (region.kind) {
    case "alpha": {
      const { width, height, alpha } = source;
      if (alpha) return { width, height, data: alpha };
      throw new FileError("expected a picture that is transparent somewhere, found an opaque one", {
        hint: "say where the subject is: words, an .onnx network, or black and white pictures",
      });
    }
    case "picture":
      return await readGray(region.path);
    case "folder":
      return await readGray(await findSameName(region.path, picture));
    case "network":
      return toLevels(await eyes.subject(), size);
    case "expression":
      break;
  }
  return await evaluate(region.expression, size, eyes.words);
}

async function evaluate(expression: MaskExpression, size: PictureSize, find: FindWords): Promise<BytePlane> {
  const planes = new Map<string, Float32Array>();
  for (const source of expression.sources) {
    if (source.kind === "words") planes.set(maskSourceKey(source), await find(source.words));
    if (source.kind === "file") {
      const { data } = await resizePlane(await readGray(resolve(source.path)), size);
      planes.set(
        maskSourceKey(source),
        Float32Array.from(data, (level) => level / 255),
      );
    }
  }
  const everywhere = new Float32Array(size.width * size.height).fill(1);
  return toLevels(
    expression.evaluate((source) => planes.get(maskSourceKey(source)) ?? everywhere),
    size,
  );
}

function toLevels(plane: Float32Array, { width, height }: PictureSize): BytePlane {
  return { width, height, data: Uint8Array.from(plane, (share) => Math.round(255 * share)) };
}

function filesOf({ sources }: MaskExpression): { path: string }[] {
  return sources.flatMap((source) => (source.kind === "file" ? [{ path: resolve(source.path) }] : []));
}

async function hashPicture(path: string): Promise<string> {
  return await hashFile(path).catch((cause: unknown) => {
    throw new FileError("the picture cannot be read", { where: path, cause });
  });
}

/** The picture of that name, whatever its extension. */
async function findSameName(folder: string, { name }: FolderPicture): Promise<string> {
  const stem = name.replace(/\.[^./]*$/, "");
  for (const candidate of [name, ...EXTENSIONS.map((extension) => stem + extension)]) {
    const path = join(folder, candidate);
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  }
  throw new FileError(`there is no ${stem}.png for this picture`, {
    where: folder,
    hint: "give each picture one of its name, white where the region is",
  });
}

/** White by the mean of red, green and blue, in front of black. */
async function readGray(path: string): Promise<BytePlane> {
  const source = await readSource(path);
  const { width, height, data } = onMatte(source, BLACK);
  const gray = new Uint8Array(width * height);
  for (let pixel = 0, i = 0; pixel < gray.length; pixel++, i += 3) {
    gray[pixel] = Math.round((data[i]! + data[i + 1]! + data[i + 2]!) / 3);
  }
  return { width, height, data: gray };
}
