/** The weights of one network: finds its file, and hands out tensors by name and expected shape. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ModelError } from "../errors.ts";
import { elementCount } from "../tensor/tensor.ts";
import type { WeightReference } from "./onnx-graph.ts";
import { readSafetensors, type SafetensorsFile, type StoredTensor } from "./safetensors.ts";

/** Other spellings that the same module has in older files. */
export type Renaming = (name: string) => string;

export interface Weights {
  /** The file as it lies in the folder. */
  readonly file: string;
  /** The same with symbolic links resolved, as ONNX Runtime wants it. */
  readonly path: string;
  /** Number of trained values in the file. */
  readonly parameters: number;
  /**
   * The tensor of that name.
   *
   * @param dims expected shape; the file may leave out or add trailing dimensions of 1 (1×1 convolutions stored as matrices)
   * @throws ModelError when it is missing, has another shape, or is not F32, F16 or BF16
   */
  take(name: string, dims: readonly number[]): WeightReference;
}

/**
 * Opens `<stem>.safetensors`, or else `<stem>.fp16.safetensors`, in a folder of a diffusers model.
 *
 * @param stem `diffusion_pytorch_model` for UNet and VAE, `model` for text encoders
 * @param renamings tried in order when a name is missing
 * @throws ModelError when there is none; says why a pickle is not an alternative
 */
export async function openWeights(
  folder: string,
  stem: string,
  renamings: readonly Renaming[] = [],
): Promise<Weights> {
  const present = new Set(await readdir(folder).catch(() => []));
  const name = [`${stem}.safetensors`, `${stem}.fp16.safetensors`].find((candidate) =>
    present.has(candidate),
  );
  if (name === undefined) throw missingWeights(folder, stem, present);
  const file = await readSafetensors(join(folder, name));
  return { file: join(folder, name), path: file.path, parameters: countParameters(file), take };

  function take(wanted: string, dims: readonly number[]): WeightReference {
    const stored = find(file, wanted, renamings);
    if (stored === undefined) {
      throw new ModelError(`the weight \`${wanted}\` [${dims.join(", ")}] is missing`, {
        where: file.path,
        hint: "The file does not belong to the config.json beside it, or is for another network.",
      });
    }
    if (!sameShape(stored.dims, dims)) {
      const message = `the weight \`${stored.name}\` has the shape [${stored.dims.join(", ")}], expected [${dims.join(", ")}]`;
      throw new ModelError(message, {
        where: file.path,
        hint: "The file does not belong to the config.json beside it.",
      });
    }
    const { type, offset, byteLength } = stored;
    if (type !== "F32" && type !== "F16" && type !== "BF16") {
      throw new ModelError(`the weight \`${stored.name}\` is stored as ${type}, expected F32, F16 or BF16`, {
        where: file.path,
      });
    }
    return { name: wanted, type, dims, path: file.path, offset, byteLength };
  }
}

function find(
  { tensors }: SafetensorsFile,
  name: string,
  renamings: readonly Renaming[],
): StoredTensor | undefined {
  for (const rename of [(same: string) => same, ...renamings]) {
    const stored = tensors.get(rename(name));
    if (stored !== undefined) return stored;
  }
  return undefined;
}

function sameShape(found: readonly number[], expected: readonly number[]): boolean {
  const a = withoutTrailingOnes(found);
  const b = withoutTrailingOnes(expected);
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

function withoutTrailingOnes(dims: readonly number[]): readonly number[] {
  const last = dims.findLastIndex((size) => size !== 1);
  return dims.slice(0, last + 1);
}

function countParameters({ tensors }: SafetensorsFile): number {
  let count = 0;
  // Whole numbers are position tables, not trained.
  for (const { type, dims } of tensors.values()) if (!/^[IU]|BOOL/.test(type)) count += elementCount(dims);
  return count;
}

function missingWeights(folder: string, stem: string, present: ReadonlySet<string>): ModelError {
  const pickle = [...present].find((name) => /\.(bin|ckpt|pt|pth)$/.test(name));
  if (pickle !== undefined) {
    return new ModelError(
      `\`${pickle}\` is a Python pickle, which can run any code when it is opened; expected \`${stem}.safetensors\``,
      {
        where: folder,
        hint: "Download the model's .safetensors files, which most models offer beside the old ones.",
      },
    );
  }
  if (present.has(`${stem}.safetensors.index.json`)) {
    return new ModelError("the weights are split over several files, which is not supported", {
      where: folder,
      hint: `Download a variant with one file, \`${stem}.safetensors\` or \`${stem}.fp16.safetensors\`.`,
    });
  }
  return new ModelError(`\`${stem}.safetensors\` is missing`, {
    where: folder,
    hint: "Download the whole model folder; the layout is that of diffusers (unet/, vae/, text_encoder/, tokenizer/, scheduler/).",
  });
}
