/** How much the cache holds, told by a part of it: looking at 100,000 files after every render would take longer than many a render. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PICTURES } from "./cached-picture.ts";
import { fileState } from "./contents.ts";

/** Pictures that are looked at, at least; with so many, the estimate is off by 5 % where sizes are alike. */
const SAMPLE = 400;

/** Folders that pictures are spread over, by the first two digits of their hashes. */
const FOLDERS = 256;

/** Bytes of all pictures; exact while they are few. Hashes spread them evenly, so that a few folders stand for all. */
export async function estimateBytes(cache: string): Promise<number> {
  let bytes = 0;
  let pictures = 0;
  for (let index = 0; index < FOLDERS; index++) {
    if (pictures >= SAMPLE) return (bytes * FOLDERS) / index;
    const folder = join(cache, PICTURES, index.toString(16).padStart(2, "0"));
    const names = await readdir(folder).catch((): string[] => []);
    const states = await Promise.all(names.map((name) => fileState(join(folder, name))));
    for (const state of states) bytes += state?.bytes ?? 0;
    pictures += names.length;
  }
  return bytes;
}
