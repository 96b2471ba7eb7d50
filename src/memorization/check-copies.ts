/** Compares pictures with a folder of references and writes what was found: copies.json, and copies-sheet.jpg where there are near-copies. */

import { rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { makeFolder, writeFileAtomic } from "../files.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readShrunkPicture } from "../tensor/picture-file.ts";
import { encodeCopiesSheet, type CopyPair } from "./copies-sheet.ts";
import { COPY_SHARE, findNearest, type NearestReference } from "./find-copies.ts";
import { readReferences } from "./read-references.ts";

export interface CheckedPicture {
  /** In reports and on the sheet. */
  readonly name: string;
  /** The pixels; asked for a second time when it is a near-copy. */
  readonly read: () => Promise<ByteImage>;
}

export interface CheckedCopy {
  readonly picture: string;
  /** Undefined for plain pictures, which are a copy of nothing. */
  readonly nearest: NearestReference | undefined;
}

export interface CopyReport {
  /** One per picture, in their order. */
  readonly pictures: readonly CheckedCopy[];
  readonly referenceCount: number;
  /** References that could not be read. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
  /** What copies.json holds. */
  readonly facts: CopyFacts;
  /** copies.json. */
  readonly report: string;
  /** copies-sheet.jpg; null without near-copies. */
  readonly sheet: string | null;
}

export interface CopyFacts {
  readonly references: {
    readonly folder: string;
    readonly count: number;
    readonly unreadable: CopyReport["unreadable"];
  };
  /** Shared detail from which a picture counts as a near-copy. */
  readonly copy_share: number;
  readonly pictures: readonly {
    readonly picture: string;
    readonly nearest: ReturnType<typeof inJson> | null;
  }[];
}

export interface CheckCopiesOptions {
  /** Folder that the report and the sheet are written to; made if need be. */
  readonly out: string;
  readonly onReference?: (read: number, count: number) => void;
  readonly onPicture?: (checked: number, count: number) => void;
}

export const COPIES_REPORT = "copies.json";
export const COPIES_SHEET = "copies-sheet.jpg";
/** Rows of the sheet at most; the JSON has all. */
const MAX_PAIRS = 24;
/** Longer side of the pictures on the sheet at most. */
const SHEET_SIDE = 384;

/**
 * @param references folder, absolute
 * @throws FileError when the references cannot be read, or nothing can be written
 */
export async function checkCopies(
  pictures: readonly CheckedPicture[],
  references: string,
  { out, onReference, onPicture }: CheckCopiesOptions,
): Promise<CopyReport> {
  const { list, unreadable } = await readReferences(references, onReference);
  const checked: CheckedCopy[] = [];
  for (const { name, read } of pictures) {
    checked.push({ picture: name, nearest: findNearest(await read(), list) });
    onPicture?.(checked.length, pictures.length);
  }
  await makeFolder(out);
  const report = join(out, COPIES_REPORT);
  const facts: CopyFacts = {
    references: { folder: references, count: list.length, unreadable },
    copy_share: COPY_SHARE,
    pictures: checked.map(({ picture, nearest }) => ({ picture, nearest: nearest ? inJson(nearest) : null })),
  };
  await writeFileAtomic(report, `${JSON.stringify(facts, null, 2)}\n`);
  const sheet = join(out, COPIES_SHEET);
  const pairs = await readPairs(pictures, checked, references);
  // One of an earlier check would tell of copies that are there no more.
  if (pairs.length === 0) await rm(sheet, { force: true });
  else await writeFileAtomic(sheet, await encodeCopiesSheet(pairs));
  return {
    pictures: checked,
    referenceCount: list.length,
    unreadable,
    facts,
    report,
    sheet: pairs.length === 0 ? null : sheet,
  };
}

function inJson({ reference, isCopy, sharedDetail, ssim, hashDistance, placement }: NearestReference) {
  return {
    reference,
    copy: isCopy,
    shared_detail: round(sharedDetail),
    ssim: round(ssim),
    hash_distance: hashDistance,
    mirrored: placement.mirrored,
    left: round(placement.left),
    top: round(placement.top),
    width: round(placement.width),
    height: round(placement.height),
  };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

/** The near-copies, those that share most first. */
async function readPairs(
  pictures: readonly CheckedPicture[],
  checked: readonly CheckedCopy[],
  folder: string,
): Promise<CopyPair[]> {
  const copies = checked.flatMap(({ picture, nearest }, index) =>
    nearest?.isCopy ? [{ name: picture, nearest, read: pictures[index]!.read }] : [],
  );
  const shown = copies
    .toSorted((a, b) => b.nearest.sharedDetail - a.nearest.sharedDetail)
    .slice(0, MAX_PAIRS);
  return await Promise.all(
    shown.map(async ({ name, nearest, read }) => ({
      picture: await read(),
      reference: await readShrunkPicture(nearest.reference, SHEET_SIDE),
      pictureName: name,
      referenceName: relative(folder, nearest.reference),
      likeness: nearest,
    })),
  );
}
