/** The graph of the CLIP text encoder (transformers' CLIPTextModel, with and without projection): token ids to one vector per position. */

import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { ModelError } from "../errors.ts";
import { layersSchema, readConfig, widthSchema } from "./config.ts";
import { add, attention, dim, gelu, layerNorm, linear, quickGelu, reshape, type Network } from "./layers.ts";
import { GraphBuilder, type Value } from "./onnx-graph.ts";
import type { Renaming, Weights } from "./weights.ts";

/** x · sigmoid(1.702 x): OpenAI's CLIP was trained with this approximation of GELU. */
const QUICK_GELU_ALPHA = 1.702;

/** Configs of the first releases say 2 as end token and mean "the largest token number", which CLIP's end token has. */
const LARGEST_ID = 2;

/**
 * transformers saves dozens of settings for training and text generation beside those of the network, so unknown ones are let through.
 * Defaults are transformers'.
 */
const schema = z.object({
  eos_token_id: z.int().min(0).max(LIMITS.model.vocabulary).default(LARGEST_ID),
  hidden_act: z.enum(["quick_gelu", "gelu"]).default("quick_gelu"),
  hidden_size: widthSchema.default(512),
  intermediate_size: widthSchema.default(2048),
  layer_norm_eps: z.number().positive().max(1).default(1e-5),
  max_position_embeddings: z.int().min(3).max(LIMITS.model.positions).default(77),
  num_attention_heads: widthSchema.default(8),
  num_hidden_layers: layersSchema.default(12),
  projection_dim: widthSchema.default(512),
  vocab_size: z.int().min(3).max(LIMITS.model.vocabulary).default(49_408),
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
  /**
   * Which state of the positions is handed on: the `last`, with the final layer norm, as SD 1.x and 2.x want it, or that of the layer
   * before, `penultimate` and without the norm, as SDXL wants it.
   */
  readonly state: TextState;
  /** Width of the one vector for the whole text, null for encoders that give none. */
  readonly pooledWidth: number | null;
  /** At its first place in the text the pooled vector is taken. */
  readonly endToken: number;
}

export type TextState = "last" | "penultimate";

/** What a model makes of a text encoder, which its config.json does not say. */
export interface TextEncoderRole {
  readonly state: TextState;
  /** Whether the whole text becomes one vector, too (CLIPTextModelWithProjection); only beside `penultimate`. */
  readonly pooled: boolean;
}

/** The only encoder of SD 1.x and 2.x. */
export const SOLE_ENCODER: TextEncoderRole = { state: "last", pooled: false };
/** CLIP in SDXL base. */
export const FIRST_OF_TWO: TextEncoderRole = { state: "penultimate", pooled: false };
/** OpenCLIP in SDXL base and its refiner. */
export const WITH_PROJECTION: TextEncoderRole = { state: "penultimate", pooled: true };

/** Reads `text_encoder/config.json`. @throws ModelError that names each option that cannot be run */
export async function readTextEncoderConfig(
  file: string,
  role: TextEncoderRole = SOLE_ENCODER,
): Promise<TextEncoderConfig> {
  const config = await readConfig(file, schema);
  if (config.hidden_size % config.num_attention_heads !== 0) {
    const message = `\`hidden_size\` ${config.hidden_size} does not divide into \`num_attention_heads\` ${config.num_attention_heads}`;
    throw new ModelError(message, { where: file });
  }
  if (role.state === "penultimate" && config.num_hidden_layers < 2) {
    throw new ModelError(
      "`num_hidden_layers` is 1, expected at least 2: SDXL takes the state before the last layer",
      {
        where: file,
      },
    );
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
    state: role.state,
    pooledWidth: role.pooled ? config.projection_dim : null,
    endToken: config.eos_token_id === LARGEST_ID ? config.vocab_size - 1 : config.eos_token_id,
  };
}

/** Some versions of transformers leave out the outer module's name. */
export const WITHOUT_TEXT_MODEL: Renaming = (name) => name.replace(/^text_model\./, "");

/** Layers that a state has seen when none are left off. */
export function countStateLayers({ layers, state }: Pick<TextEncoderConfig, "layers" | "state">): number {
  return state === "penultimate" ? layers - 1 : layers;
}

/**
 * Builds the graph. Input: `ids` int64 `[batch, positions]`; outputs: `hidden` `[batch, positions, width]`, and `pooled`
 * `[batch, pooledWidth]` for encoders that give one.
 *
 * @param clipSkip layers left off at the end, 0 … countStateLayers − 1; `pooled` always sees all layers
 * @throws ModelError when a weight is missing or has another shape than the config says
 */
export function buildTextEncoder(
  config: TextEncoderConfig,
  weights: Weights,
  batch: number,
  clipSkip: number,
): Uint8Array {
  const { layers, positions, width, state, pooledWidth, epsilon } = config;
  const graph = new GraphBuilder("text_encoder");
  const network: Network = { graph, weights };
  const ids = graph.input("ids", [batch, positions], "I64");
  const kept = countStateLayers(config) - clipSkip;
  let x = embedTokens(network, config, ids);
  let hidden = x;
  for (let layer = 0; layer < (pooledWidth === null ? kept : layers); layer++) {
    x = encoderLayer(network, config, `text_model.encoder.layers.${layer}`, x, batch);
    if (layer + 1 === kept) hidden = x;
  }
  if (state === "last") hidden = layerNorm(network, "text_model.final_layer_norm", hidden, epsilon);
  graph.output(reshape(network, "hidden", hidden, [batch, positions, width]));
  if (pooledWidth !== null) graph.output(poolText(network, config, ids, x, pooledWidth));
  return graph.toBytes();
}

/** The normalized last state at the end token, projected: rows `[batch·positions, width]` → `pooled` `[batch, pooledWidth]`. */
function poolText(
  network: Network,
  { positions, width, epsilon, endToken }: TextEncoderConfig,
  ids: Value,
  rows: Value,
  pooledWidth: number,
): Value {
  const { graph } = network;
  const batch = dim(ids, 0);
  const normed = layerNorm(network, "text_model.final_layer_norm", rows, epsilon);
  const states = reshape(network, "pooled.states", normed, [batch, positions, width]);
  const end = graph.constant("end_token", [], BigInt64Array.of(BigInt(endToken)));
  const isEnd = graph.node("Equal", [ids, end], ids.dims, { name: "pooled.is_end", type: "BOOL" });
  const place = graph.node("ArgMax", [graph.toFloat(isEnd)], [batch, 1], {
    name: "pooled.place",
    attributes: { axis: { int: 1 }, keepdims: { int: 1 } },
    type: "I64",
  });
  const atEnd = graph.node("GatherND", [states, place], [batch, width], {
    name: "pooled.at_end",
    attributes: { batch_dims: { int: 1 } },
  });
  const projected = linear(network, "text_projection", atEnd, pooledWidth, { bias: false });
  return graph.node("Identity", [projected], projected.dims, { name: "pooled" });
}

/** Token plus position embedding: `[batch, positions]` → rows `[batch·positions, width]`. */
function embedTokens(
  network: Network,
  { vocabulary, positions, width }: TextEncoderConfig,
  ids: Value,
): Value {
  const { graph, weights } = network;
  const batch = dim(ids, 0);
  const path = "text_model.embeddings";
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
