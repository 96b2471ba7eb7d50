/** Journals: one JSON object per line, each safe on the disk before what comes next; a line that was cut or flipped is noticed. */

import { open, readFile } from "node:fs/promises";
import { writeError, writeFileAtomic } from "../files.ts";
import { sha256 } from "./chain.ts";

export interface Journal<Entry extends object> {
  /** Appends an entry and flushes it to the disk, after those that were added before. @throws FileError, as when the disk is full */
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
  /** Bytes of whole lines. */
  let { size } = await file.stat();
  let added: Promise<void> = Promise.resolve();

  async function append(line: string): Promise<void> {
    try {
      await file.appendFile(line);
      await file.sync();
      size += Buffer.byteLength(line);
    } catch (cause) {
      // Half a line would spoil the one after it.
      await file.truncate(size).catch(() => {});
      throw writeError(path, Buffer.byteLength(line), cause);
    }
  }

  return {
    async add(entry) {
      const turn = added.then(() => append(journalLine(entry)));
      added = turn.catch(() => {});
      await turn;
    },
    async close() {
      await added;
      await file.close();
    },
  };
}

/**
 * The entries of all lines that are whole; a missing journal is an empty one.
 *
 * @typeParam Entry what {@link Journal.add} was given: a line with the right hash is taken at its word
 */
export async function readJournalLines<Entry>(path: string): Promise<Entry[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line): Entry[] => {
    const [json = "", check] = line.split("\t");
    if (check !== sha256(json).slice(0, 16)) return [];
    try {
      return [JSON.parse(json) as Entry];
    } catch {
      // Nobody wrote that: the hash of a line is no secret.
      return [];
    }
  });
}

/** The entry's JSON, a tab, the first 16 digits of the JSON's sha256, and the end of the line. */
function journalLine(entry: object): string {
  const json = JSON.stringify(entry);
  return `${json}\t${sha256(json).slice(0, 16)}\n`;
}
