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

/** Removes the temporary files that a killed process left in `folder`; a folder that is not there has none. */
export async function sweepTemporaryFiles(folder: string): Promise<void> {
  const files = await readdir(folder).catch(() => []);
  const leftovers = files.filter((file) => /^\..+\.[0-9a-f]{12}\.partial$/.test(file));
  await Promise.all(leftovers.map((file) => rm(join(folder, file), { force: true })));
}

/**
 * Gives the finished file `temporary` its final name: fsync, rename, fsync of the folder.
 * Throws the system error; the caller knows what the file was and removes it.
 */
export async function publishFile(temporary: string, path: string): Promise<void> {
  await flush(temporary);
  await rename(temporary, path);
  // Windows cannot open a folder; there the rename is journaled by the file system.
  if (process.platform !== "win32") await flush(dirname(path));
}

/**
 * The same for a finished folder, whose files have been flushed: what its folders list is flushed too, so that a power cut leaves the whole
 * of it or nothing.
 */
export async function publishFolder(temporary: string, path: string): Promise<void> {
  if (process.platform !== "win32") {
    const children = await readdir(temporary, { recursive: true, withFileTypes: true });
    const folders = children.filter((child) => child.isDirectory());
    for (const folder of folders) await flush(join(folder.parentPath, folder.name));
    await flush(temporary);
  }
  await rename(temporary, path);
  if (process.platform !== "win32") await flush(dirname(path));
}

async function flush(path: string): Promise<void> {
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
    const first = await mkdir(path, { recursive: true });
    if (first === undefined || process.platform === "win32") return first;
    const shortest = resolve(first).length;
    for (let made = resolve(path); made.length >= shortest; made = dirname(made)) await flush(dirname(made));
    return first;
  } catch (cause) {
    throw new FileError(`cannot make the folder ${path}: ${(cause as Error).message}`, {
      hint: "Choose another folder with --out, or free its disk.",
      cause,
    });
  }
}

/** The FileError for a write that failed, with what to do about a full disk, missing rights and their kin. */
export function writeError(path: string, byteCount: number, cause: unknown): FileError {
  const code = systemErrorCode(cause);
  const reasons: Record<string, [message: string, hint: string]> = {
    ENOSPC: ["the disk is full", `free space on the disk of ${dirname(path)} and run again`],
    EDQUOT: ["the disk quota is used up", `free space in ${dirname(path)} and run again`],
    ENOENT: ["the folder does not exist", `create ${dirname(path)} or choose another folder`],
    ENOTDIR: ["a part of the path is a file", "choose another folder"],
    EISDIR: ["there is a folder of that name", "choose another name"],
    EACCES: ["no right to write there", `change the rights of ${dirname(path)} or choose another folder`],
    EROFS: ["the file system is read-only", "choose another folder"],
  };
  const [message, hint] = reasons[code] ?? [
    cause instanceof Error ? cause.message : String(cause),
    "check the disk and run again",
  ];
  return new FileError(`cannot write ${byteCount} bytes: ${message}`, { where: path, hint, cause });
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
