/** Whether chosen stills are near-copies of references, told as warnings. */

import { rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { checkCopies, COPIES_REPORT, COPIES_SHEET } from "../memorization/check-copies.ts";
import type { StillSource } from "./export-stills.ts";
import type { RankedFrame } from "./select.ts";

export interface CopyWarningOptions {
  /** Folder, absolute; null: nothing is compared. */
  readonly references: string | null;
  /** Where the report and the sheet go. */
  readonly folder: string;
  /** Ends the work before the next reference is read. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compares the picked frames, whole and without titles, with the references, and writes the report and the sheet of near-copies into the folder. Those
 * of an earlier check are removed.
 *
 * @returns one warning for each near-copy, and one for references that cannot be read
 */
export async function warnCopies(
  picked: readonly RankedFrame[],
  source: StillSource,
  { references, folder, signal }: CopyWarningOptions,
): Promise<string[]> {
  for (const name of [COPIES_REPORT, COPIES_SHEET]) await rm(join(folder, name), { force: true });
  if (references === null || picked.length === 0) return [];
  const pictures = picked.map((still) => ({ name: `frame ${still.frame}`, read: () => source.read(still) }));
  const { pictures: checked, unreadable } = await checkCopies(pictures, references, {
    out: folder,
    onReference: () => signal?.throwIfAborted(),
  });
  const copies = checked.flatMap(({ picture, nearest }) => {
    if (!nearest?.isCopy) return [];
    const how = nearest.placement.mirrored ? ", mirrored" : "";
    const share = Math.round(100 * nearest.sharedDetail);
    return [
      `${picture} is a near-copy of ${relative(references, nearest.reference)}${how}, with ${share} % of its detail: see ${COPIES_SHEET}`,
    ];
  });
  if (unreadable.length === 0) return copies;
  const [first] = unreadable;
  return [
    ...copies,
    `${unreadable.length} of the references cannot be read, the first: ${first!.file}: ${first!.reason}`,
  ];
}
