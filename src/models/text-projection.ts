/**
 * What the cross-attentions of a UNet or ControlNet make of a text: the keys and values that pictures are compared with. They depend on the
 * text alone, not on picture or timestep, so they have a graph of their own, run once per text instead of once per evaluation.
 */

import { linear, type Network } from "./layers.ts";
import { FREE, GraphBuilder, type Value } from "./onnx-graph.ts";
import type { UnetBlock, UnetConfig } from "./unet-config.ts";
import type { Weights } from "./weights.ts";

/** One place where a network looks at the text. */
export interface CrossAttention {
  /** Module path, such as `mid_block.attentions.0.transformer_blocks.0.attn2`. */
  readonly path: string;
  /** Width of its keys and values. */
  readonly channels: number;
}

/**
 * All cross-attentions of a network: 16 in Stable Diffusion 1.5, 70 in SDXL.
 *
 * @param ways `up: false` for ControlNets, which have no way up
 */
export function crossAttentions(
  { blocks, midBlock }: Pick<UnetConfig, "blocks" | "midBlock">,
  { up = true } = {},
): CrossAttention[] {
  const down = blocks.flatMap((block, i) =>
    block.downAttention ? ofLayers(`down_blocks.${i}`, block, block.layers) : [],
  );
  const middle = midBlock ? ofLayers("mid_block", blocks.at(-1)!, 1) : [];
  if (!up) return [...down, ...middle];
  const wayUp = blocks
    .toReversed()
    .flatMap((block, i) => (block.upAttention ? ofLayers(`up_blocks.${i}`, block, block.layers + 1) : []));
  return [...down, ...middle, ...wayUp];
}

function ofLayers(path: string, { channels, depth }: UnetBlock, layers: number): CrossAttention[] {
  return Array.from({ length: layers * depth }, (_, i) => ({
    path: `${path}.attentions.${Math.floor(i / depth)}.transformer_blocks.${i % depth}.attn2`,
    channels,
  }));
}

/** Names of the outputs of {@link buildTextProjection}, and of a network's inputs for them. */
export function keyInput(path: string): string {
  return `${path}.key`;
}

export function valueInput(path: string): string {
  return `${path}.value`;
}

/**
 * Builds the graph. Input: `text` `[rows, textWidth]`, any number of rows, all texts' positions one after the other; outputs: keys and
 * values of each cross-attention, `[rows, channels]`. LoRAs on these layers act here.
 *
 * @throws ModelError when a weight is missing or has another shape than the config says
 */
export function buildTextProjection(
  attentions: readonly CrossAttention[],
  weights: Weights,
  textWidth: number,
): Uint8Array {
  const graph = new GraphBuilder("text_projection");
  const text = graph.input("text", [FREE, textWidth]);
  for (const { path, channels } of attentions) {
    const [key, value] = projectSource({ graph, weights }, path, text, channels);
    graph.output(graph.node("Identity", [key], key.dims, { name: keyInput(path) }));
    graph.output(graph.node("Identity", [value], value.dims, { name: valueInput(path) }));
  }
  return graph.toBytes();
}

/**
 * Keys and values of an attention's source, `[rows, width]` → `[rows, channels]` each.
 *
 * @param onRows form of the linear layers
 */
export function projectSource(
  network: Network,
  path: string,
  source: Value,
  channels: number,
  onRows = linear,
): readonly [key: Value, value: Value] {
  return [
    onRows(network, `${path}.to_k`, source, channels, { bias: false }),
    onRows(network, `${path}.to_v`, source, channels, { bias: false }),
  ];
}
