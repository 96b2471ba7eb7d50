/** A lock file that outlives no process: whoever finds it held by a dead one takes it over. */

import { open, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import type { AnimateError } from "./errors.ts";
import { systemErrorCode } from "./files.ts";

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Takes the lock, also from a process that died without giving it back.
 *
 * @param path of the lock file; its folder exists
 * @param heldBy the error for a living holder on this machine, or any on another; `name` is `process 12` or `process 12 on elsewhere`
 * @returns gives the lock back; safe to call twice
 */
export async function takeLock(
  path: string,
  heldBy: (name: string) => AnimateError,
): Promise<() => Promise<void>> {
  const holder: LockHolder = { pid: process.pid, host: hostname() };
  while (!(await createExclusively(path, JSON.stringify(holder)))) {
    const other = parseHolder(await readFile(path, "utf8").catch(() => ""));
    // A lock that cannot be read was cut off by a crash.
    if (other && (other.host !== hostname() || isAlive(other.pid))) {
      throw heldBy(`process ${other.pid}${other.host === hostname() ? "" : ` on ${other.host}`}`);
    }
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
