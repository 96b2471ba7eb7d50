/** The graphs of the autoencoder between pictures and latents (diffusers' AutoencoderKL): encoder and decoder. */

import {
  add,
  attention,
  convolution,
  dim,
  fromRows,
  groupNorm,
  linear,
  resnet,
  silu,
  sizeOf,
  toRows,
  type Network,
} from "./layers.ts";
import { enlargedConvolution } from "./enlarged-convolution.ts";
import { GraphBuilder, type Value } from "./onnx-graph.ts";
import { vaeFactor, type VaeConfig } from "./vae-config.ts";
import type { Renaming, Weights } from "./weights.ts";

/** Fixed in diffusers for all normalizations of the VAE. */
const EPSILON = 1e-6;
/** Range of the log variance; outside, its exponential is useless (diffusers' DiagonalGaussianDistribution). */
const MIN_LOG_VARIANCE = -30;
const MAX_LOG_VARIANCE = 20;

/** Names of the attention layers in files saved before diffusers 0.18, such as the first SD 1.5. */
export const OLD_ATTENTION_NAMES: Renaming = (name) =>
  name
    .replace(".to_q.", ".query.")
    .replace(".to_k.", ".key.")
    .replace(".to_v.", ".value.")
    .replace(".to_out.0.", ".proj_attn.");

/** Static shape of a VAE graph: size of the picture, a multiple of the VAE's factor. */
export interface VaeShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** Whether the graph computes in half precision. Default: no. */
  readonly half?: boolean;
  /** Whether weights may be turned into others when the session loads. Default: no. */
  readonly foldWeights?: boolean;
}

/**
 * Builds the encoder. Input: `image` `[batch, 3, height, width]`; outputs: `mean` and `logvar` `[batch, 4, height/f, width/f]`,
 * f = 2^(blocks − 1).
 *
 * @throws ModelError when a weight is missing or has another shape than the config says
 */
export function buildVaeEncoder(
  config: VaeConfig,
  weights: Weights,
  { batch, height, width, half = false }: VaeShape,
): Uint8Array {
  const graph = new GraphBuilder("vae_encoder", half ? "F16" : "F32");
  const network: Network = { graph, weights };
  const image = graph.input("image", [batch, 3, height, width]);
  let x = convolution(network, "encoder.conv_in", image, { outChannels: config.blocks[0]!, kernel: 3 });
  config.blocks.forEach((outChannels, i) => {
    const path = `encoder.down_blocks.${i}`;
    for (let layer = 0; layer < config.layers; layer++) {
      x = plainResnet(network, config, `${path}.resnets.${layer}`, x, outChannels);
    }
    if (i < config.blocks.length - 1) {
      // Padded right and below only, as the network was trained.
      x = convolution(network, `${path}.downsamplers.0.conv`, x, {
        outChannels,
        kernel: 3,
        stride: 2,
        pads: [0, 0, 1, 1],
      });
    }
  });
  x = midBlock(network, config, "encoder.mid_block", x);
  x = head(network, config, "encoder", x, 2 * config.latentChannels);
  if (config.quantConvolution) {
    x = convolution(network, "quant_conv", x, { outChannels: 2 * config.latentChannels, kernel: 1 });
  }
  const [mean, logvar] = graph.halve(x, 1, "moments");
  const low = graph.constant("logvar.low", [], Float32Array.of(MIN_LOG_VARIANCE));
  const high = graph.constant("logvar.high", [], Float32Array.of(MAX_LOG_VARIANCE));
  graph.output(graph.node("Identity", [mean], mean.dims, { name: "mean" }));
  graph.output(graph.node("Clip", [logvar, low, high], logvar.dims, { name: "logvar" }));
  return graph.toBytes();
}

/**
 * Builds the decoder. Input: `latents` `[batch, 4, height/f, width/f]`; output: `image` `[batch, 3, height, width]`.
 *
 * @throws ModelError when a weight is missing or has another shape than the config says
 */
export function buildVaeDecoder(
  config: VaeConfig,
  weights: Weights,
  { batch, height, width, half = false, foldWeights = false }: VaeShape,
): Uint8Array {
  const graph = new GraphBuilder("vae_decoder", half ? "F16" : "F32");
  const network: Network = { graph, weights, foldWeights };
  const factor = vaeFactor(config);
  const latents = graph.input("latents", [batch, config.latentChannels, height / factor, width / factor]);
  let x = config.postQuantConvolution
    ? convolution(network, "post_quant_conv", latents, { outChannels: config.latentChannels, kernel: 1 })
    : latents;
  const reversed = config.blocks.toReversed();
  x = convolution(network, "decoder.conv_in", x, { outChannels: reversed[0]!, kernel: 3 });
  x = midBlock(network, config, "decoder.mid_block", x);
  reversed.forEach((outChannels, i) => {
    const path = `decoder.up_blocks.${i}`;
    for (let layer = 0; layer <= config.layers; layer++) {
      x = plainResnet(network, config, `${path}.resnets.${layer}`, x, outChannels);
    }
    if (i < reversed.length - 1) {
      const { height: rows, width: columns } = sizeOf(x);
      const paths = { enlargement: `${path}.upsamplers.0`, convolution: `${path}.upsamplers.0.conv` };
      const doubled = { height: 2 * rows, width: 2 * columns };
      x = enlargedConvolution(network, paths, x, doubled, { outChannels });
    }
  });
  x = head(network, config, "decoder", x, 3);
  graph.output(graph.node("Identity", [x], x.dims, { name: "image" }));
  return graph.toBytes();
}

function plainResnet(
  network: Network,
  { groups }: VaeConfig,
  path: string,
  x: Value,
  outChannels: number,
): Value {
  return resnet(network, path, x, { outChannels, groups, epsilon: EPSILON });
}

function midBlock(network: Network, config: VaeConfig, path: string, input: Value): Value {
  const channels = dim(input, 1);
  const before = plainResnet(network, config, `${path}.resnets.0`, input, channels);
  const attended = config.midAttention
    ? selfAttention(network, config, `${path}.attentions.0`, before)
    : before;
  return plainResnet(network, config, `${path}.resnets.1`, attended, channels);
}

/** Attention with one head among all positions: `[n, c, h, w]` → same. */
function selfAttention(network: Network, { groups }: VaeConfig, path: string, x: Value): Value {
  const [batch, channels] = [dim(x, 0), dim(x, 1)];
  const normed = groupNorm(network, `${path}.group_norm`, x, groups, EPSILON);
  const rows = toRows(network, `${path}.group_norm`, normed);
  const query = linear(network, `${path}.to_q`, rows, channels);
  const key = linear(network, `${path}.to_k`, rows, channels);
  const value = linear(network, `${path}.to_v`, rows, channels);
  const attended = attention(network, `${path}.attention`, [query, key, value], { batch, heads: 1 });
  const out = linear(network, `${path}.to_out.0`, attended, channels);
  return add(network, path, fromRows(network, `${path}.to_out.0`, out, batch, sizeOf(x)), x);
}

function head(network: Network, { groups }: VaeConfig, path: string, x: Value, outChannels: number): Value {
  const normed = groupNorm(network, `${path}.conv_norm_out`, x, groups, EPSILON);
  const active = silu(network, `${path}.conv_norm_out.silu`, normed);
  return convolution(network, `${path}.conv_out`, active, { outChannels, kernel: 3 });
}
