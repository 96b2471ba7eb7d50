/** Reads LoRA files: the branches as the file has them, whatever model they are for. */

import { ModelError } from "../errors.ts";
import { readLoraKey, refuseOtherAdapters, type LoraRole } from "./lora-keys.ts";
import { readPeftScales } from "./peft-scales.ts";
import { refusePickle } from "./pickle.ts";
import { readFloats, readSafetensors, type SafetensorsFile, type StoredTensor } from "./safetensors.ts";

/** A branch before it is known which layer it belongs to. */
export interface StoredBranch {
  readonly down: StoredTensor;
  readonly middle: StoredTensor | undefined;
  readonly up: StoredTensor;
  /** Rows of `down`, at least 1. */
  readonly rank: number;
  /** alpha / rank; 1 where the file has no alpha. */
  readonly scale: number;
}

export interface LoraFile {
  /** As it was named. */
  readonly file: string;
  readonly stored: SafetensorsFile;
  /** By module name in the dialect of the file, in its order. */
  readonly branches: ReadonlyMap<string, StoredBranch>;
}

const HINT = "Expected a LoRA in kohya's or diffusers' names; `animate models check` says what a file is.";

/**
 * Reads the table of a LoRA file and its alphas; the matrices stay where they are.
 *
 * @throws ModelError for pickles, files without LoRA tensors, DoRA and the LyCORIS kinds by name, and branches that lack a part or do not
 * fit together
 */
export async function readLora(file: string): Promise<LoraFile> {
  refusePickle(file);
  const stored = await readSafetensors(file);
  refuseOtherAdapters(stored.tensors.keys(), file);
  const modules = new Map<string, Map<LoraRole, StoredTensor>>();
  const foreign: string[] = [];
  for (const tensor of stored.tensors.values()) {
    const key = readLoraKey(tensor.name);
    if (key === undefined) foreign.push(tensor.name);
    else modules.set(key.module, (modules.get(key.module) ?? new Map()).set(key.role, tensor));
  }
  const [first] = foreign;
  if (first !== undefined) {
    const message =
      modules.size === 0
        ? `this is no LoRA: none of its ${foreign.length} tensors is part of one, the first is \`${first}\``
        : `${foreign.length} tensors are no part of a LoRA, the first is \`${first}\``;
    throw new ModelError(message, { where: file, hint: HINT });
  }
  if (modules.size === 0) throw new ModelError("the file holds no tensors", { where: file, hint: HINT });
  const peftScale = readPeftScales(stored, file);
  const branches = new Map<string, StoredBranch>();
  for (const [module, tensors] of modules) {
    branches.set(module, await readBranch(file, stored, module, tensors, peftScale));
  }
  return { file, stored, branches };
}

async function readBranch(
  file: string,
  stored: SafetensorsFile,
  module: string,
  tensors: ReadonlyMap<LoraRole, StoredTensor>,
  peftScale: (module: string, rank: number) => number | undefined,
): Promise<StoredBranch> {
  const [down, middle, up, alpha] = (["down", "middle", "up", "alpha"] as const).map((role) =>
    tensors.get(role),
  );
  if (down === undefined || up === undefined) {
    const present = [...tensors.values()][0]!.name;
    throw new ModelError(`\`${module}\` is incomplete: there is \`${present}\` without its counterpart`, {
      where: file,
      hint: "The file is damaged; download it again.",
    });
  }
  for (const { name, type } of [down, up, ...(middle ? [middle] : [])]) {
    if (type === "F32" || type === "F16" || type === "BF16") continue;
    throw new ModelError(`\`${name}\` is stored as ${type}, expected F32, F16 or BF16`, { where: file });
  }
  const rank = down.dims[0] ?? 0;
  const fits =
    rank > 0 && up.dims[1] === rank && (!middle || (middle.dims[0] === rank && middle.dims[1] === rank));
  if (!fits) {
    const message = `\`${module}\` does not fit together: down [${down.dims.join(", ")}], up [${up.dims.join(", ")}]`;
    throw new ModelError(message, { where: file, hint: "Expected up [out, rank] and down [rank, in]." });
  }
  if (alpha === undefined) return { down, middle, up, rank, scale: peftScale(module, rank) ?? 1 };
  const { data } = await readFloats(stored, alpha.name);
  const [value, ...others] = data;
  if (value === undefined || others.length > 0 || !Number.isFinite(value)) {
    const found = data.length === 1 ? String(value) : `${data.length} values`;
    throw new ModelError(`\`${alpha.name}\` is ${found}, expected one number`, { where: file });
  }
  return { down, middle, up, rank, scale: value / rank };
}
