/** The folder of finished stills: whole or absent, and never over somebody's other files. */

import { lstat, mkdir, readdir, readFile, rename, rm, rmdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FileError } from "../errors.ts";
import { publishFolder, systemErrorCode, temporaryPath, writeError } from "../files.ts";

/** Lists what was made, so that it can be replaced without touching anything else. */
export const SUMMARY_FILE = "thumbnails.json";

export interface OutputFolder {
  /** Where files are written until they are published. */
  readonly path: string;
  /**
   * Gives the folder its name; with `force` its files take the place of those made before.
   *
   * @throws FileError when other files have come there meanwhile
   */
  publish(): Promise<void>;
  /** Removes what was written. After `publish`, does nothing. */
  discard(): Promise<void>;
}

/**
 * Prepares `path`, which must not be there, be empty, or with `force` hold earlier stills.
 *
 * @throws FileError otherwise, before anything is made
 */
export async function openOutputFolder(path: string, force: boolean): Promise<OutputFolder> {
  const present = await listFolder(path);
  const earlier = present?.includes(SUMMARY_FILE) === true;
  if (present && present.length > 0 && !(force && earlier)) {
    throw new FileError(
      earlier ? "there are stills already" : "expected a new or empty folder, found other files",
      {
        where: path,
        hint: earlier
          ? "replace them with --force, or name another folder with --out"
          : "name another folder with --out",
      },
    );
  }
  const temporary = temporaryPath(path);
  try {
    await mkdir(temporary, { recursive: true });
  } catch (cause) {
    throw writeError(path, 0, cause);
  }
  return {
    path: temporary,
    async publish() {
      if (present === undefined || present.length === 0) {
        await takeName(temporary, path);
        return;
      }
      for (const file of await earlierFiles(path)) await rm(join(path, file), { force: true });
      for (const file of await readdir(temporary)) await rename(join(temporary, file), join(path, file));
      await rm(temporary, { recursive: true });
    },
    discard: () => rm(temporary, { recursive: true, force: true }),
  };
}

/** What has come to the place while stills were chosen is somebody's, and stays. */
async function takeName(temporary: string, path: string): Promise<void> {
  try {
    // An empty folder may be replaced by a rename, but not everywhere.
    await removeEmpty(path);
    await publishFolder(temporary, path);
  } catch (cause) {
    if (!["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(systemErrorCode(cause))) throw cause;
    throw new FileError("other files have come there while the stills were made", {
      where: path,
      hint: "name another folder with --out",
      cause,
    });
  }
}

/** Removes an empty folder, or the link to one. */
async function removeEmpty(path: string): Promise<void> {
  const status = await lstat(path).catch(() => undefined);
  if (status) await (status.isSymbolicLink() ? unlink(path) : rmdir(path));
}

async function listFolder(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path);
  } catch (cause) {
    if (systemErrorCode(cause) === "ENOENT") return undefined;
    throw new FileError("the folder of the stills cannot be used", {
      where: path,
      hint: `name another one with --out, beside ${dirname(path)}`,
      cause,
    });
  }
}

/** Files of the last time, by its summary: names alone, nothing outside of the folder. */
async function earlierFiles(path: string): Promise<string[]> {
  try {
    const { files } = JSON.parse(await readFile(join(path, SUMMARY_FILE), "utf8")) as { files: unknown };
    if (!Array.isArray(files)) return [];
    return files.filter((file): file is string => typeof file === "string" && /^[\w.-]+$/.test(file));
  } catch {
    return [];
  }
}
