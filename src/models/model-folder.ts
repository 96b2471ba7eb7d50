/** Reads a model folder in the diffusers layout: all configs, the tokenizer, and the tables of the weights, checked against each other. */

import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { ModelError } from "../errors.ts";
import { readConfig } from "./config.ts";
import { checkNetworks, type ModelFiles, type Networks } from "./model-files.ts";
import { hashModel } from "./model-hash.ts";
import { readNoiseSchedule } from "./noise-schedule.ts";
import { readTextEncoderConfig, WITHOUT_TEXT_MODEL } from "./text-encoder.ts";
import { openTokenizer } from "./tokenizer.ts";
import { readUnetConfig } from "./unet-config.ts";
import { OLD_ATTENTION_NAMES } from "./vae.ts";
import { readVaeConfig } from "./vae-config.ts";
import { openWeights } from "./weights.ts";

/** The parts named here decide what the model is; feature extractor and safety checker are not used. */
const indexSchema = z.object({
  text_encoder: z.tuple([z.string(), z.literal("CLIPTextModel")]),
  tokenizer: z.tuple([z.string(), z.literal(["CLIPTokenizer", "CLIPTokenizerFast"])]),
  unet: z.tuple([z.string(), z.literal("UNet2DConditionModel")]),
  vae: z.tuple([z.string(), z.literal("AutoencoderKL")]),
});

/**
 * Reads a folder with `model_index.json`, `unet/`, `vae/`, `text_encoder/`, `tokenizer/` and `scheduler/`.
 *
 * @throws ModelError that names the file and the option or weight that is missing, unknown or of another shape
 */
export async function readModelFolder(folder: string): Promise<ModelFiles> {
  const index = join(folder, "model_index.json");
  const scheduler = join(folder, "scheduler", "scheduler_config.json");
  const configOf = (part: string) => join(folder, part, "config.json");
  await readConfig(index, indexSchema);
  const schedule = await readNoiseSchedule(scheduler);
  const textConfig = await readTextEncoderConfig(configOf("text_encoder"));
  const unetConfig = await readUnetConfig(configOf("unet"));
  const vaeConfig = await readVaeConfig(configOf("vae"));
  if (unetConfig.textWidth !== textConfig.width) {
    const message = `\`cross_attention_dim\` is ${unetConfig.textWidth}, but \`hidden_size\` of the text encoder is ${textConfig.width}`;
    throw new ModelError(message, { where: configOf("unet") });
  }
  const { tokenizer, files: tokenizerFiles } = await openTokenizer(
    join(folder, "tokenizer"),
    textConfig.vocabulary,
  );
  const textWeights = await openWeights(join(folder, "text_encoder"), "model", [WITHOUT_TEXT_MODEL]);
  const unetWeights = await openWeights(join(folder, "unet"), "diffusion_pytorch_model");
  const vaeWeights = await openWeights(join(folder, "vae"), "diffusion_pytorch_model", [OLD_ATTENTION_NAMES]);

  const networks: Networks = {
    textEncoder: { config: textConfig, weights: textWeights },
    unet: { config: unetConfig, weights: unetWeights },
    vae: { config: vaeConfig, weights: vaeWeights },
  };
  checkNetworks(networks);

  const hash = await hashModel(folder, [
    scheduler,
    ...["text_encoder", "unet", "vae"].map(configOf),
    ...tokenizerFiles,
    ...[textWeights, unetWeights, vaeWeights].map(({ file }) => file),
  ]);
  return { name: basename(resolve(folder)), ...networks, tokenizer, schedule, hash };
}
