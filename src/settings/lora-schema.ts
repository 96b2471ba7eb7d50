/** The settings of LoRAs and embeddings, items of the lists `loras` and `embeddings`. */

import { z } from "zod";

import { list, patternText, schedule } from "./fields.ts";

/** Weights that a LoRA may have, also in a prompt's tag. */
export const LORA_WEIGHTS = [-10, 10] as const;

const lora = z.strictObject({
  name: patternText({
    pattern: /\S/,
    expects: "the name or path of a LoRA",
    // Checked after the shape: an item with a mistake elsewhere is then still one item.
    defaultValue: "",
    description:
      "A LoRA by name, or the path of its .safetensors file; it has to be of the model's family. Prompts call it by its file's name, `<lora:name:0.8>`, and such weights are added to the one here.",
  }),
  weight: schedule({
    unit: "factor",
    range: LORA_WEIGHTS,
    defaultValue: 1,
    description:
      "How strongly it acts, 1 = as trained; 0 gives the same picture as without it, below 0 the opposite.",
  }),
});

const embedding = z.strictObject({
  name: patternText({
    pattern: /\S/,
    expects: "the name or path of an embedding",
    defaultValue: "",
    description: "An embedding (textual inversion) by name, or the path of its .safetensors file.",
  }),
  word: patternText({
    pattern: /^[^\s].{0,99}$|^$/,
    expects: "a word of at most 100 characters",
    defaultValue: "",
    description: "What prompts call it; the file's name when not given.",
  }),
});

export const loras = list(lora, {
  max: 32,
  expects: "a list of LoRAs, each a mapping with name and weight",
  description:
    "LoRAs that act on the model, several at once, each with a weight that may change over time. Those that only prompts name need not be listed.",
});

export const embeddings = list(embedding, {
  max: 256,
  expects: "a list of embeddings, each a mapping with name and word",
  description:
    "Embeddings from elsewhere, or under another word. Those in an `embeddings` folder are found by their words in the prompts.",
});

/** What plans, tags and tables call a LoRA or embedding: the file's name without its folder and `.safetensors`. */
export function loraName(nameOrPath: string): string {
  return nameOrPath.replace(/^.*[/\\](?=[^/\\])/, "").replace(/\.safetensors$/i, "");
}
