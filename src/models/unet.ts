/** The graph of Stable Diffusion's UNet (diffusers' UNet2DConditionModel): predicts the noise, or velocity, in a latent. */

import type { Tensor } from "../tensor/tensor.ts";
import type { Residuals } from "./model.ts";
import { GraphBuilder, type Value } from "./onnx-graph.ts";
import {
  add,
  attention,
  convolution,
  dim,
  fromRows,
  gelu,
  groupNorm,
  joinChannels,
  layerNorm,
  linear,
  linearHalves,
  reshape,
  resnet,
  silu,
  sizeOf,
  toRows,
  type Network,
} from "./layers.ts";
import { enlargedConvolution } from "./enlarged-convolution.ts";
import { int8Linear, type Int8Weights } from "./int8-linear.ts";
import { keyInput, projectSource, valueInput } from "./text-projection.ts";
import { embedTime } from "./time-embedding.ts";
import type { UnetBlock, UnetConfig } from "./unet-config.ts";
import type { Weights } from "./weights.ts";

/** PyTorch's default; the transformers' normalizations have no option in the config. */
const LAYER_NORM_EPSILON = 1e-5;
const TRANSFORMER_GROUP_NORM_EPSILON = 1e-6;

/** Static shape of one UNet graph. */
export interface UnetShape {
  readonly batch: number;
  /** Size of the latent, not of the picture. */
  readonly height: number;
  readonly width: number;
  /** Text positions. */
  readonly tokens: number;
  /** Whether the graph takes what ControlNets add. Default: no. */
  readonly residuals?: boolean;
  /** Whether the graph takes keys and values of the text, see {@link buildTextProjection}, in place of the text. Default: no. */
  readonly projectedText?: boolean;
  /** How the transformers' linear layers store their weights when they are computed in 8 bits, see {@link int8Linear}. Default: they are not. */
  readonly int8?: Int8Weights | null;
  /** Whether everything but the sines of the time is computed in half precision. Default: no. */
  readonly half?: boolean;
  /** Whether weights may be turned into others when the session loads. Default: no. */
  readonly foldWeights?: boolean;
}

/**
 * Builds the graph. Inputs: `latents` `[batch, inputChannels, height, width]`, `timestep` `[1]`, `text` `[batch, tokens, textWidth]`, and
 * those of {@link embedTime}; output: `prediction` `[batch, channels, height, width]`. Any latent size works: the way up is enlarged to the
 * sizes met on the way down.
 *
 * With `residuals` there are more inputs, named by {@link downResidual} and {@link MID_RESIDUAL}: they are added to the skips, first made
 * first, and to what the middle block gives, and have their shapes. With `projectedText` there are inputs `[batch, tokens, channels]` in
 * place of `text`, named by {@link keyInput} and {@link valueInput}.
 *
 * @throws ModelError when a weight is missing or has another shape than the config says
 */
export function buildUnet(config: UnetConfig, weights: Weights, shape: UnetShape): Uint8Array {
  const graph = new GraphBuilder("unet", shape.half ? "F16" : "F32");
  const network: Network = { graph, weights, foldWeights: shape.foldWeights ?? false };
  const { context, start } = enter(network, config, shape);
  const { skips, ...bottom } = goDown(context, start);
  let { x } = bottom;
  if (config.midBlock) x = midBlock(context, x, config.blocks.at(-1)!);
  if (shape.residuals) x = addResiduals(network, x, skips);
  config.blocks.toReversed().forEach((block, i) => {
    x = upBlock(context, `up_blocks.${i}`, x, block, skips, block !== config.blocks[0]);
  });
  const normed = groupNorm(network, "conv_norm_out", x, config.groups, config.epsilon);
  const active = silu(network, "conv_norm_out.silu", normed);
  const prediction = convolution(network, "conv_out", active, { outChannels: config.channels, kernel: 3 });
  graph.output(graph.node("Identity", [prediction], prediction.dims, { name: "prediction" }));
  return graph.toBytes();
}

/** Name of the input that is added to skip `index`, from 0. */
export function downResidual(index: number): string {
  return `down_residual_${index}`;
}

/** Name of the input that is added to what the middle block gives. */
export const MID_RESIDUAL = "mid_residual";

/**
 * Shapes of what ControlNets add for latents of that shape: the skips' in the order they are made, and last the middle block's.
 *
 * @param shape latent size, not picture size
 */
export function residualDims(
  { blocks }: UnetConfig,
  { batch, height, width }: Omit<UnetShape, "tokens">,
): number[][] {
  let [rows, columns] = [height, width];
  const dims = [[batch, blocks[0]!.channels, rows, columns]];
  blocks.forEach(({ channels, layers }, i) => {
    for (let layer = 0; layer < layers; layer++) dims.push([batch, channels, rows, columns]);
    if (i === blocks.length - 1) return;
    [rows, columns] = [Math.ceil(rows / 2), Math.ceil(columns / 2)];
    dims.push([batch, channels, rows, columns]);
  });
  return [...dims, [batch, blocks.at(-1)!.channels, rows, columns]];
}

/** The UNet's inputs for {@link Residuals}. */
export function residualInputs(residuals: Residuals): Record<string, Tensor> {
  const down = residuals.slice(0, -1).map((residual, i) => [downResidual(i), residual] as const);
  return { ...Object.fromEntries(down), [MID_RESIDUAL]: residuals.at(-1)! };
}

/** Adds the ControlNets' inputs to the skips, in place, and to the middle. */
function addResiduals(network: Network, middle: Value, skips: Value[]): Value {
  const { graph } = network;
  skips.forEach((skip, i) => {
    const residual = graph.input(downResidual(i), skip.dims);
    skips[i] = add(network, `${downResidual(i)}.added`, skip, residual);
  });
  return add(network, `${MID_RESIDUAL}.added`, middle, graph.input(MID_RESIDUAL, middle.dims));
}

/** What every block of one graph needs; also of a ControlNet's, which is the same network's way down. */
export interface Context {
  readonly network: Network;
  readonly config: UnetConfig;
  readonly batch: number;
  /** SiLU of the time embedding, `[1, timeWidth]`, or `[batch, timeWidth]` when each picture has conditions of its own. */
  readonly time: Value;
  /** Keys and values of the text for the cross-attention at a path. */
  readonly readText: (path: string, channels: number) => readonly [key: Value, value: Value];
  /** The form of linear layers on the rows of a picture. */
  readonly linear: typeof linear;
}

/** The inputs for latents and text, what the blocks need of them and of the time, and the latents after the first convolution. */
export function enter(
  network: Network,
  config: UnetConfig,
  { batch, height, width, tokens, projectedText = false, int8 = null }: UnetShape,
): { readonly context: Context; readonly start: Value } {
  const { graph } = network;
  const latents = graph.input("latents", [batch, config.inputChannels, height, width]);
  const context: Context = {
    network,
    config,
    batch,
    time: embedTime(network, config, batch),
    readText: projectedText ? takeProjected(network, batch, tokens) : project(network, config, batch, tokens),
    linear: int8 ? int8Linear(int8) : linear,
  };
  const { channels } = config.blocks[0]!;
  return { context, start: convolution(network, "conv_in", latents, { outChannels: channels, kernel: 3 }) };
}

/** Reads the text from the input `text`. */
function project(
  network: Network,
  { textWidth }: UnetConfig,
  batch: number,
  tokens: number,
): Context["readText"] {
  const text = network.graph.input("text", [batch, tokens, textWidth]);
  const rows = reshape(network, "text.rows", text, [batch * tokens, textWidth]);
  return (path, channels) => projectSource(network, path, rows, channels);
}

/** Takes what has been read of the text. */
function takeProjected({ graph }: Network, batch: number, tokens: number): Context["readText"] {
  return (path, channels) => {
    const dims = [batch, tokens, channels];
    return [graph.input(keyInput(path), dims), graph.input(valueInput(path), dims)];
  };
}

/** The way down: what the last block gives, and the skips in the order they are made, `start` first. */
export function goDown(context: Context, start: Value): { readonly x: Value; readonly skips: Value[] } {
  const { blocks } = context.config;
  const skips = [start];
  let x = start;
  blocks.forEach((block, i) => {
    x = downBlock(context, `down_blocks.${i}`, x, block, skips, block !== blocks.at(-1));
  });
  return { x, skips };
}

/** Pushes one skip per layer, and one more after downsampling. */
function downBlock(
  context: Context,
  path: string,
  input: Value,
  block: UnetBlock,
  skips: Value[],
  downsample: boolean,
): Value {
  let x = input;
  for (let layer = 0; layer < block.layers; layer++) {
    x = timedResnet(context, `${path}.resnets.${layer}`, x, block.channels);
    if (block.downAttention) x = spatialTransformer(context, `${path}.attentions.${layer}`, x, block);
    skips.push(x);
  }
  if (downsample) {
    x = convolution(context.network, `${path}.downsamplers.0.conv`, x, {
      outChannels: block.channels,
      kernel: 3,
      stride: 2,
    });
    skips.push(x);
  }
  return x;
}

export function midBlock(context: Context, input: Value, block: UnetBlock): Value {
  const before = timedResnet(context, "mid_block.resnets.0", input, block.channels);
  const attended = spatialTransformer(context, "mid_block.attentions.0", before, block);
  return timedResnet(context, "mid_block.resnets.1", attended, block.channels);
}

/** Takes the skips back, last first. */
function upBlock(
  context: Context,
  path: string,
  input: Value,
  block: UnetBlock,
  skips: Value[],
  upsample: boolean,
): Value {
  const { network } = context;
  let x = input;
  for (let layer = 0; layer <= block.layers; layer++) {
    const joined = joinChannels(network, `${path}.resnets.${layer}.skip`, x, skips.pop()!);
    x = timedResnet(context, `${path}.resnets.${layer}`, joined, block.channels);
    if (block.upAttention) x = spatialTransformer(context, `${path}.attentions.${layer}`, x, block);
  }
  if (!upsample) return x;
  // Not simply doubled: an odd size was rounded up on the way down.
  const paths = { enlargement: `${path}.upsamplers.0`, convolution: `${path}.upsamplers.0.conv` };
  return enlargedConvolution(network, paths, x, sizeOf(skips.at(-1)!), { outChannels: block.channels });
}

export function timedResnet(
  { network, config, time }: Context,
  path: string,
  x: Value,
  outChannels: number,
): Value {
  return resnet(network, path, x, { outChannels, groups: config.groups, epsilon: config.epsilon, time });
}

/** diffusers' Transformer2DModel: `[n, c, h, w]` → same; positions attend to each other, then to the text. */
function spatialTransformer(context: Context, path: string, x: Value, block: UnetBlock): Value {
  const { network, config, batch, linear: onRows } = context;
  const normed = groupNorm(network, `${path}.norm`, x, config.groups, TRANSFORMER_GROUP_NORM_EPSILON);
  // The same projection in two spellings; each reads its weight as the file has it.
  let rows = config.linearProjection
    ? onRows(network, `${path}.proj_in`, toRows(network, `${path}.norm`, normed), block.channels)
    : toRows(
        network,
        `${path}.proj_in`,
        convolution(network, `${path}.proj_in`, normed, { outChannels: block.channels, kernel: 1 }),
      );
  for (let i = 0; i < block.depth; i++) {
    rows = transformerBlock(context, `${path}.transformer_blocks.${i}`, rows, block);
  }
  const projected = config.linearProjection
    ? fromRows(
        network,
        `${path}.proj_out`,
        onRows(network, `${path}.proj_out`, rows, block.channels),
        batch,
        sizeOf(x),
      )
    : convolution(
        network,
        `${path}.proj_out`,
        fromRows(network, `${path}.proj_out`, rows, batch, sizeOf(x)),
        {
          outChannels: block.channels,
          kernel: 1,
        },
      );
  return add(network, path, projected, x);
}

/** diffusers' BasicTransformerBlock on rows `[n·h·w, c]`. */
function transformerBlock(
  context: Context,
  path: string,
  rows: Value,
  { heads, channels }: UnetBlock,
): Value {
  const { network, readText, linear: onRows } = context;
  const normed1 = layerNorm(network, `${path}.norm1`, rows, LAYER_NORM_EPSILON);
  const itself = projectSource(network, `${path}.attn1`, normed1, channels, onRows);
  const own = attend(context, `${path}.attn1`, normed1, itself, heads);
  const seen = add(network, `${path}.attn1.residual`, own, rows);
  const normed2 = layerNorm(network, `${path}.norm2`, seen, LAYER_NORM_EPSILON);
  const text = readText(`${path}.attn2`, channels);
  const told = attend(context, `${path}.attn2`, normed2, text, heads);
  const read = add(network, `${path}.attn2.residual`, told, seen);
  const normed3 = layerNorm(network, `${path}.norm3`, read, LAYER_NORM_EPSILON);
  return add(network, path, feedForward(context, `${path}.ff`, normed3), read);
}

/** What each row finds in a source, given as keys and values, `[rows, c]` → `[rows, c]`. */
function attend(
  { network, config, batch, linear: onRows }: Context,
  path: string,
  rows: Value,
  [key, value]: readonly [key: Value, value: Value],
  heads: number,
): Value {
  const { graph } = network;
  const channels = dim(rows, 1);
  const query = onRows(network, `${path}.to_q`, rows, channels, { bias: false });
  // The scores of SD 2.x leave the range of half precision (`upcast_attention` of its config).
  const isSd2 = config.linearProjection && config.added === null;
  const [q, k, v] = [query, key, value].map((one) => (isSd2 ? graph.toFloat(graph.settle(one)) : one));
  const attended = graph.toArithmetic(attention(network, path, [q!, k!, v!], { batch, heads }));
  return onRows(network, `${path}.to_out.0`, attended, channels);
}

/** GEGLU: one half of the widened rows is gated by the other, `[rows, c]` → `[rows, c]`. */
function feedForward({ network, linear: onRows }: Context, path: string, rows: Value): Value {
  const { graph } = network;
  const channels = dim(rows, 1);
  const widen = `${path}.net.0.proj`;
  const [value, gate] =
    onRows === linear
      ? linearHalves(network, widen, rows, 8 * channels)
      : graph.halve(onRows(network, widen, rows, 8 * channels), 1, `${widen}.halves`);
  const opened = gelu(network, `${path}.net.0.gelu`, gate);
  const gated = graph.node("Mul", [value, opened], value.dims, { name: `${path}.net.0` });
  return onRows(network, `${path}.net.2`, gated, channels);
}
