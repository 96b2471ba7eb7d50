/** Files of the cache appear whole under their names, and are not waited for. */

import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { temporaryPath } from "../files.ts";

/**
 * Makes a file beside its place and moves it there, over an older one. Nothing is flushed, which would cost more than all else: whatever a
 * power cut spoils is noticed by its hash and made again.
 *
 * @param make writes the file to the path it is given
 * @throws the system error of what failed; no temporary file is left
 */
export async function replaceFile(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryPath(path);
  await mkdir(dirname(path), { recursive: true });
  try {
    await make(temporary);
    await rename(temporary, path);
  } finally {
    // Still there after a failure, and after a rename from one link of a file to another, which does nothing.
    await rm(temporary, { force: true }).catch(() => {});
  }
}
