/** Reads a model folder in the diffusers layout: all configs, the tokenizer, and the tables of the weights, checked against each other. */

import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { ModelError } from "../errors.ts";
import { printable } from "../printable.ts";
import { readConfig, readJsonObject } from "./config.ts";
import { checkNetworks, type ModelFiles, type Networks, type TextEncoderFiles } from "./model-files.ts";
import type { Tokenizer } from "./model.ts";
import { hashModel } from "./model-hash.ts";
import { readNoiseSchedule } from "./noise-schedule.ts";
import { folderFamily, requireFittingText } from "./folder-family.ts";
import {
  FIRST_OF_TWO,
  readTextEncoderConfig,
  type TextEncoderRole,
  WITH_PROJECTION,
  WITHOUT_TEXT_MODEL,
} from "./text-encoder.ts";
import { openTokenizer } from "./tokenizer.ts";
import { readUnetConfig } from "./unet-config.ts";
import { hashVae, readVae } from "./read-vae.ts";
import { openWeights } from "./weights.ts";

const ABSENT = z.tuple([z.null(), z.null()]);
const TOKENIZER = z.tuple([z.string(), z.literal(["CLIPTokenizer", "CLIPTokenizerFast"])]);

/** The parts named here decide what the model is; feature extractor and safety checker are not used. */
const indexSchema = z.object({
  force_zeros_for_empty_prompt: z.boolean().default(false),
  text_encoder: z.union([z.tuple([z.string(), z.literal("CLIPTextModel")]), ABSENT]),
  text_encoder_2: z
    .union([z.tuple([z.string(), z.literal("CLIPTextModelWithProjection")]), ABSENT])
    .default([null, null]),
  tokenizer: z.union([TOKENIZER, ABSENT]),
  tokenizer_2: z.union([TOKENIZER, ABSENT]).default([null, null]),
  unet: z.tuple([z.string(), z.literal("UNet2DConditionModel")]),
  vae: z.tuple([z.string(), z.literal(["AutoencoderKL", "AutoencoderTiny"])]),
});

/**
 * Reads a folder with `model_index.json`, `unet/`, `vae/`, `text_encoder/`, `tokenizer/` and `scheduler/`; SDXL has `text_encoder_2/` and
 * `tokenizer_2/` as well, its refiner only those.
 *
 * @param vae path of one that stands in for the model's own, see {@link readVae}
 * @throws ModelError that names the file and the option or weight that is missing, unknown or of another shape
 */
export async function readModelFolder(folder: string, vae?: string): Promise<ModelFiles> {
  const index = join(folder, "model_index.json");
  const scheduler = join(folder, "scheduler", "scheduler_config.json");
  const configOf = (part: string) => join(folder, part, "config.json");
  await requireUnet(index);
  const parts = await readConfig(index, indexSchema);
  const schedule = await readNoiseSchedule(scheduler);

  const encoders: ReadTextEncoder[] = [];
  const both = parts.text_encoder_2[0] !== null;
  if (parts.text_encoder[0] !== null) {
    encoders.push(await readTextEncoder(folder, "", both ? FIRST_OF_TWO : undefined));
  }
  if (both) encoders.push(await readTextEncoder(folder, "_2", WITH_PROJECTION));
  const [firstEncoder, ...otherEncoders] = encoders;
  if (firstEncoder === undefined) {
    throw new ModelError("neither `text_encoder` nor `text_encoder_2` is there", { where: index });
  }
  const textConfigs = encoders.map(({ files }) => files.config);

  const pooledWidth = encoders.at(-1)!.files.config.pooledWidth;
  const unetConfig = await readUnetConfig(configOf("unet"), pooledWidth);
  const family = folderFamily(encoders.length, unetConfig);
  const vaeFiles = await readVae(vae ?? join(folder, "vae"), family);
  requireFittingText(folder, textConfigs, unetConfig);
  const unetWeights = await openWeights(join(folder, "unet"), "diffusion_pytorch_model");

  const networks: Networks = {
    textEncoders: [firstEncoder.files, ...otherEncoders.map(({ files }) => files)],
    unet: { config: unetConfig, weights: unetWeights },
    vae: { config: vaeFiles.config, weights: vaeFiles.weights },
  };
  checkNetworks(networks);

  const hash = await hashModel(folder, [
    scheduler,
    configOf("unet"),
    ...encoders.flatMap(({ usedFiles }) => usedFiles),
    ...unetWeights.files,
    ...(vae === undefined ? vaeFiles.usedFiles : []),
  ]);
  return {
    name: basename(resolve(folder)),
    family,
    zeroEmptyNegative: parts.force_zeros_for_empty_prompt && encoders.length === 2,
    ...networks,
    tokenizer: firstEncoder.tokenizer,
    schedule,
    hash,
    ...(vae !== undefined && { vaeHash: await hashVae(vaeFiles) }),
  };
}

/** @throws ModelError that names the pipeline when it is one without a UNet, as those of Stable Diffusion 3 and Flux */
async function requireUnet(index: string): Promise<void> {
  const { unet, _class_name: pipeline } = await readJsonObject(index);
  if (unet !== undefined || typeof pipeline !== "string") return;
  throw new ModelError(`this is a \`${printable(pipeline.slice(0, 100))}\`, which has no UNet`, {
    where: index,
    hint: "This version runs models of the Stable Diffusion 1.x, 2.x and SDXL families.",
  });
}

interface ReadTextEncoder {
  readonly files: TextEncoderFiles;
  readonly tokenizer: Tokenizer;
  /** Config, weights and vocabulary. */
  readonly usedFiles: readonly string[];
}

/** @param suffix of the folders' names: `_2` for the second encoder */
async function readTextEncoder(
  folder: string,
  suffix: "" | "_2",
  role: TextEncoderRole | undefined,
): Promise<ReadTextEncoder> {
  const part = join(folder, `text_encoder${suffix}`);
  const configFile = join(part, "config.json");
  const config = await readTextEncoderConfig(configFile, role);
  const { tokenizer, files } = await openTokenizer(join(folder, `tokenizer${suffix}`), config.vocabulary);
  const weights = await openWeights(part, "model", [WITHOUT_TEXT_MODEL]);
  return {
    files: { config, weights, padToken: tokenizer.padToken },
    tokenizer,
    usedFiles: [configFile, ...weights.files, ...files],
  };
}
