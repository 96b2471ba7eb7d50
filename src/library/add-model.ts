/** Puts a model that is on this machine already into the library: as a link, or as a copy. */

import { cp, link, mkdir, realpath, rm, stat, symlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FileError, ModelError } from "../errors.ts";
import { publishFile, publishFolder, systemErrorCode } from "../files.ts";
import { usablePath } from "../models/library-folder.ts";
import { LIBRARY_FOLDERS, LIBRARY_KINDS, type LibraryKind } from "../models/library-places.ts";
import { refusePickle } from "../models/pickle.ts";
import { recognizeKind } from "../models/recognize-kind.ts";
import { printable } from "../printable.ts";
import { PARTIAL_FOLDER } from "./pull.ts";

export interface AddOptions {
  /** Root of the library. */
  readonly root: string;
  readonly name: string;
  /** Default: told by the content. */
  readonly kind?: LibraryKind | undefined;
  /** A copy of its own; else the library links to the model where it is. */
  readonly copy: boolean;
}

/**
 * @param source a `.safetensors` or `.onnx` file, or a folder in the diffusers layout
 * @returns kind, and path in the library
 * @throws ModelError when it is no model, damaged, of another kind than said, or when the library has that name already
 * @throws FileError when the link or copy cannot be made
 */
export async function addModel(
  source: string,
  { root, name, kind, copy }: AddOptions,
): Promise<{ readonly kind: LibraryKind; readonly path: string }> {
  const given = resolve(source);
  refusePickle(given);
  const recognized = (await isUsable(given)) ? await recognizeKind(given) : undefined;
  const decided = kind ?? recognized?.kind;
  if (decided === undefined) {
    throw new ModelError("this is no model, LoRA, embedding, ControlNet, VAE or network that is known here", {
      where: printable(given),
      hint: "Give a .safetensors or .onnx file, or a folder in the diffusers layout; if you know what it is, say so with --kind.",
    });
  }
  if (recognized !== undefined && recognized.kind !== decided) {
    throw new ModelError(`this is of the kind ${recognized.kind}, not ${decided}`, {
      where: printable(given),
      hint: `Leave out --kind, or say --kind ${recognized.kind}.`,
    });
  }
  const target = await realpath(given);
  const isFolder = (await stat(target)).isDirectory();
  const path = join(
    root,
    LIBRARY_FOLDERS[decided],
    isFolder ? name : `${name}.${decided === "network" ? "onnx" : "safetensors"}`,
  );
  if ((await stat(path).catch(() => undefined)) !== undefined) {
    throw new ModelError("the library has something of that name already", {
      where: printable(path),
      hint: "Give it another name with --as, or take the old one away with `animate models remove`.",
    });
  }
  try {
    await mkdir(dirname(path), { recursive: true });
    await (copy ? copyInto(root, target, path, isFolder) : linkTo(target, path, isFolder));
  } catch (cause) {
    const isTaken = systemErrorCode(cause) === "EEXIST";
    const message = isTaken ? "a broken link of that name is there" : `cannot add it: ${messageOf(cause)}`;
    const hint = isTaken
      ? "Remove the link."
      : copy
        ? "Check the disk, and your rights in the folder."
        : "Where links cannot be made, use --copy.";
    throw new FileError(message, { where: printable(path), hint, cause });
  }
  return { kind: decided, path };
}

async function isUsable(path: string): Promise<boolean> {
  for (const kind of LIBRARY_KINDS) {
    if ((await usablePath(kind, path)) === path) return true;
  }
  return false;
}

async function linkTo(target: string, path: string, isFolder: boolean): Promise<void> {
  // Windows lets only administrators make symbolic links to files; a second name of the same file does the same.
  if (process.platform === "win32" && !isFolder) await link(target, path);
  else await symlink(target, path, "junction");
}

/** Whole or absent: copied out of sight, then renamed. */
async function copyInto(root: string, target: string, path: string, isFolder: boolean): Promise<void> {
  const temporary = join(root, PARTIAL_FOLDER, `${process.pid}.copy`);
  await mkdir(dirname(temporary), { recursive: true });
  try {
    await cp(target, temporary, { recursive: true, dereference: true });
    await (isFolder ? publishFolder(temporary, path) : publishFile(temporary, path));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
