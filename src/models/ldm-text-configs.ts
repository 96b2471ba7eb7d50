/** What the text encoders of a single-file checkpoint are like, read off the names and shapes of their tensors. */

import { LIMITS } from "../limits.ts";
import { Shapes } from "./ldm-shapes.ts";
import type { SafetensorsFile } from "./safetensors.ts";
import { WITHOUT_TEXT_MODEL, type TextEncoderConfig, type TextEncoderRole } from "./text-encoder.ts";

/** CLIP's heads are 64 wide, 12 of them for a width of 768; toy encoders have 4 however narrow they are. */
const HEAD_WIDTH = 64;
const MIN_HEADS = 4;
/** Layers of OpenCLIP-H as SD 2.x uses it: the last of its 24 is left out, and not even stored by some programs. */
const SD2_LAYERS = 23;

/**
 * OpenAI's CLIP in the names of transformers.
 *
 * @throws ModelError when a tensor that tells a width is missing, or the widths make no sense
 */
export function inferClipConfig(
  file: SafetensorsFile,
  prefix: string,
  role: TextEncoderRole,
): TextEncoderConfig {
  const shapes: Shapes = new Shapes(file, prefix);
  const spell = shapes.has("text_model.final_layer_norm.weight")
    ? (name: string) => name
    : WITHOUT_TEXT_MODEL;
  return complete(shapes, role, {
    activation: "quick_gelu",
    table: spell("text_model.embeddings.token_embedding.weight"),
    positionTable: spell("text_model.embeddings.position_embedding.weight"),
    inner: spell("text_model.encoder.layers.0.mlp.fc1.weight"),
    layers: shapes.count((i) => spell(`text_model.encoder.layers.${i}.layer_norm1.weight`)),
  });
}

/**
 * OpenCLIP in its own names.
 *
 * @throws ModelError when a tensor that tells a width is missing, or the widths make no sense
 */
export function inferOpenClipConfig(
  file: SafetensorsFile,
  prefix: string,
  role: TextEncoderRole,
): TextEncoderConfig {
  const shapes: Shapes = new Shapes(file, prefix);
  const stored = shapes.count((i) => `transformer.resblocks.${i}.ln_1.weight`);
  // SD 2.x takes the state before the last layer, too, but with the final norm: an encoder of one layer less.
  const layers = role.state === "penultimate" || stored === SD2_LAYERS ? stored : stored - 1;
  return complete(shapes, role, {
    activation: "gelu",
    table: "token_embedding.weight",
    positionTable: "positional_embedding",
    inner: "transformer.resblocks.0.mlp.c_fc.weight",
    layers,
  });
}

/** Names of the tensors that tell a size, and what was found already. */
interface Telling {
  readonly activation: TextEncoderConfig["activation"];
  readonly table: string;
  readonly positionTable: string;
  readonly inner: string;
  readonly layers: number;
}

function complete(
  shapes: Shapes,
  { state, pooled }: TextEncoderRole,
  { activation, table, positionTable, inner, layers }: Telling,
): TextEncoderConfig {
  const width = shapes.size(table, 1);
  const heads = Math.max(Math.floor(width / HEAD_WIDTH), MIN_HEADS);
  shapes.requireMultiple(width, heads, "attention heads");
  const vocabulary = shapes.size(table, 0, LIMITS.model.vocabulary);
  if (state === "penultimate" && layers < 2) shapes.fail("the text encoder has fewer than 2 layers");
  return {
    activation,
    width,
    innerWidth: shapes.size(inner, 0),
    layers,
    heads,
    positions: shapes.size(positionTable, 0, LIMITS.model.positions),
    vocabulary,
    epsilon: 1e-5,
    state,
    pooledWidth: pooled ? shapes.size("text_projection", 1) : null,
    endToken: vocabulary - 1,
  };
}
