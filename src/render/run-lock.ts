/** One renderer per run folder: two would write the same frames and mix their journals. */

import { rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RenderError } from "../errors.ts";
import { makeFolder } from "../files.ts";
import { takeLock } from "../lock-file.ts";
import { describeWork, nameHolder } from "../lock-holder.ts";

const LOCK_FILE = "run.lock";

/**
 * Takes the lock of a run folder, which is made where there is none, also from a process that died without giving it back.
 *
 * @param task what will be done, for whoever comes second: the schedule
 * @returns gives the lock back, and takes the folder away again if it was made here and has stayed empty; safe to call twice
 * @throws RenderError when a living process on this machine, or one on another machine, holds it
 */
export async function lockRunFolder(
  folder: string,
  task: string | null = null,
): Promise<() => Promise<void>> {
  const path = join(folder, LOCK_FILE);
  const made = await makeFolder(folder);
  const unlock = await takeLock(
    path,
    task,
    (holder) =>
      new RenderError(`${nameHolder(holder)} is rendering into this folder${describeWork(holder)}`, {
        where: folder,
        hint: `Wait for it, stop it, or choose another folder with --out. If it is gone, remove ${path}.`,
      }),
  );
  return async () => {
    await unlock();
    if (made !== undefined) await removeEmptyFolders(folder, made);
  };
}

/** From `folder` up to `last`, as far as they are empty. */
async function removeEmptyFolders(folder: string, last: string): Promise<void> {
  try {
    for (let path = folder; path.length >= last.length; path = dirname(path)) await rmdir(path);
  } catch {
    // Something is in it: a render.
  }
}
