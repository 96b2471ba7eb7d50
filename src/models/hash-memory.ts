/** Remembers the hashes of big files, so that a render does not read gigabytes to learn what it read yesterday (decision 10). */

import type { BigIntStats } from "node:fs";
import { mkdir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../files.ts";
import { libraryRoot } from "./library-places.ts";

/** Smaller files are read faster than they are looked up. */
const SMALLEST = 64 * 2 ** 20;
/** More models than a person has; the oldest are forgotten first. */
const MOST_ENTRIES = 500;
/** A file may change again within one tick of a coarse clock and keep its times; younger ones are not remembered. */
const YOUNGEST_MS = 2000;

const schema = z.record(
  z.string(),
  z.object({ state: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
);

/**
 * The hash that `compute` gives for the file, remembered in `hashes.json` of the library folder for as long as device, inode, size, and the
 * times of its last modification and status change stay as they are. A memory that cannot be read or written is none.
 *
 * @param file that exists
 * @param compute reads the whole file
 */
export async function rememberHash(
  file: string,
  compute: () => Promise<string>,
  { smallest = SMALLEST, memory = join(libraryRoot(), "hashes.json") } = {},
): Promise<string> {
  const before = await stateOf(file);
  if (before === undefined || before.size < smallest) return await compute();
  const path = await realpath(file);
  const known = (await readMemory(memory))[path];
  if (known?.state === before.text) return known.sha256;

  const sha256 = await compute();
  const after = await stateOf(file);
  if (after?.text === before.text && Date.now() - before.changed > YOUNGEST_MS) {
    // Read again: another render may have added to it meanwhile.
    const { [path]: _outdated, ...others } = await readMemory(memory);
    const entries = [...Object.entries(others), [path, { state: before.text, sha256 }] as const];
    await mkdir(dirname(memory), { recursive: true })
      .then(() =>
        writeFileAtomic(memory, `${JSON.stringify(Object.fromEntries(entries.slice(-MOST_ENTRIES)))}\n`),
      )
      .catch(() => {});
  }
  return sha256;
}

async function stateOf(file: string): Promise<{ text: string; size: number; changed: number } | undefined> {
  const status: BigIntStats | undefined = await stat(file, { bigint: true }).catch(() => undefined);
  if (!status?.isFile()) return undefined;
  const { dev, ino, size, mtimeNs, ctimeNs } = status;
  const changed = Math.max(Number(mtimeNs), Number(ctimeNs)) / 1e6;
  return { text: [dev, ino, size, mtimeNs, ctimeNs].join(" "), size: Number(size), changed };
}

async function readMemory(memory: string): Promise<z.output<typeof schema>> {
  const text = await readFile(memory, "utf8").catch(() => "{}");
  try {
    return schema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
