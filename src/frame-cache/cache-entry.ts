/** What the cache knows of one frame: which pictures it has, and which run made it. */

import { readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { sha256 } from "./cached-picture.ts";
import { replaceFile } from "./replace-file.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const picture = z.object({
  /** From the folder of the run that made it. The cache may be anyone's: what is written under that name stays inside a run's folder. */
  file: z.string().regex(/^(?:frames|state)\/[0-9a-f]{1,64}\.png$/),
  /** Of the file, 64 hex digits. */
  sha256: hash,
});

const schema = z.object({
  /** See {@link entryKey}. */
  key: hash,
  picture,
  /** Of the loop's state after the frame; null where a run cannot go on from it. */
  state: z
    .object({ newer: picture, older: picture.nullable(), colorReference: picture.nullable() })
    .nullable(),
  /** Wall time of the frame when it was rendered. */
  seconds: z.number(),
  /** Of the run that rendered it, for those who ask what is in the cache. */
  run: z.string(),
  model: z.string(),
});

/** A picture file of a run, as its journal has it. */
export type RunPicture = Readonly<z.output<typeof picture>>;
export type CacheEntry = Readonly<z.output<typeof schema>>;

/** Folder of the cache that has the entries. */
export const ENTRIES = "frames";

/** What a frame is found by: its chain hash, and the kind of machine, as far as it decides the last bits of a picture. */
export function entryKey(machine: string, chain: string): string {
  return sha256(`${machine}\n${chain}`);
}

export function entryPath(cache: string, key: string): string {
  return join(cache, ENTRIES, key.slice(0, 2), `${key}.json`);
}

/** @throws the system error */
export async function writeEntry(cache: string, entry: CacheEntry): Promise<void> {
  const json = JSON.stringify(entry);
  await replaceFile(entryPath(cache, entry.key), (temporary) =>
    writeFile(temporary, `${json}\t${sha256(json).slice(0, 16)}\n`, { flag: "wx" }),
  );
}

/** The entry of that key; undefined when there is none. A damaged one is removed. */
export async function readEntry(cache: string, key: string): Promise<CacheEntry | undefined> {
  const text = await readFile(entryPath(cache, key), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const entry = parseEntry(text);
  if (entry?.key === key) return entry;
  await removeEntry(cache, key);
  return undefined;
}

/** The frame counts as used now; where that cannot be written down, it will go earlier. */
export async function touchEntry(cache: string, key: string, now: Date): Promise<void> {
  await utimes(entryPath(cache, key), now, now).catch(() => {});
}

export async function removeEntry(cache: string, key: string): Promise<void> {
  await rm(entryPath(cache, key), { force: true }).catch(() => {});
}

/** sha256 of every picture of a frame, once. */
export function picturesOf({ picture: own, state }: Pick<CacheEntry, "picture" | "state">): string[] {
  const pictures = [own, state?.newer, state?.older, state?.colorReference];
  return [...new Set(pictures.flatMap((one) => (one ? [one.sha256] : [])))];
}

function parseEntry(text: string): CacheEntry | undefined {
  const [json = "", check = ""] = text.trimEnd().split("\t");
  if (check.length !== 16 || !sha256(json).startsWith(check)) return undefined;
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    // Nobody wrote that here: the hash of a line is no secret.
    return undefined;
  }
}
