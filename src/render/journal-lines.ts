/** Journals: one JSON object per line, appended, and a line that was cut or flipped is noticed. */

import { readFile } from "node:fs/promises";
import { sha256 } from "./chain.ts";

/** The entry's JSON, a tab, the first 16 digits of the JSON's sha256, and the end of the line. */
export function journalLine(entry: object): string {
  const json = JSON.stringify(entry);
  return `${json}\t${sha256(json).slice(0, 16)}\n`;
}

/**
 * The entries up to the first damaged line; a missing journal is an empty one.
 *
 * @typeParam Entry what {@link journalLine} was given: a line with the right hash is taken at its word
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
