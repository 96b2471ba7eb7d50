/** What a UNet is told in one vector: the timestep, and in SDXL the whole text and the picture's size, in latent consistency models the guidance. */

import { add, dim, linear, reshape, silu, type Network } from "./layers.ts";
import type { Value } from "./onnx-graph.ts";
import type { AddedConditions, UnetConfig } from "./unet-config.ts";

/** Longest period of the sinusoidal features (Vaswani et al. 2017). */
const MAX_PERIOD = 10_000;

/**
 * diffusers' `time_embedding` and `add_embedding`. Adds the inputs `timestep` `[1]`; for SDXL `pooled` `[batch, pooledWidth]` and `sizes`
 * `[batch, sizeValues]`; for latent consistency models `guidance` `[1, guidanceWidth]`, see {@link guidanceFeatures}.
 *
 * @returns SiLU of the embedding, `[1, timeWidth]`, or `[batch, timeWidth]` for SDXL
 */
export function embedTime(network: Network, config: UnetConfig, batch: number): Value {
  const { graph } = network;
  const { timeWidth, added, guidanceWidth } = config;
  const timestep = graph.exactInput("timestep", [1]);
  let features = waves(network, "time_proj", timestep, config.blocks[0]!.channels, config);
  if (guidanceWidth !== null) {
    const guidance = graph.input("guidance", [1, guidanceWidth]);
    const projected = linear(network, "time_embedding.cond_proj", guidance, dim(features, 1), {
      bias: false,
    });
    features = add(network, "time_embedding.guided", features, projected);
  }
  const embedding = twoLayers(network, "time_embedding", features, timeWidth);
  if (added === null) return silu(network, "time_embedding.silu", embedding);
  const conditions = embedConditions(network, config, added, batch);
  return silu(network, "add_embedding.silu", add(network, "add_embedding", conditions, embedding));
}

/** The pooled text and the size values' features side by side, through two linear layers: `[batch, timeWidth]`. */
function embedConditions(
  network: Network,
  config: UnetConfig,
  { pooledWidth, sizeValues, valueWidth }: AddedConditions,
  batch: number,
): Value {
  const { graph } = network;
  const pooled = graph.input("pooled", [batch, pooledWidth]);
  const sizes = graph.exactInput("sizes", [batch, sizeValues]);
  const column = reshape(network, "add_time_proj.values", sizes, [batch * sizeValues, 1]);
  const features = waves(network, "add_time_proj", column, valueWidth, config);
  const rows = reshape(network, "add_time_proj.rows", features, [batch, sizeValues * valueWidth]);
  const both = graph.node("Concat", [pooled, rows], [batch, pooledWidth + sizeValues * valueWidth], {
    name: "add_embedding.conditions",
    attributes: { axis: { int: 1 } },
  });
  return twoLayers(network, "add_embedding", both, config.timeWidth);
}

/** diffusers' TimestepEmbedding. */
function twoLayers(network: Network, path: string, features: Value, width: number): Value {
  const hidden = linear(network, `${path}.linear_1`, features, width);
  return linear(network, `${path}.linear_2`, silu(network, `${path}.act`, hidden), width);
}

/** Sinusoidal features: `[1]` or `[rows, 1]`, F32, → `[rows, width]`. Angles of a thousand radians need F32 whatever the graph computes in. */
function waves(
  network: Network,
  path: string,
  values: Value,
  width: number,
  { cosineFirst, frequencyShift }: UnetConfig,
): Value {
  const { graph } = network;
  const half = Math.floor(width / 2);
  const rows = dim(values, 0);
  const frequency = graph.exactConstant(
    `${path}.frequencies`,
    [half],
    frequencies(half, half - frequencyShift),
  );
  const angle = graph.node("Mul", [values, frequency], values.dims.length === 1 ? [half] : [rows, half], {
    name: `${path}.angle`,
    type: "F32",
  });
  const cosine = graph.node("Cos", [angle], angle.dims, { name: `${path}.cos`, type: "F32" });
  const sine = graph.node("Sin", [angle], angle.dims, { name: `${path}.sin`, type: "F32" });
  const axis = angle.dims.length - 1;
  const dims = [...angle.dims.slice(0, axis), 2 * half];
  const joined = graph.node("Concat", cosineFirst ? [cosine, sine] : [sine, cosine], dims, {
    name: `${path}.waves`,
    type: "F32",
    attributes: { axis: { int: axis } },
  });
  return graph.toArithmetic(reshape(network, path, joined, [rows, 2 * half]));
}

/** 10000^(−i / divisor), rounded to floats at each step as PyTorch does: at timestep 999 one bit of a frequency moves a cosine by 6e-5. */
function frequencies(count: number, divisor: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) =>
    Math.exp(Math.fround(Math.fround(-Math.log(MAX_PERIOD) * i) / divisor)),
  );
}

/**
 * Features of the guidance scale for latent consistency models, which were distilled with guidance inside (Luo et al. 2023, section 4.3;
 * diffusers' `get_guidance_scale_embedding` of scale − 1): sines, then cosines, zero padded to an odd width.
 *
 * @returns `width` numbers, for the input `guidance`
 */
export function guidanceFeatures(scale: number, width: number): Float32Array {
  const half = Math.floor(width / 2);
  const step = Math.fround(-Math.fround(Math.log(MAX_PERIOD) / (half - 1)));
  const features = new Float32Array(width);
  for (let i = 0; i < half; i++) {
    const angle = Math.fround(Math.fround(1000 * (scale - 1)) * Math.fround(Math.exp(Math.fround(i * step))));
    features[i] = Math.sin(angle);
    features[half + i] = Math.cos(angle);
  }
  return features;
}
