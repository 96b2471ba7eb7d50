/** `brainstorm.json`: every prompt, seed and score of a sheet, and what each picture needs to be painted again. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../errors.ts";
import { systemErrorCode, writeFileAtomic } from "../files.ts";

export interface PictureRecord {
  readonly number: number;
  readonly row: number;
  readonly column: number;
  readonly prompt: string;
  readonly seed: number;
  readonly status: "planned" | "painted" | "reused" | "failed";
  /** Settings of a schedule whose frame 0 is this picture. */
  readonly schedule: Readonly<Record<string, unknown>>;
  /** Here and below: of a picture that is there. Path inside the folder. */
  readonly file?: string;
  readonly sha256?: string;
  /** Of everything that decides its pixels. */
  readonly hash?: string;
  readonly seconds?: number;
  readonly model?: { readonly name: string; readonly sha256: string };
  /** Its measures, see scoring/score.ts. */
  readonly score?: Readonly<Record<string, number | string>>;
  /** Weighted rank among the pictures of the sheet that are no duds, 0–1. */
  readonly merit?: number;
  /** 1 for the best; of the chosen ones. */
  readonly rank?: number;
  /** Of a failed one. */
  readonly error?: string;
}

/** A file of a chosen picture. */
export interface BestStill {
  /** Its number. */
  readonly picture: number;
  /** Path inside the folder. */
  readonly file: string;
  readonly merit: number;
}

export interface BrainstormRecord {
  readonly status: "running" | "stopped" | "complete";
  readonly title: string;
  readonly channel: string;
  /** Of the first column, drawn where none was given. */
  readonly seed: number;
  readonly versions: { readonly animate: string; readonly onnxruntime: string };
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly pictures: readonly PictureRecord[];
  /** Best first, a file for each format. */
  readonly best: readonly BestStill[];
  readonly grid: string | null;
}

const RECORD_FILE = "brainstorm.json";

export async function writeRecord(folder: string, record: BrainstormRecord): Promise<void> {
  await writeFileAtomic(join(folder, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`);
}

/** The seed that an earlier run in this folder used; undefined when there was none or its record cannot be read. */
export async function recordedSeed(folder: string): Promise<number | undefined> {
  try {
    const { seed } = JSON.parse(await readFile(join(folder, RECORD_FILE), "utf8")) as BrainstormRecord;
    return Number.isSafeInteger(seed) && seed >= 0 ? seed : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The schedule settings of a picture, and its title.
 *
 * @throws FileError when the folder has no record, or the record no such picture
 */
export async function recordedPicture(
  folder: string,
  number: number,
): Promise<{ readonly title: string; readonly schedule: Readonly<Record<string, unknown>> }> {
  const path = join(folder, RECORD_FILE);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    const isMissing = systemErrorCode(cause) === "ENOENT";
    throw new FileError(isMissing ? "there is no brainstorm in this folder" : "the record cannot be read", {
      where: isMissing ? folder : path,
      hint: "Name the folder with --out, or give the --title that it was made with.",
      cause,
    });
  });
  const { title, pictures } = readObject(text, path);
  const found: unknown = Array.isArray(pictures)
    ? pictures.find((picture: unknown) => isObject(picture) && picture["number"] === number)
    : undefined;
  const schedule = isObject(found) ? found["schedule"] : undefined;
  if (isObject(schedule)) return { title: typeof title === "string" ? title : "", schedule };
  const count = Array.isArray(pictures) ? pictures.length : 0;
  throw new FileError(`expected the number of a picture from 1 to ${count}, found ${number}`, {
    where: path,
    hint: "Numbers stand below the pictures of grid.jpg.",
  });
}

function readObject(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (cause) {
    throw new FileError("the record is damaged", {
      where: path,
      hint: "Run the same brainstorm again: its pictures are kept.",
      cause,
    });
  }
  throw new FileError("expected the record of a brainstorm, found another JSON", { where: path });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
