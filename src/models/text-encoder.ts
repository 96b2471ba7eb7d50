/** The graph of the CLIP text encoder (transformers' CLIPTextModel): token ids to one vector per position. */

import { z } from "zod";
import { ModelError } from "../errors.ts";
import { layersSchema, readConfig, widthSchema } from "./config.ts";
import { add, attention, gelu, layerNorm, linear, quickGelu, reshape, type Network } from "./layers.ts";
import { GraphBuilder, type Value } from "./onnx-graph.ts";
import type { Renaming, Weights } from "./weights.ts";

/** x · sigmoid(1.702 x): OpenAI's CLIP was trained with this approximation of GELU. */
const QUICK_GELU_ALPHA = 1.702;

/**
 * transformers saves dozens of settings for training and text generation beside those of the network, so unknown ones are let through.
 * Defaults are transformers'.
 */
const schema = z.object({
  hidden_act: z.enum(["quick_gelu", "gelu"]).default("quick_gelu"),
  hidden_size: widthSchema.default(512),
  intermediate_size: widthSchema.default(2048),
  layer_norm_eps: z.number().positive().max(1).default(1e-5),
  max_position_embeddings: z.int().min(3).max(4096).default(77),
  num_attention_heads: widthSchema.default(8),
  num_hidden_layers: layersSchema.default(12),
  vocab_size: z.int().min(3).max(1_000_000).default(49_408),
});

export interface TextEncoderConfig {
  readonly activation: "quick_gelu" | "gelu";
  readonly width: number;
  readonly innerWidth: number;
  readonly layers: number;
  readonly heads: number;
  readonly positions: number;
  readonly vocabulary: number;
  readonly epsilon: number;
}

/** Reads `text_encoder/config.json`. @throws ModelError that names each option that cannot be run */
export async function readTextEncoderConfig(file: string): Promise<TextEncoderConfig> {
  const config = await readConfig(file, schema);
  if (config.hidden_size % config.num_attention_heads !== 0) {
    const message = `\`hidden_size\` ${config.hidden_size} does not divide into \`num_attention_heads\` ${config.num_attention_heads}`;
    throw new ModelError(message, { where: file });
  }
  return {
    activation: config.hidden_act,
    width: config.hidden_size,
    innerWidth: config.intermediate_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    positions: config.max_position_embeddings,
    vocabulary: config.vocab_size,
    epsilon: config.layer_norm_eps,
  };
}

/** Some versions of transformers leave out the outer module's name. */
export const WITHOUT_TEXT_MODEL: Renaming = (name) => name.replace(/^text_model\./, "");

/**
 * Builds the graph. Input: `ids` int64 `[batch, positions]`; output: `hidden` `[batch, positions, width]`, final layer norm applied.
 *
 * @param clipSkip layers left off at the end, 0 … layers − 1
 * @throws ModelError when a weight is missing or has another shape than the config says
 */
export function buildTextEncoder(
  config: TextEncoderConfig,
  weights: Weights,
  batch: number,
  clipSkip: number,
): Uint8Array {
  const graph = new GraphBuilder("text_encoder");
  const network: Network = { graph, weights };
  let x = embedTokens(network, config, batch);
  for (let layer = 0; layer < config.layers - clipSkip; layer++) {
    x = encoderLayer(network, config, `text_model.encoder.layers.${layer}`, x, batch);
  }
  const normed = layerNorm(network, "text_model.final_layer_norm", x, config.epsilon);
  graph.output(reshape(network, "hidden", normed, [batch, config.positions, config.width]));
  return graph.toBytes();
}

/** Token plus position embedding: `[batch, positions]` → rows `[batch·positions, width]`. */
function embedTokens(
  network: Network,
  { vocabulary, positions, width }: TextEncoderConfig,
  batch: number,
): Value {
  const { graph, weights } = network;
  const path = "text_model.embeddings";
  const ids = graph.input("ids", [batch, positions], "I64");
  // Looked up before widening to F32: the table is the largest weight, and a few rows are read.
  const table = graph.storedWeight(weights.take(`${path}.token_embedding.weight`, [vocabulary, width]));
  const found = lookUpTokens(network, `${path}.token_embedding`, table, ids);
  const position = graph.weight(weights.take(`${path}.position_embedding.weight`, [positions, width]));
  const placed = add(network, path, found, position);
  return reshape(network, `${path}.rows`, placed, [batch * positions, width]);
}

/** Rows that embeddings add to the token table. */
export function countAddedTokens({ addedTokens = [] }: Weights): number {
  return addedTokens.reduce((sum, { dims }) => sum + dims[0]!, 0);
}

/** Rows of the token table `[vocabulary, width]`; tokens behind the vocabulary are rows of the embeddings: `[batch, positions]` → `[…, width]`. */
function lookUpTokens({ graph, weights }: Network, path: string, table: Value, ids: Value): Value {
  const [vocabulary, width] = table.dims as readonly [number, number];
  const rows = { attributes: { axis: { int: 0 } } };
  const dims = [...ids.dims, width];
  const { addedTokens = [] } = weights;
  if (addedTokens.length === 0) {
    return graph.toFloat(graph.node("Gather", [table, ids], dims, { name: path, ...rows, type: table.type }));
  }
  // The model's own table is not copied to lengthen it: both are looked up, each with tokens that it has, and one row is taken.
  const integer = (name: string, value: number) =>
    graph.constant(`${path}.${name}`, [1], BigInt64Array.of(BigInt(value)));
  const onIds = (operator: string, a: Value, b: Value, name: string) =>
    graph.node(operator, [a, b], ids.dims, { name: `${path}.${name}`, type: "I64" });
  const size = integer("vocabulary", vocabulary);
  const ownIds = onIds("Min", ids, integer("last", vocabulary - 1), "own_ids");
  const addedIds = onIds("Max", onIds("Sub", ids, size, "beyond"), integer("zero", 0), "added_ids");
  const own = graph.node("Gather", [table, ownIds], dims, { name: `${path}.own`, ...rows, type: table.type });
  const added = graph.node(
    "Concat",
    addedTokens.map((part) => graph.weight(part)),
    [countAddedTokens(weights), width],
    {
      name: `${path}.added_table`,
      ...rows,
    },
  );
  const addedRows = graph.node("Gather", [added, addedIds], dims, { name: `${path}.added`, ...rows });
  const isOwn = graph.node("Less", [ids, size], ids.dims, { name: `${path}.is_own`, type: "BOOL" });
  const perRow = graph.node("Reshape", [isOwn, graph.integers([...ids.dims, 1])], [...ids.dims, 1], {
    name: `${path}.is_own.rows`,
    type: "BOOL",
  });
  return graph.node("Where", [perRow, graph.toFloat(own), addedRows], dims, { name: path });
}

/** Transformer layer with normalization before each part, `[batch·positions, width]` → same. */
function encoderLayer(
  network: Network,
  config: TextEncoderConfig,
  path: string,
  rows: Value,
  batch: number,
): Value {
  const { width, innerWidth, heads, epsilon } = config;
  const normed1 = layerNorm(network, `${path}.layer_norm1`, rows, epsilon);
  const query = linear(network, `${path}.self_attn.q_proj`, normed1, width);
  const key = linear(network, `${path}.self_attn.k_proj`, normed1, width);
  const value = linear(network, `${path}.self_attn.v_proj`, normed1, width);
  const attended = attention(network, `${path}.self_attn`, [query, key, value], {
    batch,
    heads,
    causal: true,
  });
  const projected = linear(network, `${path}.self_attn.out_proj`, attended, width);
  const seen = add(network, `${path}.self_attn.residual`, projected, rows);
  const normed2 = layerNorm(network, `${path}.layer_norm2`, seen, epsilon);
  const inner = linear(network, `${path}.mlp.fc1`, normed2, innerWidth);
  const active =
    config.activation === "gelu"
      ? gelu(network, `${path}.mlp.activation_fn`, inner)
      : quickGelu(network, `${path}.mlp.activation_fn`, inner, QUICK_GELU_ALPHA);
  return add(network, path, linear(network, `${path}.mlp.fc2`, active, width), seen);
}
