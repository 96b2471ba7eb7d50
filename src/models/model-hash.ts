/** Hashes of model files: of one, and one over all that decide what a model computes. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { ModelError } from "../errors.ts";
import type { GraphWeights } from "./graph-weights.ts";
import { rememberHash } from "./hash-memory.ts";

/**
 * sha256 over the files' names and contents. The render's journal relies on it; big files are read once and then remembered for as long as
 * they are not written to.
 *
 * @param folder that names in the hash are relative to, so that moving a model keeps its hash
 * @param files absolute paths as they lie in the folder (links not resolved)
 * @returns 64 hex digits
 */
export async function hashModel(folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files.toSorted()) {
    hash.update(`${relative(folder, file).replaceAll(sep, "/")}\0${await hashFile(file)}\n`);
  }
  return hash.digest("hex");
}

/**
 * sha256 of one file, as model sites print it.
 *
 * @returns 64 hex digits
 */
export async function hashFile(file: string): Promise<string> {
  return await rememberHash(file, () => readHash(file));
}

/**
 * sha256 of a ready ONNX file: of the file itself, or over it and the files beside it that hold its weights.
 *
 * @returns 64 hex digits
 */
export async function hashGraph(file: string, { files }: Pick<GraphWeights, "files">): Promise<string> {
  return files.length === 0 ? await hashFile(file) : await hashModel(dirname(file), [file, ...files]);
}

async function readHash(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    if (!(await stat(file)).isFile())
      throw new RangeError("expected a file: devices and pipes may never end");
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  } catch (cause) {
    throw new ModelError("the file cannot be read", { where: file, cause });
  }
  return hash.digest("hex");
}
