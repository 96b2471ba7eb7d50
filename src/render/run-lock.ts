/** One renderer per run folder: two would write the same frames and mix their journals. */

import { join } from "node:path";
import { RenderError } from "../errors.ts";
import { takeLock } from "../lock-file.ts";

const LOCK_FILE = "run.lock";

/**
 * Takes the lock of a run folder, also from a process that died without giving it back.
 *
 * @returns gives the lock back; safe to call twice
 * @throws RenderError when a living process on this machine, or one on another machine, holds it
 */
export async function lockRunFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK_FILE);
  return await takeLock(
    path,
    (holder) =>
      new RenderError(`${holder} is rendering into this folder`, {
        where: folder,
        hint: `Wait for it, stop it, or choose another folder with --out. If it is gone, remove ${path}.`,
      }),
  );
}
