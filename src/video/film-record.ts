/** What the finished film was made of, beside its pieces: a run that has nothing new to show leaves the film as it is. */

import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { writeFileAtomic } from "../files.ts";
import { hashFile } from "./segment-store.ts";

/** Anything JSON: pieces or pictures in order, tags, sound. */
export function filmKey(ingredients: unknown): string {
  return createHash("sha256").update(JSON.stringify(ingredients)).digest("hex");
}

/** Whether the film at `path` was made of these ingredients, and still has the bytes that it had then. */
export async function isFilmOf(key: string, path: string, recordPath: string): Promise<boolean> {
  try {
    const record = await readFile(recordPath, "utf8");
    return record === recordText(key, await hashFile(path));
  } catch {
    // One of the two is not there.
    return false;
  }
}

/** Notes what the film at `path` was made of. */
export async function recordFilm(key: string, path: string, recordPath: string): Promise<void> {
  await writeFileAtomic(recordPath, recordText(key, await hashFile(path)));
}

/** Owed before a film is replaced. */
export async function forgetFilm(recordPath: string): Promise<void> {
  await rm(recordPath, { force: true });
}

function recordText(key: string, sha256: string): string {
  return `${JSON.stringify({ key, sha256 })}\n`;
}
