/** Files that are either whole or absent: written beside their final name, flushed to disk, and renamed; and read whole, if they are not too large. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { FileError } from "./errors.ts";

/**
 * Writes `bytes` to `path` so that a crash, a full disk or a second reader never sees half a file: a temporary file in the same folder,
 * fsync, rename over `path`, fsync of the folder.
 *
 * Throws FileError naming the path and the number of bytes; nothing is left behind and an older file at `path` is untouched.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array | string): Promise<void> {
  const content = typeof bytes === "string" ? Buffer.from(bytes, "utf8") : bytes;
  const temporary = temporaryPath(path);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    await publishFile(temporary, path);
  } catch (error) {
    // Fails when a part of the path is a file; the first error says more.
    await rm(temporary, { force: true }).catch(() => {});
    throw writeError(path, content.byteLength, error);
  }
}

/** A fresh hidden name in the folder of `path`, on the same file system so that a rename is atomic: `.video.mp4.1f0c….partial`. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.partial`);
}

/**
 * Removes the temporary files and folders that a killed process left in `folder`; a folder that is not there has none.
 *
 * @param name of the files or folders that they were to become; default: any
 */
export async function sweepTemporaryFiles(folder: string, name?: string): Promise<void> {
  const files = await readdir(folder).catch(() => []);
  const leftovers = files.filter((file) => {
    const target = /^\.(.+)\.[0-9a-f]{12}\.partial$/.exec(file)?.[1];
    return target !== undefined && (name === undefined || target === name);
  });
  await Promise.all(leftovers.map((file) => rm(join(folder, file), { force: true, recursive: true })));
}

/**
 * Gives the finished file `temporary` its final name: fsync, rename, fsync of the folder.
 * Throws the system error; the caller knows what the file was and removes it.
 */
export async function publishFile(temporary: string, path: string): Promise<void> {
  await flushToDisk(temporary);
  await rename(temporary, path);
  // Windows cannot open a folder; there the rename is journaled by the file system.
  if (process.platform !== "win32") await flushToDisk(dirname(path));
}

/**
 * The same for a finished folder, whose files have been flushed: what its folders list is flushed too, so that a power cut leaves the whole
 * of it or nothing.
 */
export async function publishFolder(temporary: string, path: string): Promise<void> {
  if (process.platform !== "win32") {
    const children = await readdir(temporary, { recursive: true, withFileTypes: true });
    const folders = children.filter((child) => child.isDirectory());
    for (const folder of folders) await flushToDisk(join(folder.parentPath, folder.name));
    await flushToDisk(temporary);
  }
  await rename(temporary, path);
  if (process.platform !== "win32") await flushToDisk(dirname(path));
}

/** Resolves when what was written to a file, or what a folder lists, is safe from a power cut. @throws the system error */
export async function flushToDisk(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes a folder, and those around it, where there is none, and flushes that they are there: a power cut takes no file with its folder.
 *
 * @returns the outermost that was made; undefined when all were there
 * @throws FileError when it cannot be made
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    const first = await makeMissing(path);
    if (first === undefined || process.platform === "win32") return first;
    const shortest = resolve(first).length;
    for (let made = resolve(path); made.length >= shortest; made = dirname(made))
      await flushToDisk(dirname(made));
    return first;
  } catch (cause) {
    const { reason, hint } = explain(dirname(path), cause);
    throw new FileError(`cannot make the folder ${path}: ${reason}`, { hint, cause });
  }
}

/** Node says of a read-only disk that there is no such folder; asked for one folder alone it tells the truth. */
async function makeMissing(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true });
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    const first = await makeMissing(dirname(path));
    await mkdir(path);
    return first ?? path;
  }
}

/** The FileError for a write that failed, with what to do about a full disk, missing rights and their kin. */
export function writeError(path: string, byteCount: number, cause: unknown): FileError {
  const { reason, hint } = explain(dirname(path), cause);
  return new FileError(`cannot write ${byteCount} bytes: ${reason}`, { where: path, hint, cause });
}

/** Why nothing could be written into a folder, and what to do. */
function explain(folder: string, cause: unknown): { reason: string; hint: string } {
  const reasons: Record<string, [reason: string, hint: string]> = {
    ENOSPC: ["the disk is full", `free space on the disk of ${folder} and run again`],
    EDQUOT: ["the disk quota is used up", `free space in ${folder} and run again`],
    ENOENT: ["the folder does not exist", `create ${folder} or choose another folder`],
    ENOTDIR: ["a part of the path is a file", "choose another folder"],
    EEXIST: ["there is a file of that name", "choose another name"],
    EISDIR: ["there is a folder of that name", "choose another name"],
    EACCES: ["no right to write there", `change the rights of ${folder} or choose another folder`],
    EPERM: ["no right to write there", `change the rights of ${folder} or choose another folder`],
    EROFS: ["the file system is read-only", "choose another folder"],
    ENAMETOOLONG: ["the name is too long", "choose a shorter one"],
    EIO: ["the disk reports an error (EIO)", "check the disk and run again"],
  };
  const [reason, hint] = reasons[systemErrorCode(cause)] ?? [
    cause instanceof Error ? cause.message : String(cause),
    "check the disk and run again",
  ];
  return { reason, hint };
}

/**
 * All bytes of a file that somebody names.
 *
 * Throws FileError when it is missing, cannot be read, is a folder, device or pipe, or has more than `maxBytes`, which is known before any is read.
 */
export async function readFileWithin(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const status = await stat(path);
    if (!status.isFile()) {
      // A device may have no end, and a pipe no beginning.
      const found = status.isDirectory() ? "a folder" : "a device or pipe";
      throw new FileError(`expected a file, found ${found}`, { where: path, hint: "check the path" });
    }
    if (status.size > maxBytes) {
      throw new FileError(`the file has ${status.size} bytes, at most ${maxBytes} are read`, {
        where: path,
        hint: "check that it is the file you mean",
      });
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof FileError) throw error;
    const isMissing = systemErrorCode(error) === "ENOENT";
    throw new FileError(isMissing ? "there is no such file" : "the file cannot be read", {
      where: path,
      hint: isMissing ? "check the path" : "check the rights of the file",
      cause: error,
    });
  }
}

/** `ENOENT` and its kin; empty for anything that is not a system error. */
export function systemErrorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
