/** The graphs of the tiny autoencoder TAESD (diffusers' AutoencoderTiny): a tenth of the VAE's work, for previews and fast renders. */

import { z } from "zod";
import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { readConfig, widthSchema } from "./config.ts";
import { enlargedConvolution } from "./enlarged-convolution.ts";
import { add, convolution, dim, sizeOf, type Network } from "./layers.ts";
import { GraphBuilder, type Value } from "./onnx-graph.ts";
import { relu } from "./pixel-layers.ts";
import type { SafetensorsFile } from "./safetensors.ts";
import type { VaeShape } from "./vae.ts";
import type { Weights } from "./weights.ts";

/** Latents beyond ±3 are bent back into that range before decoding; values below 1 hardly change. */
const LATENT_LIMIT = 3;

const widths = z.array(widthSchema).min(1).max(LIMITS.model.blocks);
const counts = z.array(z.int().min(0).max(16)).min(1).max(LIMITS.model.blocks);

/** Defaults are diffusers'; literals are the only values that this version can run. */
const schema = z.strictObject({
  act_fn: z.literal("relu").default("relu"),
  block_out_channels: z.unknown().optional(),
  decoder_block_out_channels: widths.default([64, 64, 64, 64]),
  encoder_block_out_channels: widths.default([64, 64, 64, 64]),
  force_upcast: z.boolean().default(false),
  in_channels: z.literal(3).default(3),
  latent_channels: z.literal(4).default(4),
  // Only for storing latents as pictures.
  latent_magnitude: z.unknown().optional(),
  latent_shift: z.unknown().optional(),
  num_decoder_blocks: counts.default([3, 3, 3, 1]),
  num_encoder_blocks: counts.default([1, 3, 3, 3]),
  out_channels: z.literal(3).default(3),
  scaling_factor: z.number().positive().max(1000).default(1),
  shift_factor: z.literal([null, 0]).default(0),
  upsample_fn: z.literal("nearest").default("nearest"),
  upsampling_scaling_factor: z.literal(2).default(2),
});

export interface TaesdConfig {
  readonly kind: "tiny";
  /** Width of each level of the encoder, from full resolution to the lowest; all the same. */
  readonly blocks: readonly number[];
  readonly decoderWidth: number;
  /** Residual blocks of each level in the order they are run: the encoder's from full resolution, the decoder's from the lowest. */
  readonly encoderBlocks: readonly number[];
  readonly decoderBlocks: readonly number[];
  readonly latentChannels: number;
  readonly latentScale: number;
}

/** Reads the `config.json` of an AutoencoderTiny. @throws ModelError that names each option that cannot be run */
export async function readTaesdConfig(file: string): Promise<TaesdConfig> {
  const config = await readConfig(file, schema);
  const levels = config.encoder_block_out_channels.length;
  for (const option of ["decoder_block_out_channels", "num_decoder_blocks", "num_encoder_blocks"] as const) {
    if (config[option].length !== levels) {
      const message = `\`${option}\` has ${config[option].length} entries, expected ${levels} as \`encoder_block_out_channels\``;
      throw new ModelError(message, { where: file });
    }
  }
  for (const option of ["encoder_block_out_channels", "decoder_block_out_channels"] as const) {
    if (new Set(config[option]).size > 1) {
      throw new ModelError(`\`${option}\` differs between levels, expected one width`, { where: file });
    }
  }
  return {
    kind: "tiny",
    blocks: config.encoder_block_out_channels,
    decoderWidth: config.decoder_block_out_channels[0]!,
    encoderBlocks: config.num_encoder_blocks,
    decoderBlocks: config.num_decoder_blocks,
    latentChannels: config.latent_channels,
    latentScale: config.scaling_factor,
  };
}

/**
 * The same, read off the tensors of a file without config.
 *
 * @throws ModelError when the file's layers are not those of a tiny autoencoder
 */
export function inferTaesdConfig({ path, tensors }: SafetensorsFile): TaesdConfig {
  const encoderBlocks = countBlocks("encoder");
  const decoderBlocks = countBlocks("decoder");
  if (encoderBlocks.length !== decoderBlocks.length) {
    const message = `the tiny autoencoder has ${encoderBlocks.length} levels on the way in and ${decoderBlocks.length} on the way out`;
    throw new ModelError(message, { where: path });
  }
  return {
    kind: "tiny",
    blocks: encoderBlocks.map(() => widthOf("encoder")),
    decoderWidth: widthOf("decoder"),
    encoderBlocks,
    decoderBlocks,
    latentChannels: 4,
    latentScale: 1,
  };

  /** Every convolution between blocks begins a level; the last one ends the network. */
  function countBlocks(way: "encoder" | "decoder"): number[] {
    const levels: number[] = [];
    for (let layer = 0; layer < LIMITS.model.layers; layer++) {
      if (tensors.has(`${way}.layers.${layer}.conv.0.weight`) && levels.length > 0) {
        levels[levels.length - 1]! += 1;
      } else if (tensors.has(`${way}.layers.${layer}.weight`)) levels.push(0);
    }
    const ended = levels.slice(0, -1);
    if (ended.length === 0 || ended.length > LIMITS.model.blocks) {
      throw new ModelError(
        `the tiny autoencoder's ${way} has ${ended.length} levels, expected 1 to ${LIMITS.model.blocks}`,
        {
          where: path,
        },
      );
    }
    return ended;
  }

  function widthOf(way: "encoder" | "decoder"): number {
    return tensors.get(`${way}.layers.0.weight`)?.dims[0] ?? 0;
  }
}

/**
 * Builds the encoder. Input: `image` `[batch, 3, height, width]`, −1 … 1; output: `mean` `[batch, 4, height/f, width/f]`, f = 2^(levels − 1).
 *
 * @throws ModelError when a weight is missing or has another shape than the config says
 */
export function buildTaesdEncoder(
  { blocks, encoderBlocks, latentChannels }: TaesdConfig,
  weights: Weights,
  { batch, height, width }: VaeShape,
): Uint8Array {
  const graph = new GraphBuilder("taesd_encoder");
  const network: Network = { graph, weights };
  const image = graph.input("image", [batch, 3, height, width]);
  const half = graph.constant("half", [], Float32Array.of(0.5));
  const halved = graph.node("Mul", [image, half], image.dims, { name: "image.halved" });
  let x = add(network, "image.positive", halved, half);
  let layer = 0;
  const next = () => `encoder.layers.${layer++}`;
  encoderBlocks.forEach((count, level) => {
    const outChannels = blocks[level]!;
    const shrink = level === 0 ? {} : { stride: 2, bias: false };
    x = convolution(network, next(), x, { outChannels, kernel: 3, ...shrink });
    for (let i = 0; i < count; i++) x = block(network, next(), x);
  });
  const mean = convolution(network, next(), x, { outChannels: latentChannels, kernel: 3 });
  graph.output(graph.node("Identity", [mean], mean.dims, { name: "mean" }));
  return graph.toBytes();
}

/**
 * Builds the decoder. Input: `latents` `[batch, 4, height/f, width/f]`; output: `image` `[batch, 3, height, width]`, about −1 … 1.
 *
 * @throws ModelError when a weight is missing or has another shape than the config says
 */
export function buildTaesdDecoder(
  { blocks, decoderWidth, decoderBlocks, latentChannels }: TaesdConfig,
  weights: Weights,
  { batch, height, width, foldWeights = false }: VaeShape,
): Uint8Array {
  const graph = new GraphBuilder("taesd_decoder");
  const network: Network = { graph, weights, foldWeights };
  const factor = 2 ** (blocks.length - 1);
  const latents = graph.input("latents", [batch, latentChannels, height / factor, width / factor]);
  let x = bend(network, latents);
  let layer = 0;
  const next = () => `decoder.layers.${layer++}`;
  x = convolution(network, next(), x, { outChannels: decoderWidth, kernel: 3 });
  x = relu(network, next(), x);
  decoderBlocks.forEach((count, level) => {
    for (let i = 0; i < count; i++) x = block(network, next(), x);
    if (level === decoderBlocks.length - 1) return;
    const { height: rows, width: columns } = sizeOf(x);
    const paths = { enlargement: next(), convolution: next() };
    const doubled = { height: 2 * rows, width: 2 * columns };
    x = enlargedConvolution(network, paths, x, doubled, { outChannels: decoderWidth, bias: false });
  });
  x = convolution(network, next(), x, { outChannels: 3, kernel: 3 });
  const two = graph.constant("two", [], Float32Array.of(2));
  const one = graph.constant("one", [], Float32Array.of(1));
  const doubled = graph.node("Mul", [x, two], x.dims, { name: "image.doubled" });
  graph.output(graph.node("Sub", [doubled, one], x.dims, { name: "image" }));
  return graph.toBytes();
}

/** tanh(x / 3) · 3 */
function bend({ graph }: Network, latents: Value): Value {
  const limit = graph.constant("limit", [], Float32Array.of(LATENT_LIMIT));
  const scaled = graph.node("Div", [latents, limit], latents.dims, { name: "latents.scaled" });
  const bent = graph.node("Tanh", [scaled], latents.dims, { name: "latents.bent" });
  return graph.node("Mul", [bent, limit], latents.dims, { name: "latents.limited" });
}

/** diffusers' AutoencoderTinyBlock: three convolutions beside the input, `[n, c, h, w]` → same. */
function block(network: Network, path: string, input: Value): Value {
  const options = { outChannels: dim(input, 1), kernel: 3 };
  const first = convolution(network, `${path}.conv.0`, input, options);
  const second = convolution(network, `${path}.conv.2`, relu(network, `${path}.conv.1`, first), options);
  const third = convolution(network, `${path}.conv.4`, relu(network, `${path}.conv.3`, second), options);
  return relu(network, `${path}.fuse`, add(network, `${path}.sum`, third, input));
}
