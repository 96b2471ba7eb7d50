/** The graph of our upscaling network (training/upscale.py): a picture at twice its size. */

import { z } from "zod";
import { layersSchema, readConfig, widthSchema } from "./config.ts";
import { add, convolution, type Network, type Size } from "./layers.ts";
import { GraphBuilder } from "./onnx-graph.ts";
import {
  crop,
  foldPixels,
  padEdges,
  padToMultiple,
  plainResidual,
  relu,
  unfoldPixels,
} from "./pixel-layers.ts";
import type { Weights } from "./weights.ts";

const schema = z.strictObject({ scale: z.literal(2), channels: widthSchema, layers: layersSchema });

export interface UpscalerConfig {
  readonly scale: 2;
  readonly channels: number;
  /** Residual layers. */
  readonly layers: number;
}

/** Half the width of the base's kernel, 5 pixels. */
const BASE_MARGIN = 2;
/** The residual is computed at half the picture's size. */
const FOLD = 2;

/** Reads `config.json`. @throws ModelError that names each option that cannot be run */
export async function readUpscalerConfig(file: string): Promise<UpscalerConfig> {
  return await readConfig(file, schema);
}

/**
 * Builds the network for one size of picture. Input: `image` `[1, 3, height, width]`, 0–1; output: `enlarged`
 * `[1, 3, 2·height, 2·width]`, about 0–1, not clamped.
 *
 * The base is a convolution that gives the four pixels that take the place of one (it was bicubic enlargement before training); what it
 * misses is added by residual layers.
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
  const even = padToMultiple(network, "image.even", image, FOLD);
  const margin = { top: BASE_MARGIN, left: BASE_MARGIN, bottom: BASE_MARGIN, right: BASE_MARGIN };
  const base = unfoldPixels(
    network,
    "base.pixels",
    convolution(network, "base", padEdges(network, "image.margin", even, margin), {
      outChannels: 3 * scale ** 2,
      kernel: 2 * BASE_MARGIN + 1,
      pads: [0, 0, 0, 0],
    }),
    scale,
  );
  const folded = foldPixels(network, "image.folded", even, FOLD);
  const first = relu(
    network,
    "conv_in.relu",
    convolution(network, "conv_in", folded, { outChannels: channels, kernel: 3 }),
  );
  let x = first;
  for (let layer = 0; layer < layers; layer++) x = plainResidual(network, `resnets.${layer}`, x);
  const active = relu(network, "resnets.relu", add(network, "resnets.joined", x, first));
  const missing = convolution(network, "conv_out", active, {
    outChannels: 3 * (FOLD * scale) ** 2,
    kernel: 3,
  });
  const detail = unfoldPixels(network, "detail", missing, FOLD * scale);
  const sum = add(network, "sum", base, detail);
  graph.output(crop(network, "enlarged", sum, height * scale, width * scale));
  return graph.toBytes();
}
