/** The tensor names of LoRA files: which module a tensor belongs to, and what it is there. */

import { ModelError } from "../errors.ts";

/** What a tensor is in its module's branch. */
export type LoraRole = "down" | "middle" | "up" | "alpha";

/** A tensor's name, read. */
export interface LoraKey {
  /** As written, in the dialect of the file: `lora_unet_mid_block_attentions_0_proj_in`, `unet.mid_block.attentions.0.proj_in`. */
  readonly module: string;
  readonly role: LoraRole;
}

/**
 * Endings of the dialects: kohya's `.lora_down.weight`; PEFT's `.lora_A.weight`, also with an adapter's name; those of older diffusers,
 * `.lora.down.weight`, `.lora_linear_layer.down.weight` and `.processor.to_q_lora.down.weight`.
 */
const ENDINGS: readonly (readonly [pattern: RegExp, role: LoraRole])[] = [
  [/\.lora_down\.weight$/, "down"],
  [/\.lora_mid\.weight$/, "middle"],
  [/\.lora_up\.weight$/, "up"],
  [/\.lora_A(?:\.\w+)?\.weight$/, "down"],
  [/\.lora_B(?:\.\w+)?\.weight$/, "up"],
  [/(?:\.lora|_lora|\.lora_linear_layer)\.down\.weight$/, "down"],
  [/(?:\.lora|_lora|\.lora_linear_layer)\.up\.weight$/, "up"],
  [/(?:_lora)?\.alpha$/, "alpha"],
];

/** Kinds of files that are built like LoRAs and compute something else. */
const OTHER_KINDS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\.(?:dora_scale|lora_magnitude_vector(?:\.\w+)?(?:\.weight)?)$/, "a DoRA (weight-decomposed LoRA)"],
  [/\.hada_[wt]\d/, "a LoHa (LyCORIS)"],
  [/\.lokr_[wt]\d/, "a LoKr (LyCORIS)"],
  [/\.oft_(?:blocks|diag)|\.oft_R\./, "an OFT adapter"],
  [/\.(?:a|b)[12]\.weight$/, "a GLoRA (LyCORIS)"],
  [/\.on_input$/, "an IA3 adapter (LyCORIS)"],
  [/\.diff(?:_b)?$/, "a full difference (LyCORIS)"],
  [/\.bias_(?:indices|values|size)$/, "a LoRA with bias differences (LyCORIS)"],
];

/** Reads a tensor's name; undefined when it is none of a LoRA. */
export function readLoraKey(name: string): LoraKey | undefined {
  for (const [pattern, role] of ENDINGS) {
    const module = name.replace(pattern, "");
    if (module !== name) return { module, role };
  }
  return undefined;
}

/** What a file is that has such a tensor, in words; undefined if it may well be a LoRA. */
export function otherAdapterKind(name: string): string | undefined {
  return OTHER_KINDS.find(([pattern]) => pattern.test(name))?.[1];
}

/** @throws ModelError when the tensors are those of another kind of adapter, by its name */
export function refuseOtherAdapters(names: Iterable<string>, where: string): void {
  for (const name of names) {
    const kind = otherAdapterKind(name);
    if (kind === undefined) continue;
    throw new ModelError(`this is ${kind}, which cannot be used (tensor \`${name}\`)`, {
      where,
      hint: "Use a plain LoRA or LoCon; most authors publish one, and kohya's scripts can convert others (`resize_lora.py`, `extract_lora_from_models.py`).",
    });
  }
}
