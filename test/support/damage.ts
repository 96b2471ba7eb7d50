/** What disks and crashes do to files. */

import { readFile, truncate, writeFile } from "node:fs/promises";

/** Turns one bit in the middle of a file. */
export async function flipBit(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(file, bytes);
}

/** Takes the second half of a file away. */
export async function cutFile(file: string): Promise<void> {
  const { length } = await readFile(file);
  await truncate(file, length >> 1);
}

/** Takes the second half of a line away, counted from 0; the end of the line stays. */
export async function cutLine(file: string, line: number): Promise<void> {
  const lines = (await readFile(file, "utf8")).split("\n");
  const text = lines[line]!;
  await writeFile(file, lines.with(line, text.slice(0, text.length >> 1)).join("\n"));
}
