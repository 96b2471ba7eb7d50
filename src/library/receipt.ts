/** Where a model of the library came from: a small hidden file beside it, for lists, credits and licenses. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../files.ts";
import { LIBRARY_FOLDERS, type LibraryKind } from "../models/library-places.ts";

const schema = z.object({
  repo: z.string(),
  commit: z.string(),
  license: z.object({ name: z.string(), url: z.string() }),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), hash: z.string() })),
});

export type Receipt = z.output<typeof schema>;

export function receiptPath(root: string, kind: LibraryKind, name: string): string {
  return join(root, LIBRARY_FOLDERS[kind], `.${name}.json`);
}

export async function writeReceipt(
  root: string,
  kind: LibraryKind,
  name: string,
  receipt: Receipt,
): Promise<void> {
  await writeFileAtomic(receiptPath(root, kind, name), `${JSON.stringify(receipt, undefined, 2)}\n`);
}

/** Undefined for models that were not pulled. */
export async function readReceipt(
  root: string,
  kind: LibraryKind,
  name: string,
): Promise<Receipt | undefined> {
  const text = await readFile(receiptPath(root, kind, name), "utf8").catch(() => "");
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
