/** Brings a model from the hub into the library: all of it, checked, or nothing. */

import { constants, copyFile, link, mkdir, rm, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FileError, ModelError } from "../errors.ts";
import { publishFile, publishFolder } from "../files.ts";
import { takeLock } from "../lock-file.ts";
import { describeWork, nameHolder } from "../lock-holder.ts";
import { isOnnx } from "../models/library-folder.ts";
import { LIBRARY_FOLDERS, type LibraryKind } from "../models/library-places.ts";
import { recognizeKind } from "../models/recognize-kind.ts";
import { printable } from "../printable.ts";
import { downloadFile } from "./download-file.ts";
import type { Hub } from "./hub.ts";
import type { Offer } from "./offer.ts";
import { writeReceipt } from "./receipt.ts";
import type { RepoFile } from "./repo-files.ts";

/** Unfinished downloads, below the library's root. */
export const PARTIAL_FOLDER = ".partial";
/** Kept free, so that the disk of the system does not run full. */
const SPARE_BYTES = 200_000_000;

export interface PullOptions {
  /** Root of the library. */
  readonly root: string;
  /** Bytes of the whole model that are there so far. */
  readonly onBytes: (bytes: number) => void;
  /** Free bytes on the disk of a folder; asked of the system by default. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

export interface PulledModel {
  readonly kind: LibraryKind;
  readonly path: string;
  readonly files: readonly ReceivedFile[];
}

/** A file that has arrived. */
export interface ReceivedFile {
  readonly path: string;
  readonly bytes: number;
  /** Hex; see `downloadFile`. */
  readonly hash: string;
}

/**
 * Downloads what was offered. Stopped by the hub's signal or broken off, it leaves parts that the next pull continues, and never half a
 * model in the library.
 *
 * @throws DownloadError when the server fails or lies; FileError when the disk is full; ModelError when the library has that name already,
 *   another pull is at work, or the file is not what it was said to be
 */
export async function pull(hub: Hub, offer: Offer, options: PullOptions): Promise<PulledModel> {
  const { root, onBytes, freeBytes = askFreeBytes } = options;
  const { target, choice } = offer;
  const repository = { repo: offer.repository.repo, commit: offer.repository.commit };
  const partial = join(root, PARTIAL_FOLDER);
  await makeFolder(partial);
  const unlock = await takeLock(
    join(partial, "pull.lock"),
    offer.repository.repo,
    (holder) =>
      new ModelError(`${nameHolder(holder)} is downloading into this library${describeWork(holder)}`, {
        where: printable(root),
        hint: `Wait for it. If it is gone, remove ${printable(join(partial, "pull.lock"))}.`,
      }),
  );
  try {
    if (target.kind !== undefined) await requireAbsent(destination(root, target.kind, offer));
    await requireSpace(partial, choice.files, freeBytes);
    const parts = new Map<RepoFile, string>();
    const received: ReceivedFile[] = [];
    let before = 0;
    for (const file of choice.files) {
      const whole = before;
      const { path, digest } = await downloadFile(hub, {
        url: offer.urlOf(file),
        file,
        folder: partial,
        onBytes: (bytes) => onBytes(whole + bytes),
      });
      parts.set(file, path);
      received.push({ path: file.path, bytes: file.bytes, hash: digest });
      before += file.bytes;
    }
    const staged =
      choice.layout === "file" ? [...parts.values()][0]! : await assemble(partial, target.name, parts);
    const kind = await decideKind(staged, offer);
    const path = destination(root, kind, offer);
    await makeFolder(dirname(path));
    await requireAbsent(path);
    await (choice.layout === "file" ? publishFile(staged, path) : publishFolder(staged, path));
    await Promise.all([...parts.values()].map((part) => rm(part, { force: true })));
    await writeReceipt(root, kind, target.name, {
      ...repository,
      license: offer.license,
      files: received,
    });
    return { kind, path, files: received };
  } finally {
    await unlock();
  }
}

function destination(root: string, kind: LibraryKind, { target, choice }: Offer): string {
  const extension = kind === "network" ? "onnx" : "safetensors";
  const file = choice.layout === "file" ? `${target.name}.${extension}` : target.name;
  return join(root, LIBRARY_FOLDERS[kind], file);
}

/** Gathers the files of a folder under their names, out of sight. The parts stay, in case that something else goes wrong. */
async function assemble(
  partial: string,
  name: string,
  parts: ReadonlyMap<RepoFile, string>,
): Promise<string> {
  const folder = join(partial, `${name}.folder`);
  // What a crash may have left of an earlier one.
  await rm(folder, { recursive: true, force: true });
  for (const [file, part] of parts) {
    const path = join(folder, ...file.path.split("/"));
    await mkdir(dirname(path), { recursive: true });
    // Not every file system has links.
    await link(part, path).catch(() => copyFile(part, path, constants.COPYFILE_FICLONE));
  }
  return folder;
}

/** The kind by content, which must not contradict what was asked for. */
async function decideKind(path: string, { target, choice }: Offer): Promise<LibraryKind> {
  const found = isOnnx(choice.files[0]!.path) ? ({ kind: "network" } as const) : await recognizeKind(path);
  if (found === undefined && target.kind === undefined) {
    throw new ModelError(
      "what was downloaded is no model, LoRA, embedding, ControlNet, VAE or network that is known here",
      {
        where: target.repo,
        hint: "If you know what it is, run the same command again with --kind; nothing has to be downloaded twice.",
      },
    );
  }
  if (found !== undefined && target.kind !== undefined && found.kind !== target.kind) {
    throw new ModelError(`what was downloaded is of the kind ${found.kind}, not ${target.kind}`, {
      where: target.repo,
      hint: `Run the same command again with --kind ${found.kind}; nothing has to be downloaded twice.`,
    });
  }
  return target.kind ?? found!.kind;
}

async function requireAbsent(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) === undefined) return;
  throw new ModelError("the library has something of that name already", {
    where: printable(path),
    hint: "Give it another name with --as, or take the old one away with `animate models remove`.",
  });
}

async function requireSpace(
  partial: string,
  files: readonly RepoFile[],
  freeBytes: (folder: string) => Promise<number>,
): Promise<void> {
  let needed = 0;
  for (const { bytes, hash } of new Map(files.map((file) => [file.hash.digest, file])).values()) {
    const there = await stat(join(partial, `${hash.digest}.part`)).catch(() => undefined);
    needed += bytes - Math.min(bytes, there?.size ?? 0);
  }
  const free = await freeBytes(partial);
  if (needed + SPARE_BYTES <= free) return;
  throw new FileError(
    `not enough space: ${gigabytes(needed)} are still to come, and ${gigabytes(free)} are free`,
    {
      where: printable(dirname(partial)),
      hint: "Free some space, or let ANIMATE_LIBRARY name a folder on another disk.",
    },
  );
}

async function askFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw new FileError(
      `the folder of the library cannot be made: ${cause instanceof Error ? cause.message : String(cause)}`,
      { where: printable(path), hint: "Let ANIMATE_LIBRARY name a folder that you may write to.", cause },
    );
  });
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
