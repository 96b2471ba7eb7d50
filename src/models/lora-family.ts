/** What kind of model a LoRA was made for, told by its tensors. */

import type { LoraFile, StoredBranch } from "./lora-file.ts";

/** Width of the text that cross-attention reads, by family. */
const FAMILIES: ReadonlyMap<number, string> = new Map([
  [768, "Stable Diffusion 1.x"],
  [1024, "Stable Diffusion 2.x"],
  [2048, "Stable Diffusion XL"],
  [1280, "the Stable Diffusion XL refiner"],
]);

/** Words in module names of networks that are built otherwise. */
const OTHER_NETWORKS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/(?:double|single)_(?:transformer_)?blocks/, "Flux"],
  [/joint_blocks|lora_te3_|text_encoder_3/, "Stable Diffusion 3"],
  [/prior_|lora_prior_unet/, "Stable Cascade"],
];

/** In words; undefined when nothing tells. */
export function loraFamily({ branches }: Pick<LoraFile, "branches">): string | undefined {
  for (const module of branches.keys()) {
    const other = OTHER_NETWORKS.find(([pattern]) => pattern.test(module));
    if (other) return other[1];
  }
  const width = textWidth(branches);
  if (width !== undefined) return familyOfWidth(width);
  // One that leaves cross-attention alone, and has a second text encoder.
  return [...branches.keys()].some((module) => /^(?:lora_te2_|text_encoder_2\.)/.test(module))
    ? "Stable Diffusion XL"
    : undefined;
}

/** The family whose UNet reads text of that width, in words. */
export function familyOfWidth(width: number): string {
  return FAMILIES.get(width) ?? `a model that reads text of width ${width}`;
}

/** What the keys of cross-attention take in. */
function textWidth(branches: ReadonlyMap<string, StoredBranch>): number | undefined {
  for (const [module, { down }] of branches) {
    if (/attn2[._](?:processor[._])?to_[kv]$/.test(module)) return down.dims[1];
  }
  return undefined;
}
