/** The weights of one network: finds them in a file, and hands out tensors by name and expected shape. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ModelError } from "../errors.ts";
import { elementCount } from "../tensor/tensor.ts";
import type { LoraBranches } from "./lora-graph.ts";
import type { WeightReference } from "./onnx-graph.ts";
import { readShards, shardIndexNames } from "./shards.ts";
import { readSafetensors, type SafetensorsFile, type StoredTensor } from "./safetensors.ts";

/** How a weight that graphs know by its diffusers name is called in a file. */
export type Renaming = (name: string) => string;

/** The name as graphs have it. */
export const SAME_NAME: Renaming = (name) => name;

export interface Weights {
  /** The file as it was named. */
  readonly file: string;
  /** The same with symbolic links resolved, as ONNX Runtime wants it. */
  readonly path: string;
  /** All files that the weights lie in or are listed by: that one, or an index and its shards. */
  readonly files: readonly string[];
  /** Number of trained values in the file. */
  readonly parameters: number;
  /** Their size in the file. */
  readonly bytes: number;
  /** Their number formats, sorted: `F16`, `F32`. */
  readonly types: readonly string[];
  /**
   * The tensor of that name.
   *
   * @param dims expected shape; the file may leave out or add trailing dimensions of 1 (1×1 convolutions stored as matrices)
   * @throws ModelError when it is missing, has another shape, or is not F32, F16 or BF16
   */
  take(name: string, dims: readonly number[]): WeightReference;
  /** What LoRAs add to layers of the network; none by default. */
  readonly loras?: readonly LoraBranches[];
  /** Rows `[n, width]` that embeddings add behind the token table of a text encoder; none by default. */
  readonly addedTokens?: readonly WeightReference[];
}

/** How the weights of one network lie in a file. */
export interface WeightsLayout {
  /** Tried in order; messages use the first. */
  readonly spellings: readonly [Renaming, ...Renaming[]];
  /** Whether a tensor of the file belongs to the network. */
  readonly includes: (storedName: string) => boolean;
  /** What to do when a weight is missing or has another shape. */
  readonly hint: string;
}

/** The weights of one network in a file that has been read. */
export function weightsIn(file: string, stored: SafetensorsFile, layout: WeightsLayout): Weights {
  const { spellings, includes, hint } = layout;
  const trained = [...stored.tensors.values()].filter(
    // Whole numbers are position tables, not trained.
    ({ name, type }) => includes(name) && !/^[IU]|BOOL/.test(type),
  );
  return {
    file,
    files: stored.files ?? [file],
    path: stored.path,
    parameters: trained.reduce((sum, { dims }) => sum + elementCount(dims), 0),
    bytes: trained.reduce((sum, { byteLength }) => sum + byteLength, 0),
    types: [...new Set(trained.map(({ type }) => type))].toSorted(),
    take,
  };

  function take(wanted: string, dims: readonly number[]): WeightReference {
    const found = find(stored, wanted, spellings);
    if (found === undefined) {
      throw new ModelError(`the weight \`${spellings[0](wanted)}\` [${dims.join(", ")}] is missing`, {
        where: file,
        hint,
      });
    }
    if (!sameShape(found.dims, dims)) {
      const message = `the weight \`${found.name}\` has the shape [${found.dims.join(", ")}], expected [${dims.join(", ")}]`;
      throw new ModelError(message, { where: file, hint });
    }
    const { type, offset, byteLength, transposed = false } = found;
    if (type !== "F32" && type !== "F16" && type !== "BF16") {
      throw new ModelError(`the weight \`${found.name}\` is stored as ${type}, expected F32, F16 or BF16`, {
        where: file,
        hint: "Take the version of the model in full or half precision (fp32, fp16, bf16).",
      });
    }
    const lies = transposed ? { dims: dims.toReversed(), transposed } : { dims };
    return { name: wanted, type, ...lies, path: found.path ?? stored.path, offset, byteLength };
  }
}

/**
 * Opens `<stem>.safetensors`, or else `<stem>.fp16.safetensors`, in a folder of a diffusers model, or the index of either when the weights
 * are split over several files.
 *
 * @param stem `diffusion_pytorch_model` for UNet and VAE, `model` for text encoders
 * @param olderSpellings tried in order when a name is missing
 * @throws ModelError when there is none; says why a pickle is not an alternative
 */
export async function openWeights(
  folder: string,
  stem: string,
  olderSpellings: readonly Renaming[] = [],
): Promise<Weights> {
  const present = new Set(await readdir(folder).catch(() => []));
  const name = [`${stem}.safetensors`, `${stem}.fp16.safetensors`].find((candidate) =>
    present.has(candidate),
  );
  const index = shardIndexNames(stem).find((candidate) => present.has(candidate));
  const found = name ?? index;
  if (found === undefined) throw missingWeights(folder, stem, present);
  const file = join(folder, found);
  return weightsIn(file, name === undefined ? await readShards(file) : await readSafetensors(file), {
    spellings: [SAME_NAME, ...olderSpellings],
    includes: () => true,
    hint: "The file does not belong to the config.json beside it, or is for another network.",
  });
}

function find(
  { tensors }: SafetensorsFile,
  name: string,
  spellings: readonly Renaming[],
): StoredTensor | undefined {
  for (const rename of spellings) {
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
  return new ModelError(`\`${stem}.safetensors\` is missing`, {
    where: folder,
    hint: "Download the whole model folder; the layout is that of diffusers (unet/, vae/, text_encoder/, tokenizer/, scheduler/).",
  });
}
