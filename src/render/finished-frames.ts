/** Which frames of a plan are finished: their journal lines are whole and ask for what the plan asks for, and their files are as they were written. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "./chain.ts";
import { type JournalEntry, type PictureFile, readJournal } from "./journal-entry.ts";

export const JOURNAL_FILE = "journal.ndjson";

/**
 * The entry of each frame of a plan that is finished, by its place in the plan; undefined for the others. Reads only: the folder may be in
 * use, or not be there.
 *
 * @param path of the run folder
 * @param chain the plan's hashes, see render/chain.ts
 */
export async function findFinished(
  path: string,
  chain: readonly string[],
): Promise<(JournalEntry | undefined)[]> {
  return await pickFinished(path, await readJournal(join(path, JOURNAL_FILE)), chain);
}

/**
 * The same among entries that have been read. A picture in `state/` that is damaged makes one frame unfinished, the first that has it in its
 * state: rendered again, that frame writes it again. The frames' own files in states are judged as frames.
 */
export async function pickFinished(
  path: string,
  entries: readonly JournalEntry[],
  chain: readonly string[],
): Promise<(JournalEntry | undefined)[]> {
  const byChain = new Map(entries.map((entry) => [entry.chain, entry]));
  const seen = new Set<string>();

  async function isWhole({ picture, state }: JournalEntry): Promise<boolean> {
    if (!(await isIntact(path, picture))) return false;
    for (const other of [state?.newer, state?.older, state?.colorReference]) {
      if (!other?.file.startsWith("state/") || seen.has(other.file)) continue;
      seen.add(other.file);
      if (!(await isIntact(path, other))) return false;
    }
    return true;
  }

  const finished: (JournalEntry | undefined)[] = [];
  for (const hash of chain) {
    const entry = byChain.get(hash);
    finished.push(entry && (await isWhole(entry)) ? entry : undefined);
  }
  return finished;
}

/** Whether a picture of the run is on the disk as it was written. */
export async function isIntact(path: string, { file, sha256: expected }: PictureFile): Promise<boolean> {
  const bytes = await readFile(join(path, file)).catch(() => undefined);
  return bytes !== undefined && sha256(bytes) === expected;
}
