/** The layers of a model that LoRAs can act on, under every name that LoRA files have for them. */

import { ldmUnetNames, LDM_UNET } from "./ldm-names.ts";
import type { Networks } from "./model-files.ts";
import { buildTextEncoder } from "./text-encoder.ts";
import { buildUnet } from "./unet.ts";
import type { Weights } from "./weights.ts";

/** A linear layer or convolution of one of the networks. */
export interface LoraTarget {
  /** `unet`, or the number of the text encoder. */
  readonly network: "unet" | number;
  /** Module path, as graphs name it. */
  readonly path: string;
  /** Of its weight: `[out, in]` or `[out, in, k, k]`. */
  readonly dims: readonly number[];
}

/**
 * All targets by name. A file's names cannot be split into a path, because `_` stands for both `.` and `_`; so all names are made here and
 * looked up. The names: kohya's on diffusers' paths (`lora_unet_`, `lora_te_`, for SDXL also `lora_te1_`, `lora_te2_`), kohya's on the
 * original checkpoints' paths (`lora_unet_input_blocks_4_1_…`, SDXL), PEFT's (`unet.`, `text_encoder.`), and those of the attention
 * processors of older diffusers (`….attn1.processor.to_q`).
 */
export function loraTargets(networks: Networks): ReadonlyMap<string, LoraTarget> {
  const targets = new Map<string, LoraTarget>();
  const { config, weights } = networks.unet;
  const originalName = ldmUnetNames(config);
  const smallest = { batch: 1, height: 1, width: 1, tokens: 1 };
  for (const [path, dims] of listLayers(weights, (recorder) => buildUnet(config, recorder, smallest))) {
    const original = originalName(`${path}.weight`).slice(LDM_UNET.length, -".weight".length);
    for (const name of unetNames(path, original)) targets.set(name, { network: "unet", path, dims });
  }
  networks.textEncoders.forEach(({ config: text, weights: textWeights }, network) => {
    // Also the last layer, which SDXL's first encoder leaves out: its LoRAs have it all the same.
    const whole = { ...text, state: "last" } as const;
    const layers = listLayers(textWeights, (recorder) => buildTextEncoder(whole, recorder, 1, 0));
    for (const [path, dims] of layers) {
      const numbers = encoderNumbers(network, text.pooledWidth !== null);
      for (const name of numbers.flatMap((number) => textNames(path, number))) {
        targets.set(name, { network, path, dims });
      }
    }
  });
  return targets;
}

/** The layers of a graph with the shapes of their weights, seen by building it. */
function listLayers(
  weights: Weights,
  build: (recorder: Weights) => unknown,
): ReadonlyMap<string, readonly number[]> {
  const layers = new Map<string, readonly number[]>();
  build({
    ...weights,
    take(name, dims) {
      const path = name.replace(/\.weight$/, "");
      // Tables of tokens and positions are looked up, not multiplied.
      const isLayer = path !== name && dims.length > 1 && !/(?:token|position)_embedding$/.test(path);
      if (isLayer) layers.set(path, dims);
      // Looked at, not run: the file need not have it.
      return { name, type: "F32", dims, path: weights.path, offset: 0, byteLength: 0 };
    },
  });
  return layers;
}

function unetNames(path: string, original: string): string[] {
  return [
    kohya("lora_unet_", path),
    kohya("lora_unet_", original),
    `unet.${path}`,
    `diffusion_model.${original}`,
    ...["unet.", ""].map((prefix) => prefix + path.replace(/\.(to_[qkv]|to_out)(?:\.0)?$/, ".processor.$1")),
  ];
}

/** Attention of the text encoders was once called as that of the UNet. */
const OLD_TEXT_NAMES: ReadonlyMap<string, string> = new Map([
  ["q_proj", "to_q"],
  ["k_proj", "to_k"],
  ["v_proj", "to_v"],
  ["out_proj", "to_out"],
]);

/**
 * What files call a text encoder: 2 is the one that gives one vector for the whole text, also where it is alone, as in SDXL's refiner;
 * none or 1 is the first of whatever there are.
 */
function encoderNumbers(encoder: number, pools: boolean): ("" | 1 | 2)[] {
  return [...(encoder === 0 ? (["", 1] as const) : []), ...(pools ? ([2] as const) : [])];
}

function textNames(path: string, number: "" | 1 | 2): string[] {
  const network = number === 2 ? "text_encoder_2." : "text_encoder.";
  const old = path.replace(/[qkv]_proj$|out_proj$/, (layer) => OLD_TEXT_NAMES.get(layer) ?? layer);
  return [
    kohya(`lora_te${number}_`, path),
    network + path,
    network + old,
    network + path.replace(/^text_model\./, ""),
  ];
}

function kohya(prefix: string, path: string): string {
  return prefix + path.replaceAll(".", "_");
}
