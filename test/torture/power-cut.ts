/**
 * What a disk holds after the power has gone, worked out from the calls of a render. A file is safe once it was flushed, a name once its folder
 * was; of the rest, anything may be there or not. Source: POSIX fsync, and what ext4 and XFS leave after a cut.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { sha256 } from "../../src/render/chain.ts";
import type { JournalEntry } from "../../src/render/journal-entry.ts";
import type { FileCall } from "./trace.ts";

/** Contents of files, by their paths below the root. */
export type DiskState = ReadonlyMap<string, Buffer>;

/** What becomes of what was not flushed: all of it is gone; names are there, and files are empty, or zeros in their full length. */
export type Loss = "all" | "contents" | "zeros";
export const LOSSES: readonly Loss[] = ["all", "contents", "zeros"];

interface File {
  bytes: Buffer;
  /** As of the last flush. */
  safe: Buffer | null;
}

interface Folder {
  readonly now: Map<string, File | Folder>;
  safe: Map<string, File | Folder>;
}

export interface Disk {
  apply(call: FileCall): void;
  /** What is there when the power goes now. */
  after(loss: Loss): DiskState;
}

/** A disk with an empty folder `root`, whose own name is safe. */
export function createDisk(root: string): Disk {
  const top: Folder = { now: new Map(), safe: new Map() };
  const handles = new Map<number, File>();

  function entryAt(path: string): File | Folder | undefined {
    const names = relative(root, path).split("/").filter(Boolean);
    return names.reduce<File | Folder | undefined>(
      (at, name) => (at && "now" in at ? at.now.get(name) : undefined),
      top,
    );
  }

  /** Makes it when the call that did was not seen. */
  function folderAt(path: string): Folder {
    const found = entryAt(path);
    if (found && "now" in found) return found;
    const folder: Folder = { now: new Map(), safe: new Map() };
    folderAt(dirname(path)).now.set(nameOf(path), folder);
    return folder;
  }

  function fileAt(path: string): File {
    const found = entryAt(path);
    if (found && !("now" in found)) return found;
    const file: File = { bytes: Buffer.alloc(0), safe: null };
    folderAt(dirname(path)).now.set(nameOf(path), file);
    return file;
  }

  function apply(call: FileCall): void {
    switch (call.kind) {
      case "mkdir":
        folderAt(call.path);
        return;
      case "open": {
        const file = fileAt(call.path);
        if (call.flags.startsWith("w")) file.bytes = Buffer.alloc(0);
        handles.set(call.handle, file);
        return;
      }
      case "write": {
        const file = handles.get(call.handle)!;
        file.bytes = Buffer.concat([file.bytes, Buffer.from(call.bytes, "base64")]);
        return;
      }
      case "writeFile":
        fileAt(call.path).bytes = Buffer.from(call.bytes, "base64");
        return;
      case "sync": {
        if (call.isFolder) {
          const folder = folderAt(call.path);
          folder.safe = new Map(folder.now);
          return;
        }
        const file = fileAt(call.path);
        if (call.bytes !== undefined) file.bytes = Buffer.from(call.bytes, "base64");
        file.safe = file.bytes;
        return;
      }
      case "link":
        folderAt(dirname(call.to)).now.set(nameOf(call.to), fileAt(call.from));
        return;
      case "rename": {
        const moved = entryAt(call.from) ?? fileAt(call.from);
        folderAt(dirname(call.from)).now.delete(nameOf(call.from));
        folderAt(dirname(call.to)).now.set(nameOf(call.to), moved);
        return;
      }
      case "rm":
        folderAt(dirname(call.path)).now.delete(nameOf(call.path));
        return;
      case "report":
    }
  }

  function after(loss: Loss): DiskState {
    const state = new Map<string, Buffer>();
    const collect = (folder: Folder, path: string): void => {
      for (const [name, entry] of loss === "all" ? folder.safe : folder.now) {
        if ("now" in entry) collect(entry, join(path, name));
        else state.set(join(path, name), contentOf(entry, loss));
      }
    };
    collect(top, "");
    return state;
  }

  return { apply, after };
}

/** Files of which not even a page has arrived; one that was flushed keeps what it had then. */
function contentOf({ bytes, safe }: File, loss: Loss): Buffer {
  if (loss !== "zeros") return safe ?? Buffer.alloc(0);
  // Behind what was flushed the length is there and the pages are not.
  return Buffer.concat([
    safe ?? Buffer.alloc(0),
    Buffer.alloc(Math.max(0, bytes.length - (safe?.length ?? 0))),
  ]);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Frames that the journal of a state promises, and what is wrong about them. */
export function promisesOf(state: DiskState): { readonly frames: Set<number>; readonly broken: string[] } {
  const frames = new Set<number>();
  const broken: string[] = [];
  for (const [path, bytes] of state) {
    if (!path.endsWith("journal.ndjson")) continue;
    for (const line of bytes.toString().split("\n")) {
      const [json = "", check] = line.split("\t");
      if (check !== sha256(json).slice(0, 16)) continue;
      const { frame, picture, state: loop } = JSON.parse(json) as JournalEntry;
      frames.add(frame);
      for (const promised of [picture, loop?.newer, loop?.older, loop?.colorReference]) {
        if (!promised) continue;
        const file = state.get(join(dirname(path), promised.file));
        if (!file || sha256(file) !== promised.sha256) broken.push(`frame ${frame}: ${promised.file}`);
      }
    }
  }
  return { frames, broken };
}

/** Writes a state below `root`. */
export async function materialize(state: DiskState, root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const [path, bytes] of state) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  }
}
