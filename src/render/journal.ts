/** Journals: one JSON object per line, each safe on the disk before what comes next; a line that was cut or flipped is noticed. */

import { open, readFile } from "node:fs/promises";
import { writeError, writeFileAtomic } from "../files.ts";
import { sha256 } from "./chain.ts";

export interface Journal<Entry extends object> {
  /** Appends an entry and flushes it to the disk. @throws FileError, as when the disk is full */
  add(entry: Entry): Promise<void>;
  close(): Promise<void>;
}

/**
 * Writes the journal anew with those entries that still count, and opens it for more.
 *
 * @throws FileError when it cannot be written
 */
export async function openJournal<Entry extends object>(
  path: string,
  entries: readonly Entry[],
): Promise<Journal<Entry>> {
  await writeFileAtomic(path, entries.map(journalLine).join(""));
  const file = await open(path, "a");
  return {
    async add(entry) {
      const line = journalLine(entry);
      try {
        await file.appendFile(line);
        await file.sync();
      } catch (cause) {
        throw writeError(path, Buffer.byteLength(line), cause);
      }
    },
    close: () => file.close(),
  };
}

/**
 * The entries up to the first damaged line; a missing journal is an empty one.
 *
 * @typeParam Entry what {@link Journal.add} was given: a line with the right hash is taken at its word
 */
export async function readJournalLines<Entry extends object>(path: string): Promise<Entry[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return [];
  }
  const entries: Entry[] = [];
  for (const line of text.split("\n")) {
    const [json = "", check] = line.split("\t");
    if (check !== sha256(json).slice(0, 16)) break;
    entries.push(JSON.parse(json) as Entry);
  }
  return entries;
}

/** The entry's JSON, a tab, the first 16 digits of the JSON's sha256, and the end of the line. */
function journalLine(entry: object): string {
  const json = JSON.stringify(entry);
  return `${json}\t${sha256(json).slice(0, 16)}\n`;
}
