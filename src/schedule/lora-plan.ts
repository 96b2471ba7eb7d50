/** Which LoRAs act at a frame and how strongly: the weights of the settings plus those of the prompts' tags. */

import { ScheduleError } from "../errors.ts";
import { excerpt } from "../printable.ts";
import { type NetworkTag, takeNetworkTags } from "../prompt/network-tags.ts";
import { LORA_WEIGHTS, loraName } from "../settings/lora-schema.ts";
import type { LoraPlan } from "./frame-plan.ts";

/** A prompt without its tags, and what they ask for. */
export interface LoraPrompt {
  readonly text: string;
  readonly loras: readonly LoraPlan[];
}

/** Other programs' word for LoRAs of the LyCORIS kinds, which these days are read by either. */
const KINDS: ReadonlySet<string> = new Set(["lora", "lyco"]);
/** A1111's names for the two weights. */
const NAMED_WEIGHTS: ReadonlySet<string> = new Set(["te", "unet"]);

/**
 * Reads the tags of a prompt: `<lora:name>` (weight 1), `<lora:name:0.8>`, `<lora:name:0.8:0.6>` (text encoder, UNet),
 * `<lora:name:te=0.5:unet=0.7>`.
 *
 * @throws ScheduleError for tags of other kinds, and for weights that are no numbers
 */
export function readLoraPrompt(prompt: string): LoraPrompt {
  const { text, tags } = takeNetworkTags(prompt);
  return tags.length === 0 ? { text: prompt, loras: [] } : { text, loras: tags.map(readTag) };
}

/** @throws ScheduleError when there is a tag: what a picture shall not show has no weight in the networks */
export function refuseTags(negativePrompt: string): void {
  const [tag] = takeNetworkTags(negativePrompt).tags;
  if (tag === undefined) return;
  throw new ScheduleError(`found the tag ${excerpt(tag.text)} in a negative prompt`, {
    hint: "put it into the prompt, with a negative weight if the opposite is meant",
  });
}

/**
 * The sum per LoRA of weighted lists, in the order of their first appearance.
 *
 * @param parts LoRAs with the share that they count for
 */
export function sumLoras(
  parts: readonly { readonly loras: readonly LoraPlan[]; readonly share: number }[],
): LoraPlan[] {
  const sums = new Map<string, LoraPlan>();
  for (const { loras, share } of parts) {
    for (const { name, weight, text_weight } of loras) {
      const sum = sums.get(name) ?? { name, weight: 0, text_weight: 0 };
      sums.set(name, {
        name,
        weight: sum.weight + share * weight,
        text_weight: sum.text_weight + share * text_weight,
      });
    }
  }
  return [...sums.values()];
}

/** The lists of all frames with the same names in each, so that each frame says of every LoRA of the run how strong it is. */
export function fillLoras(frames: readonly (readonly LoraPlan[])[]): LoraPlan[][] {
  const names = new Set(frames.flatMap((loras) => loras.map(({ name }) => name)));
  return frames.map((loras) =>
    [...names].map((name) => loras.find((lora) => lora.name === name) ?? { name, weight: 0, text_weight: 0 }),
  );
}

function readTag(tag: NetworkTag): LoraPlan {
  const { kind, positional, named, text } = tag;
  if (!KINDS.has(kind)) {
    throw tagError(`expected a tag such as <lora:name:0.8>, found ${excerpt(text)}`, "remove the tag");
  }
  const [name = "", first = "1", second, ...rest] = positional;
  const unknown = [...named.keys()].find((key) => !NAMED_WEIGHTS.has(key));
  if (name.trim() === "" || rest.length > 0 || unknown !== undefined) {
    const found = unknown === undefined ? excerpt(text) : `${excerpt(unknown)} in ${excerpt(text)}`;
    throw tagError(`expected a name, and weights for text encoder and UNet at most, found ${found}`);
  }
  const textWeight = readWeight(tag, named.get("te") ?? first);
  return {
    name: loraName(name.trim()),
    weight: readWeight(tag, named.get("unet") ?? second ?? named.get("te") ?? first),
    text_weight: textWeight,
  };
}

function readWeight({ text }: NetworkTag, written: string): number {
  const weight = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(written)
    ? Number(written)
    : Number.NaN;
  const [low, high] = LORA_WEIGHTS;
  if (weight >= low && weight <= high) return weight;
  throw tagError(`expected a weight from ${low} to ${high}, found ${excerpt(written)} in ${excerpt(text)}`);
}

function tagError(message: string, hint = "write <lora:name:0.8>"): ScheduleError {
  return new ScheduleError(message, { hint });
}
