/** The lines of a run's journal: finished frames, and the pictures to go on from. */

import { frameFile } from "../frame-file.ts";
import { readJournalLines } from "./journal.ts";

/** A picture of the run: path inside the run folder, and the sha256 of the file. */
export interface PictureFile {
  readonly file: string;
  readonly sha256: string;
}

/** One finished frame, one line of the journal. */
export interface JournalEntry {
  readonly frame: number;
  /** Chain hash (render/chain.ts). */
  readonly chain: string;
  readonly picture: PictureFile;
  /** The loop's state after a frame that a run can go on from, such as every diffused one; null after the others. */
  readonly state: {
    readonly newer: PictureFile;
    readonly older: PictureFile | null;
    readonly colorReference: PictureFile | null;
  } | null;
  /** Wall time of the frame. */
  readonly seconds: number;
}

/**
 * The whole lines of a run's journal, one per frame: of several for a frame the last one, which is what its file holds. Damaged lines are left
 * out; a missing journal is an empty one.
 */
export async function readJournal(path: string): Promise<JournalEntry[]> {
  const lines = await readJournalLines<unknown>(path);
  const byFrame = new Map<number, JournalEntry>();
  for (const line of lines) {
    if (!isEntry(line)) continue;
    byFrame.delete(line.frame);
    byFrame.set(line.frame, line);
  }
  return [...byFrame.values()];
}

/** A journal may come from anywhere: what it names is opened, and removed when it is stale, so it stays inside the run folder. */
function isEntry(line: unknown): line is JournalEntry {
  if (!isObject(line)) return false;
  const { frame, chain, picture, state, seconds } = line;
  if (typeof frame !== "number" || !Number.isSafeInteger(frame) || frame < 0) return false;
  if (typeof chain !== "string" || typeof seconds !== "number") return false;
  if (!isPicture(picture) || picture.file !== frameFile(frame)) return false;
  if (state === null) return true;
  if (!isObject(state) || !isPicture(state["newer"])) return false;
  return [state["older"], state["colorReference"]].every((other) => other === null || isPicture(other));
}

function isPicture(value: unknown): value is PictureFile {
  if (!isObject(value)) return false;
  const { file, sha256 } = value;
  return (
    typeof file === "string" && /^(?:frames|state)\/[0-9a-f]+\.png$/.test(file) && typeof sha256 === "string"
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
