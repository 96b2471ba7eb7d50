/** LoRAs on a model: which layers each acts on, checked against the model's own shapes. */

import { ModelError } from "../errors.ts";
import { familyOfWidth, loraFamily } from "./lora-family.ts";
import { readLora, type LoraFile, type StoredBranch } from "./lora-file.ts";
import type { LoraBranch, LoraBranches } from "./lora-graph.ts";
import { loraTargets, type LoraTarget } from "./lora-targets.ts";
import type { Networks } from "./model-files.ts";
import { weightsFolder, type WeightReference } from "./onnx-graph.ts";
import type { StoredTensor } from "./safetensors.ts";

/** A file under the name by which schedules and prompts call it. */
export interface NamedFile {
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
}

/** What one LoRA adds to the networks of a model. */
export interface FittedLora {
  readonly name: string;
  readonly unet: LoraBranches;
  /** One per text encoder. */
  readonly text: readonly LoraBranches[];
}

/** Graph inputs of LoRA number `index`: UNet and text encoders have weights of their own, as in A1111's `<lora:name:text:unet>`. */
export function loraInput(index: number, network: "unet" | "text"): string {
  return `lora.${index}.${network}`;
}

/**
 * Reads LoRAs and fits them to a model.
 *
 * @throws ModelError when a file is no LoRA, names layers that the model does not have, or has matrices of another shape
 */
export async function fitLoras(networks: Networks, loras: readonly NamedFile[]): Promise<FittedLora[]> {
  if (loras.length === 0) return [];
  const targets = loraTargets(networks);
  const fitted: FittedLora[] = [];
  for (const [index, { name, file }] of loras.entries()) {
    fitted.push(fit(name, index, await readLora(file), targets, networks));
  }
  return fitted;
}

function fit(
  name: string,
  index: number,
  lora: LoraFile,
  targets: ReadonlyMap<string, LoraTarget>,
  networks: Networks,
): FittedLora {
  checkNames(lora, targets, networks);
  checkDrive(lora, networks);
  const layers = new Map<LoraTarget["network"], Map<string, LoraBranch>>();
  for (const [module, branch] of lora.branches) {
    const { network, path, dims } = targets.get(module)!;
    if (!fits(branch, dims)) throw wrongShape(lora, module, branch, dims, networks);
    const ofNetwork = layers.get(network) ?? new Map<string, LoraBranch>();
    layers.set(network, ofNetwork.set(path, reference(index, path, branch, dims, lora)));
  }
  return {
    name,
    unet: { input: loraInput(index, "unet"), layers: layers.get("unet") ?? new Map() },
    text: networks.textEncoders.map((_, encoder) => ({
      input: loraInput(index, "text"),
      layers: layers.get(encoder) ?? new Map<string, LoraBranch>(),
    })),
  };
}

/** Every module of the file must be one of the model; a half-used LoRA would give a picture that nobody made. */
function checkNames(lora: LoraFile, targets: ReadonlyMap<string, LoraTarget>, networks: Networks): void {
  const strange = [...lora.branches.keys()].filter((module) => !targets.has(module));
  const [first] = strange;
  if (first === undefined) return;
  const mismatch = familyMismatch(lora, networks);
  const count =
    strange.length === lora.branches.size
      ? `all ${strange.length}`
      : `${strange.length} of ${lora.branches.size}`;
  throw new ModelError(mismatch ?? `${count} modules are none of the model's, the first is \`${first}\``, {
    where: lora.file,
    hint: mismatch
      ? `Use a LoRA for the model's family, or the model that this one was made for (first module not found: \`${first}\`).`
      : "The LoRA was made for another model, or its names are of a dialect that is not known; expected those of kohya or diffusers.",
  });
}

/** ONNX Runtime finds weights relative to one root, which on Windows is a drive. */
function checkDrive({ file, stored }: LoraFile, { unet }: Networks): void {
  if (weightsFolder(stored.path) === weightsFolder(unet.weights.path)) return;
  throw new ModelError("the LoRA lies on another drive than the model", {
    where: file,
    hint: `Copy it to ${weightsFolder(unet.weights.path)}.`,
  });
}

function wrongShape(
  lora: LoraFile,
  module: string,
  { down, up }: StoredBranch,
  dims: readonly number[],
  networks: Networks,
): ModelError {
  const shapes = `\`${module}\` takes [${down.dims.join(", ")}] to [${up.dims.join(", ")}], the model's layer is [${dims.join(", ")}]`;
  return new ModelError(familyMismatch(lora, networks) ?? shapes, {
    where: lora.file,
    hint: `Use a LoRA made for this model or one of its kind (${shapes}).`,
  });
}

function familyMismatch(lora: LoraFile, { unet }: Networks): string | undefined {
  const made = loraFamily(lora);
  const model = familyOfWidth(unet.config.textWidth);
  return made === undefined || made === model
    ? undefined
    : `the LoRA was made for ${made}, the model is ${model}`;
}

/** Linear `[rank, in]`, `[out, rank]`; convolutions `[rank, in, k, k]`, `[out, rank, 1, 1]`; Tucker `[rank, in, 1, 1]` and a middle. */
function fits({ down, middle, up, rank }: StoredBranch, [out, input, ...kernel]: readonly number[]): boolean {
  const first = middle === undefined ? kernel : [];
  return (
    sameDims(down.dims, [rank, input!, ...first]) &&
    sameDims(up.dims, [out!, rank]) &&
    (middle === undefined || sameDims(middle.dims, [rank, rank, ...kernel]))
  );
}

/** Trailing dimensions of 1 do not count: 1×1 convolutions are stored as matrices too. */
function sameDims(found: readonly number[], expected: readonly number[]): boolean {
  const length = Math.max(found.length, expected.length);
  return Array.from({ length }, (_, i) => (found[i] ?? 1) === (expected[i] ?? 1)).every(Boolean);
}

function reference(
  index: number,
  path: string,
  { down, middle, up, rank, scale }: StoredBranch,
  [out, input, ...kernel]: readonly number[],
  { stored }: LoraFile,
): LoraBranch {
  const points = kernel.map(() => 1);
  const take = (tensor: StoredTensor, role: string, dims: readonly number[]): WeightReference => ({
    name: `lora.${index}.${path}.${role}`,
    // Checked when the file was read.
    type: tensor.type as WeightReference["type"],
    dims,
    path: stored.path,
    offset: tensor.offset,
    byteLength: tensor.byteLength,
  });
  return {
    down: take(down, "down", [rank, input!, ...(middle ? points : kernel)]),
    ...(middle && { middle: take(middle, "middle", [rank, rank, ...kernel]) }),
    up: take(up, "up", [out!, rank, ...points]),
    scale,
  };
}
