/** Python pickles can run any code when they are opened, so they are never loaded: told by their name, before anything is read. */

import { basename } from "node:path";
import { ModelError } from "../errors.ts";
import { printable } from "../printable.ts";

/** Whether a path ends as pickles do. What only pretends to be a safetensors file is told by its first bytes: `foreign-file.ts`. */
export function isPickle(path: string): boolean {
  return /\.(ckpt|pt|pth|bin|pkl)$/i.test(path);
}

const SAFE_VERSION =
  "Download the .safetensors version: the single file, or the folder in the diffusers layout.";
export const ONNX_VERSION = "Download or export the network as an ONNX file.";

/**
 * @param hint the way out; default: where to get a model without it
 * @throws ModelError that says why
 */
export function refusePickle(path: string, hint = SAFE_VERSION): void {
  if (!isPickle(path)) return;
  throw new ModelError(
    `\`${printable(basename(path))}\` is a Python pickle, which can run any code when it is opened, so it is never loaded`,
    { hint },
  );
}
