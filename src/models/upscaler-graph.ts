/** The graph of our upscaling network (training/upscale.py): a picture at twice its size. */

import { z } from "zod";
import { layersSchema, readConfig, widthSchema } from "./config.ts";
import { add, convolution, type Network, type Size } from "./layers.ts";
import { GraphBuilder, type Value } from "./onnx-graph.ts";
import { padEdges, unfoldPixels } from "./pixel-layers.ts";
import type { Weights } from "./weights.ts";

const schema = z.strictObject({ scale: z.literal(2), channels: widthSchema, layers: layersSchema });

export interface UpscalerConfig {
  readonly scale: 2;
  readonly channels: number;
  /** Convolutions between the first and the last. */
  readonly layers: number;
}

/** Half the width of the base's kernel, 5 pixels. */
const BASE_MARGIN = 2;
/** Slope of the activation below zero. */
const LEAK = 0.1;

/** Reads `config.json`. @throws ModelError that names each option that cannot be run */
export async function readUpscalerConfig(file: string): Promise<UpscalerConfig> {
  return await readConfig(file, schema);
}

/**
 * Builds the network for one size of picture. Input: `image` `[1, 3, height, width]`, 0–1; output: `enlarged`
 * `[1, 3, 2·height, 2·width]`, about 0–1, not clamped.
 *
 * The base is a convolution that gives the four pixels that take the place of one (it was bicubic enlargement before training); a stack of
 * convolutions adds what it misses (Shi et al. 2016, sub-pixel convolution).
 *
 * @throws ModelError when a weight is missing or has another shape than the config says
 */
export function buildUpscaler(
  { scale, channels, layers }: UpscalerConfig,
  weights: Weights,
  { height, width }: Size,
): Uint8Array {
  const graph = new GraphBuilder("upscaler");
  const network: Network = { graph, weights };
  const image = graph.input("image", [1, 3, height, width]);
  const margin = { top: BASE_MARGIN, left: BASE_MARGIN, bottom: BASE_MARGIN, right: BASE_MARGIN };
  const outChannels = 3 * scale ** 2;
  const base = convolution(network, "base", padEdges(network, "image.margin", image, margin), {
    outChannels,
    kernel: 2 * BASE_MARGIN + 1,
    pads: [0, 0, 0, 0],
  });
  const activated = (path: string, input: Value, kernel: number): Value => {
    const x = convolution(network, path, input, { outChannels: channels, kernel });
    const attributes = { alpha: { float: LEAK } };
    return graph.node("LeakyRelu", [x], x.dims, { name: `${path}.leaky_relu`, attributes });
  };
  // Around zero, so that the zeros beyond the edges are a middle gray.
  const centered = graph.node("Sub", [image, graph.constant("gray", [], Float32Array.of(0.5))], image.dims, {
    name: "image.centered",
  });
  let x = activated("conv_in", centered, 5);
  for (let layer = 0; layer < layers; layer++) x = activated(`convs.${layer}`, x, 3);
  const missing = convolution(network, "conv_out", x, { outChannels, kernel: 3 });
  graph.output(unfoldPixels(network, "enlarged", add(network, "sum", base, missing), scale));
  return graph.toBytes();
}
