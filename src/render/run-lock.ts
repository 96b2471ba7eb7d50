/** One renderer per run folder: two would write the same frames and mix their journals. */

import { open, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { RenderError } from "../errors.ts";
import { systemErrorCode } from "../files.ts";

const LOCK_FILE = "run.lock";

interface LockHolder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Takes the lock of a run folder, also from a process that died without giving it back.
 *
 * @returns gives the lock back; safe to call twice
 * @throws RenderError when a living process on this machine, or one on another machine, holds it
 */
export async function lockRunFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK_FILE);
  const holder: LockHolder = { pid: process.pid, host: hostname() };
  while (!(await createExclusively(path, JSON.stringify(holder)))) {
    await requireStale(path, folder);
    // Another process may be faster from here on; then the next round finds it alive.
    await rm(path, { force: true });
  }
  return () => rm(path, { force: true });
}

async function createExclusively(path: string, text: string): Promise<boolean> {
  try {
    await using file = await open(path, "wx");
    await file.writeFile(text);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Throws unless the holder is known to be gone. A lock that cannot be read was cut off by a crash. */
async function requireStale(path: string, folder: string): Promise<void> {
  const holder = parseHolder(await readFile(path, "utf8").catch(() => ""));
  if (!holder || (holder.host === hostname() && !isAlive(holder.pid))) return;
  const where = holder.host === hostname() ? "" : ` on ${holder.host}`;
  throw new RenderError(`process ${holder.pid}${where} is rendering into this folder`, {
    where: folder,
    hint: `Wait for it, stop it, or choose another folder with --out. If it is gone, remove ${path}.`,
  });
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const { pid, host } = JSON.parse(text) as Partial<LockHolder>;
    return typeof pid === "number" && typeof host === "string" ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === "EPERM";
  }
}
