/** Everything that is in the cache, read from its files. */

import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { type CacheEntry, ENTRIES, picturesOf, readEntry } from "./cache-entry.ts";
import { picturePath, PICTURES } from "./cached-picture.ts";

/** A file, as it was when it was looked at. */
export interface FileState {
  readonly path: string;
  readonly bytes: number;
  /** Names that the file has; above 1, a run's folder has it too, and removing it here frees nothing. */
  readonly links: number;
  /** Milliseconds of the epoch, as are all times here. */
  readonly modified: number;
  /** Changes with the content and with the number of names; no program can set it. */
  readonly changed: number;
}

export interface EntryState extends FileState {
  readonly entry: CacheEntry;
}

export interface Contents {
  /** By sha256. */
  readonly pictures: ReadonlyMap<string, FileState>;
  /** Those that have all their pictures; `modified` is the time of the last use, and the latest is the first. */
  readonly entries: readonly EntryState[];
  /** Those that lack a picture. */
  readonly broken: readonly EntryState[];
  /** Files of processes that died, or are just writing. */
  readonly temporary: readonly FileState[];
}

/** Reads the whole cache; a folder that is not there is empty, and a file that goes meanwhile is none. */
export async function readContents(cache: string): Promise<Contents> {
  // Pictures first: what an entry needs is there before it.
  const pictureFiles = (await readFolders(join(cache, PICTURES))).flat();
  const pictures = new Map<string, FileState>();
  for (const file of pictureFiles) if (file.path.endsWith(".png")) pictures.set(stem(file.path), file);

  const entries: EntryState[] = [];
  const broken: EntryState[] = [];
  const temporary = pictureFiles.filter(isTemporary);
  for (const files of await readFolders(join(cache, ENTRIES))) {
    temporary.push(...files.filter(isTemporary));
    const named = files.filter(({ path }) => path.endsWith(".json"));
    // One that is damaged, or has another name than its key, is removed by reading it.
    const read = await Promise.all(named.map((file) => readEntry(cache, stem(file.path))));
    for (const [index, entry] of read.entries()) {
      if (!entry) continue;
      const whole = await Promise.all(picturesOf(entry).map((hash) => hasPicture(cache, pictures, hash)));
      (whole.every(Boolean) ? entries : broken).push({ ...named[index]!, entry });
    }
  }
  return { pictures, entries: entries.toSorted((a, b) => b.modified - a.modified), broken, temporary };
}

/** The state of a file; undefined when there is none. */
export async function fileState(path: string): Promise<FileState | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (!status?.isFile()) return undefined;
  return {
    path,
    bytes: status.size,
    links: status.nlink,
    modified: status.mtimeMs,
    changed: status.ctimeMs,
  };
}

/** The files of each folder in a folder. */
async function readFolders(root: string): Promise<FileState[][]> {
  const folders: FileState[][] = [];
  for (const name of await namesIn(root)) {
    const files = await namesIn(join(root, name));
    const states = await Promise.all(files.map((file) => fileState(join(root, name, file))));
    folders.push(states.filter((state) => state !== undefined));
  }
  return folders;
}

/** A picture may have come since the pictures were read. */
async function hasPicture(cache: string, pictures: Map<string, FileState>, hash: string): Promise<boolean> {
  if (pictures.has(hash)) return true;
  const file = await fileState(picturePath(cache, hash));
  if (file) pictures.set(hash, file);
  return file !== undefined;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch((): string[] => [])).toSorted();
}

function isTemporary({ path }: FileState): boolean {
  return path.endsWith(".partial");
}

function stem(path: string): string {
  return basename(path).replace(/\.[a-z]+$/, "");
}
