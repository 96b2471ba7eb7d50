/**
 * The graphs of a ControlNet (diffusers' ControlNetModel; Zhang et al. 2023): the UNet's way down once more, which also sees a picture and
 * says what to add to the UNet's own. What it makes of the picture depends on nothing else, so that part is a graph of its own, run once
 * per picture instead of once per step.
 */

import { pictureFactor, type ControlNetConfig } from "./controlnet-config.ts";
import { add, convolution, silu, type Network, type Size } from "./layers.ts";
import { GraphBuilder, type Value } from "./onnx-graph.ts";
import { downResidual, enter, goDown, MID_RESIDUAL, midBlock, timedResnet, type UnetShape } from "./unet.ts";
import type { Weights } from "./weights.ts";

/**
 * Builds the graph that reads the picture. Input: `picture` `[1, 3, height, width]`, 0–1, in the config's channel order; output: `hint`
 * `[1, width of the first block, height / pictureFactor, width / pictureFactor]`.
 *
 * @param size of the picture in pixels, multiples of {@link pictureFactor}
 * @throws ModelError when a weight is missing or has another shape than the config says
 */
export function buildControlHint(
  { unet, pictureWidths }: ControlNetConfig,
  weights: Weights,
  { height, width }: Size,
): Uint8Array {
  const graph = new GraphBuilder("controlnet_hint");
  const network: Network = { graph, weights };
  const path = "controlnet_cond_embedding";
  const layer = (name: string, x: Value, outChannels: number, stride: number): Value => {
    const convolved = convolution(network, `${path}.${name}`, x, { outChannels, kernel: 3, stride });
    return silu(network, `${path}.${name}.silu`, convolved);
  };
  const [first, ...others] = pictureWidths;
  let x = layer("conv_in", graph.input("picture", [1, 3, height, width]), first!, 1);
  others.forEach((outChannels, i) => {
    x = layer(`blocks.${2 * i}`, x, pictureWidths[i]!, 1);
    x = layer(`blocks.${2 * i + 1}`, x, outChannels, 2);
  });
  const hint = convolution(network, `${path}.conv_out`, x, {
    outChannels: unet.blocks[0]!.channels,
    kernel: 3,
  });
  graph.output(graph.node("Identity", [hint], hint.dims, { name: "hint" }));
  return graph.toBytes();
}

/**
 * Builds the graph of one evaluation. Inputs: `latents`, `timestep` and `text` as the UNet's, `hint` as {@link buildControlHint} gives it,
 * `scale` `[1]`. Outputs: what to add to the UNet, times the scale, named as the UNet's inputs.
 *
 * @throws ModelError when a weight is missing or has another shape than the config says
 */
export function buildControlNet(
  { unet: config, midAttention }: ControlNetConfig,
  weights: Weights,
  shape: UnetShape,
): Uint8Array {
  const graph = new GraphBuilder("controlnet");
  const network: Network = { graph, weights };
  const { context, start } = enter(network, config, shape);
  const hint = graph.input("hint", [1, ...start.dims.slice(1)]);
  const scale = graph.input("scale", [1]);

  const { x: bottom, skips } = goDown(context, add(network, "conv_in.hinted", start, hint));
  const last = config.blocks.at(-1)!;
  const middle = midAttention
    ? midBlock(context, bottom, last)
    : timedResnet(context, "mid_block.resnets.0", bottom, last.channels);
  skips.forEach((skip, i) => give(downResidual(i), `controlnet_down_blocks.${i}`, skip));
  give(MID_RESIDUAL, "controlnet_mid_block", middle);
  return graph.toBytes();

  /** One of the convolutions that training starts from zero, and its output. */
  function give(name: string, path: string, value: Value): void {
    const outChannels = value.dims[1]!;
    const made = convolution(network, path, value, { outChannels, kernel: 1 });
    graph.output(graph.node("Mul", [made, scale], made.dims, { name }));
  }
}

/**
 * Builds both graphs once for the smallest shape and drops them: a missing weight is found now, not at the first frame.
 *
 * @param tokens text positions of the model that it is used with
 * @throws ModelError that names the weight that is missing or has another shape than the config says
 */
export function checkControlNet(config: ControlNetConfig, weights: Weights, tokens: number): void {
  const size = pictureFactor(config);
  buildControlHint(config, weights, { height: size, width: size });
  buildControlNet(config, weights, { batch: 1, height: 1, width: 1, tokens });
}
