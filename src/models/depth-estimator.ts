/** The graph of our depth network (training/depth.py): how near each pixel of a picture is. */

import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { layersSchema, readConfig, widthSchema } from "./config.ts";
import { add, convolution, resize, sizeOf, type Network, type Size } from "./layers.ts";
import { GraphBuilder, type Value } from "./onnx-graph.ts";
import { crop, foldPixels, padToMultiple, plainResidual, relu, unfoldPixels } from "./pixel-layers.ts";
import type { Weights } from "./weights.ts";

const schema = z.strictObject({
  patch_size: z.int().min(1).max(16),
  block_out_channels: z.array(widthSchema).min(1).max(LIMITS.model.blocks),
  mid_layers: layersSchema,
});

export interface DepthEstimatorConfig {
  /** Side of the square of pixels that is folded into channels at the start. */
  readonly patch: number;
  /** Channels of the levels, each half the size of the one before. */
  readonly blocks: readonly number[];
  /** Residual layers at the lowest level. */
  readonly midLayers: number;
}

/** Reads `config.json`. @throws ModelError that names each option that cannot be run */
export async function readDepthEstimatorConfig(file: string): Promise<DepthEstimatorConfig> {
  const config = await readConfig(file, schema);
  return { patch: config.patch_size, blocks: config.block_out_channels, midLayers: config.mid_layers };
}

/**
 * Builds the network for one size of picture. Input: `image` `[1, 3, height, width]`, 0–1; output: `nearness` `[1, 1, height, width]`, from 0
 * (infinitely far) to 1 (nearest), the inverse of a distance. Any size works: the edge pixels are repeated up to the next multiple that the
 * levels need.
 *
 * @throws ModelError when a weight is missing or has another shape than the config says
 */
export function buildDepthEstimator(
  { patch, blocks, midLayers }: DepthEstimatorConfig,
  weights: Weights,
  { height, width }: Size,
): Uint8Array {
  const graph = new GraphBuilder("depth_estimator");
  const network: Network = { graph, weights };
  const image = graph.input("image", [1, 3, height, width]);
  const padded = padToMultiple(network, "image.padded", image, patch * 2 ** (blocks.length - 1));
  let x = convolved(network, "conv_in", foldPixels(network, "image.folded", padded, patch), {
    outChannels: blocks[0]!,
    kernel: 3,
  });
  const skips: Value[] = [];
  blocks.slice(1).forEach((outChannels, i) => {
    x = residual(network, `down_blocks.${i}.resnet`, x);
    skips.push(x);
    x = convolved(network, `down_blocks.${i}.downsampler`, x, { outChannels, kernel: 3, stride: 2 });
  });
  for (let layer = 0; layer < midLayers; layer++) x = residual(network, `mid_block.${layer}`, x);
  blocks
    .slice(0, -1)
    .toReversed()
    .forEach((outChannels, i) => {
      const path = `up_blocks.${i}`;
      const skip = skips.pop()!;
      const narrow = convolution(network, `${path}.conv`, x, { outChannels, kernel: 1 });
      const enlarged = resize(network, `${path}.enlarged`, narrow, sizeOf(skip));
      x = residual(network, `${path}.resnet`, add(network, `${path}.joined`, enlarged, skip));
    });
  const out = convolution(network, "conv_out", x, { outChannels: patch * patch, kernel: 3 });
  const nearness = graph.node("Sigmoid", [out], out.dims, { name: "conv_out.sigmoid" });
  const pixels = unfoldPixels(network, "nearness.padded", nearness, patch);
  graph.output(crop(network, "nearness", pixels, height, width));
  return graph.toBytes();
}

function convolved(
  network: Network,
  path: string,
  x: Value,
  options: { outChannels: number; kernel: number; stride?: number },
): Value {
  return relu(network, `${path}.relu`, convolution(network, path, x, options));
}

function residual(network: Network, path: string, x: Value): Value {
  return relu(network, `${path}.relu`, plainResidual(network, path, x));
}
