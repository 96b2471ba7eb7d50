/** A disk of a few hundred kilobytes, in memory, for whoever may mount one. */

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Mounts a tmpfs of so many bytes over a new folder. @throws Error where that is not allowed */
export async function mountDisk(path: string, bytes: number): Promise<void> {
  await mkdir(path, { recursive: true });
  await run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path]);
}

/** Gives the disk another size, or makes it read-only, with `size=…` or `ro`. */
export async function remountDisk(path: string, options: string): Promise<void> {
  await run("mount", ["-o", `remount,${options}`, path]);
}

export async function unmountDisk(path: string): Promise<void> {
  await run("umount", ["--lazy", path]);
}

/** Whether this process may mount one; that is tried. */
export async function canMountDisks(): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const folder = await mkdtemp(join(tmpdir(), "animate-torture-mount-"));
  const path = join(folder, "disk");
  try {
    await mountDisk(path, 65_536);
    await unmountDisk(path);
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
