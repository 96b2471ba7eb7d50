/** Reads a folder of ready ONNX exports in the layout of optimum: `unet/model.onnx` and its kin beside the configs of diffusers. */

import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { ModelError } from "../errors.ts";
import { readNoiseSchedule, type NoiseSchedule } from "./noise-schedule.ts";
import { hashModel } from "./model-hash.ts";
import type { Tokenizer } from "./model.ts";
import { readTextEncoderConfig, type TextEncoderConfig } from "./text-encoder.ts";
import { openTokenizer } from "./tokenizer.ts";
import { readUnetConfig, type UnetConfig } from "./unet-config.ts";
import { readVaeConfig, type VaeConfig } from "./vae-config.ts";

const GRAPH = "model.onnx";
/** Where exporters put weights that do not fit into the graph's file. */
const GRAPH_DATA = "model.onnx_data";
const PARTS = ["text_encoder", "unet", "vae_encoder", "vae_decoder"] as const;

/** A network as a file that ONNX Runtime loads as it is. */
export interface ExportedNetwork<Config> {
  readonly config: Config;
  readonly weights: {
    /** The graph. */
    readonly file: string;
    /** The graph, and its weights when they lie in a file of their own. */
    readonly files: readonly string[];
    readonly bytes: number;
  };
}

/** All that the files of an export say. */
export interface ExportFiles {
  readonly name: string;
  readonly family: "sd1" | "sd2";
  readonly textEncoders: readonly [ExportedNetwork<TextEncoderConfig>];
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
  const configOf = (part: string) => join(folder, part, "config.json");
  const second = await stat(join(folder, "text_encoder_2")).catch(() => undefined);
  if (second !== undefined) {
    throw new ModelError("exports of SDXL to ONNX are not run", {
      where: folder,
      hint: "Use the model's .safetensors files, from which the same networks are built.",
    });
  }
  const scheduler = join(folder, "scheduler", "scheduler_config.json");
  const schedule = await readNoiseSchedule(scheduler);
  const textConfig = await readTextEncoderConfig(configOf("text_encoder"));
  const unetConfig = await readUnetConfig(configOf("unet"));
  const vaeConfig = await readVaeConfig(configOf("vae_decoder"));
  if (unetConfig.textWidth !== textConfig.width) {
    const message = `\`cross_attention_dim\` is ${unetConfig.textWidth}, but \`hidden_size\` of the text encoder is ${textConfig.width}`;
    throw new ModelError(message, { where: configOf("unet") });
  }
  const { tokenizer, files } = await openTokenizer(join(folder, "tokenizer"), textConfig.vocabulary);
  const textEncoder = await network(folder, "text_encoder", textConfig);
  const unet = await network(folder, "unet", unetConfig);
  const vaeEncoder = await network(folder, "vae_encoder", vaeConfig);
  const vae = await network(folder, "vae_decoder", vaeConfig);
  const hash = await hashModel(folder, [
    scheduler,
    ...files,
    ...PARTS.map(configOf),
    ...[textEncoder, unet, vaeEncoder, vae].flatMap(({ weights }) => weights.files),
  ]);
  return {
    name: basename(resolve(folder)),
    family: unetConfig.linearProjection ? "sd2" : "sd1",
    textEncoders: [textEncoder],
    unet,
    vae,
    vaeEncoder,
    tokenizer,
    schedule,
    hash,
  };
}

async function network<Config>(
  folder: string,
  part: (typeof PARTS)[number],
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
  const dataFile = join(folder, part, GRAPH_DATA);
  const data = await stat(dataFile).catch(() => undefined);
  return {
    config,
    weights: {
      file,
      files: data === undefined ? [file] : [file, dataFile],
      bytes: graph.size + (data?.size ?? 0),
    },
  };
}
