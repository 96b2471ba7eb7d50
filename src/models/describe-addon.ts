/** What a LoRA or embedding file is, for people. */

import { readEmbedding } from "./embedding-file.ts";
import { loraFamily, familyOfWidth } from "./lora-family.ts";
import { readLora } from "./lora-file.ts";
import { otherAdapterKind, readLoraKey } from "./lora-keys.ts";
import { readSafetensors } from "./safetensors.ts";
import { triggerWords } from "./trigger-words.ts";

/** Facts by title, in the order to tell them. */
export type AddonFacts = ReadonlyMap<string, string>;

/**
 * Describes a file if it is a LoRA or an embedding.
 *
 * @returns undefined when it is something else, such as a checkpoint
 * @throws ModelError when it is damaged, or of a kind that cannot be used (DoRA, LyCORIS)
 */
export async function describeAddon(file: string): Promise<AddonFacts | undefined> {
  const { tensors, metadata } = await readSafetensors(file);
  const names = [...tensors.keys()];
  if (names.some((name) => readLoraKey(name)?.role === "down" || otherAdapterKind(name) !== undefined)) {
    return await describeLora(file);
  }
  const isEmbedding = names.length === 1 && (names[0] === "emb_params" || /^<.+>$/.test(names[0]!));
  const isDouble = names.length === 2 && tensors.has("clip_l") && tensors.has("clip_g");
  if (!isEmbedding && !isDouble) return undefined;
  const { vectors, tables, token } = await readEmbedding(file);
  const widths = tables.map(({ dims }) => dims[1]!);
  return withMetadata(metadata, [
    ["kind", "embedding (textual inversion)"],
    ["family", widths.length > 1 ? "Stable Diffusion XL" : familyOfWidth(widths[0]!)],
    ["vectors", `${vectors}, ${widths.join(" and ")} wide`],
    ...(token === undefined ? [] : [["token", token] as const]),
  ]);
}

async function describeLora(file: string): Promise<AddonFacts> {
  const lora = await readLora(file);
  const branches = [...lora.branches];
  const ranks = [...new Set(branches.map(([, { rank }]) => rank))].toSorted((a, b) => a - b);
  const scales = [...new Set(branches.map(([, { scale }]) => Number(scale.toFixed(4))))];
  const text = branches.filter(([module]) => /^(?:lora_te|text_encoder)/.test(module)).length;
  const convolutions = branches.filter(([, { down }]) => down.dims.length === 4 && down.dims[2]! > 1).length;
  return withMetadata(lora.stored.metadata, [
    ["kind", convolutions > 0 ? "LoRA with convolutions (LoCon)" : "LoRA"],
    ["family", loraFamily(lora) ?? "not told by its tensors"],
    ["rank", ranks.join(", ")],
    ["scale", `alpha / rank = ${scales.join(", ")}`],
    ["modules", `${branches.length - text} of the UNet, ${text} of the text encoders`],
  ]);
}

function withMetadata(
  metadata: ReadonlyMap<string, string>,
  facts: readonly (readonly [string, string])[],
): AddonFacts {
  const title = metadata.get("modelspec.title");
  const base = metadata.get("ss_base_model_version") ?? metadata.get("modelspec.architecture");
  const words = triggerWords(metadata);
  return new Map([
    ...(title === undefined ? [] : [["title", title] as const]),
    ...facts,
    ...(base === undefined ? [] : [["made for", base] as const]),
    ...(words.length === 0 ? [] : [["words", words.join(", ")] as const]),
  ]);
}
