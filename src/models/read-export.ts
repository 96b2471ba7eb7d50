/** Reads a folder of ready ONNX exports in the layout of optimum: `unet/model.onnx` and its kin beside the configs of diffusers. */

import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { ModelError } from "../errors.ts";
import { readJsonObject } from "./config.ts";
import { readGraphWeights } from "./graph-weights.ts";
import { folderFamily, requireFittingText } from "./folder-family.ts";
import { readNoiseSchedule, type NoiseSchedule } from "./noise-schedule.ts";
import { hashModel } from "./model-hash.ts";
import type { Family, Tokenizer } from "./model.ts";
import {
  FIRST_OF_TWO,
  readTextEncoderConfig,
  SOLE_ENCODER,
  type TextEncoderConfig,
  type TextEncoderRole,
  WITH_PROJECTION,
} from "./text-encoder.ts";
import { openTokenizer } from "./tokenizer.ts";
import { readUnetConfig, type UnetConfig } from "./unet-config.ts";
import { readVaeConfig, type VaeConfig } from "./vae-config.ts";

const GRAPH = "model.onnx";

/** A network as a file that ONNX Runtime loads as it is. */
export interface ExportedNetwork<Config> {
  readonly config: Config;
  readonly weights: {
    /** The graph. */
    readonly file: string;
    /** The graph, and files beside it that hold its weights. */
    readonly files: readonly string[];
    readonly bytes: number;
    /** Number formats of the floats in the graph, sorted: `F16`, `F32`. */
    readonly types: readonly string[];
  };
}

export interface ExportedTextEncoder extends ExportedNetwork<TextEncoderConfig> {
  readonly padToken: number;
}

/** All that the files of an export say. */
export interface ExportFiles {
  readonly name: string;
  readonly family: Family;
  /** See `ModelInfo.zeroEmptyNegative`. */
  readonly zeroEmptyNegative: boolean;
  readonly textEncoders: readonly [ExportedTextEncoder, ...ExportedTextEncoder[]];
  readonly unet: ExportedNetwork<UnetConfig>;
  readonly vae: ExportedNetwork<VaeConfig>;
  readonly vaeEncoder: ExportedNetwork<VaeConfig>;
  readonly tokenizer: Tokenizer;
  readonly schedule: NoiseSchedule;
  /** sha256, hex. */
  readonly hash: string;
}

/** Whether a folder holds ONNX exports instead of weights. */
export async function isExport(path: string): Promise<boolean> {
  const status = await stat(join(path, "unet", GRAPH)).catch(() => undefined);
  return status?.isFile() ?? false;
}

/**
 * Reads the configs of an export and looks for its graphs, which ONNX Runtime checks when it loads them.
 *
 * @throws ModelError that names the file or option that is missing or unknown
 */
export async function readExport(folder: string): Promise<ExportFiles> {
  const scheduler = join(folder, "scheduler", "scheduler_config.json");
  const schedule = await readNoiseSchedule(scheduler);
  const encoders = await readTextEncoders(folder);
  const [first, ...others] = encoders;
  const configs = encoders.map(({ files }) => files.config);
  const unetConfig = await readUnetConfig(configOf(folder, "unet"), configs.at(-1)!.pooledWidth);
  requireFittingText(folder, configs, unetConfig);
  const vaeConfig = await readVaeConfig(configOf(folder, "vae_decoder"));
  const unet = await network(folder, "unet", unetConfig);
  const vaeEncoder = await network(folder, "vae_encoder", vaeConfig);
  const vae = await network(folder, "vae_decoder", vaeConfig);
  const hash = await hashModel(folder, [
    scheduler,
    ...encoders.flatMap(({ usedFiles }) => usedFiles),
    ...["unet", "vae_encoder", "vae_decoder"].map((part) => configOf(folder, part)),
    ...[unet, vaeEncoder, vae].flatMap(({ weights }) => weights.files),
  ]);
  return {
    name: basename(resolve(folder)),
    family: folderFamily(encoders.length, unetConfig),
    zeroEmptyNegative: others.length > 0 && (await zerosForEmpty(folder)),
    textEncoders: [first.files, ...others.map(({ files }) => files)],
    unet,
    vae,
    vaeEncoder,
    tokenizer: first.tokenizer,
    schedule,
    hash,
  };
}

interface ReadTextEncoder {
  readonly files: ExportedTextEncoder;
  readonly tokenizer: Tokenizer;
  /** Config, graph and vocabulary. */
  readonly usedFiles: readonly string[];
}

/** One of SD 1.x and 2.x, both of SDXL, or the second alone of its refiner. */
async function readTextEncoders(folder: string): Promise<readonly [ReadTextEncoder, ...ReadTextEncoder[]]> {
  const isThere = async (part: string) =>
    (await stat(join(folder, part)).catch(() => undefined)) !== undefined;
  if (!(await isThere("text_encoder_2"))) return [await readTextEncoder(folder, "", SOLE_ENCODER)];
  const second = await readTextEncoder(folder, "_2", WITH_PROJECTION);
  if (!(await isThere("text_encoder"))) return [second];
  return [await readTextEncoder(folder, "", FIRST_OF_TWO), second];
}

/** @param suffix of the folders' names */
async function readTextEncoder(
  folder: string,
  suffix: "" | "_2",
  role: TextEncoderRole,
): Promise<ReadTextEncoder> {
  const part = `text_encoder${suffix}`;
  const configFile = configOf(folder, part);
  const config = await readTextEncoderConfig(configFile, role);
  const { tokenizer, files } = await openTokenizer(join(folder, `tokenizer${suffix}`), config.vocabulary);
  const graph = await network(folder, part, config);
  return {
    files: { ...graph, padToken: tokenizer.padToken },
    tokenizer,
    usedFiles: [...files, configFile, ...graph.weights.files],
  };
}

/** Whether `model_index.json` says that an empty negative prompt is zeros. */
async function zerosForEmpty(folder: string): Promise<boolean> {
  const index = await readJsonObject(join(folder, "model_index.json"));
  return index["force_zeros_for_empty_prompt"] === true;
}

function configOf(folder: string, part: string): string {
  return join(folder, part, "config.json");
}

async function network<Config>(
  folder: string,
  part: string,
  config: Config,
): Promise<ExportedNetwork<Config>> {
  const file = join(folder, part, GRAPH);
  const graph = await stat(file).catch((cause: unknown) => {
    throw new ModelError("the graph is missing", {
      where: file,
      hint: "Export the model again with optimum (`optimum-cli export onnx`), which writes text_encoder, unet, vae_encoder and vae_decoder.",
      cause,
    });
  });
  const { files, types } = await readGraphWeights(file);
  const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size));
  return {
    config,
    weights: {
      file,
      files: [file, ...files],
      bytes: sizes.reduce((sum, size) => sum + size, graph.size),
      types,
    },
  };
}
