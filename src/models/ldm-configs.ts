/** What UNet and VAE of a single-file checkpoint are like, read off the names and shapes of its tensors: such files carry no config. */

import { LIMITS } from "../limits.ts";
import { LDM_UNET, LDM_VAE } from "./ldm-names.ts";
import { Shapes } from "./ldm-shapes.ts";
import type { Family } from "./model.ts";
import type { SafetensorsFile } from "./safetensors.ts";
import type { AddedConditions, UnetBlock, UnetConfig } from "./unet-config.ts";
import type { VaeConfig } from "./vae-config.ts";

/** Attention heads of SD 1.x, however wide a level is; the tensors do not tell. */
export const SD1_HEADS = 8;
/** Width of the heads of later families, which have as many as fit. */
export const HEAD_WIDTH = 64;
/** Number of groups in group normalizations of UNet and VAE. */
const GROUPS = 32;
/** What no tensor of a UNet or ControlNet tells, and all families have in common. */
export const UNTOLD = {
  channels: 4,
  cosineFirst: true,
  frequencyShift: 0,
  groups: GROUPS,
  epsilon: 1e-5,
} as const;
/** Latents are the VAE's mean times this. */
const LATENT_SCALE = 0.182_15;
const SDXL_LATENT_SCALE = 0.130_25;

/**
 * @param pooledWidth of the text encoder that gives one vector for the whole text, null when none does
 * @throws ModelError when a tensor that tells a width is missing, or the widths make no sense
 */
export function inferUnetConfig(
  file: SafetensorsFile,
  family: Family = "sd1",
  pooledWidth: number | null = null,
): UnetConfig {
  const shapes: Shapes = new Shapes(file, LDM_UNET);
  const down = listLevels(shapes);
  const textWidths = down.flatMap(({ attention }) => (attention === undefined ? [] : [attention.textWidth]));
  const [textWidth] = textWidths;
  if (textWidth === undefined) shapes.fail("no level of the UNet attends to the text");
  let outputs = shapes.count((n) => `output_blocks.${n}.0.in_layers.0.weight`);
  const midDepth = shapes.count((k) => `middle_block.1.transformer_blocks.${k}.norm1.weight`);
  const blocks = down.map(({ channels, layers, attention }, level): UnetBlock => {
    const heads = family === "sd1" ? SD1_HEADS : Math.max(Math.floor(channels / HEAD_WIDTH), 1);
    shapes.requireMultiple(channels, heads, "attention heads");
    // Levels come back in reverse order, each with one layer more than on the way down; the first level's are the last.
    outputs -= layers + 1;
    return {
      channels,
      layers,
      downAttention: attention !== undefined,
      upAttention: shapes.has(`output_blocks.${outputs}.1.norm.weight`),
      heads,
      // The lowest level may have no attention of its own, but its depth is that of the middle block.
      depth: attention?.depth ?? (level === down.length - 1 ? Math.max(midDepth, 1) : 1),
    };
  });
  return {
    ...UNTOLD,
    inputChannels: shapes.size("input_blocks.0.0.weight", 1),
    textWidth,
    blocks,
    midBlock: shapes.has("middle_block.0.in_layers.0.weight"),
    timeWidth: shapes.size("time_embed.0.weight", 0),
    // SD 1.x projects by 1×1 convolutions; where a file stores them as matrices, or later families as convolutions, the numbers are the same.
    linearProjection: family !== "sd1",
    added: pooledWidth === null ? null : inferAdded(shapes, family, pooledWidth),
    guidanceWidth: shapes.has("time_embed.cond_proj.weight")
      ? shapes.size("time_embed.cond_proj.weight", 1)
      : null,
  };
}

function inferAdded(shapes: Shapes, family: Family, pooledWidth: number): AddedConditions {
  const sizeValues = family === "sdxl" ? 6 : 5;
  const features = shapes.size("label_emb.0.0.weight", 1) - pooledWidth;
  if (features < 2 * sizeValues || features % sizeValues !== 0) {
    shapes.fail(
      `\`${shapes.prefix}label_emb.0.0.weight\` takes ${features} numbers besides the ${pooledWidth} of the text, expected features of ${sizeValues} sizes`,
    );
  }
  return { pooledWidth, sizeValues, valueWidth: features / sizeValues };
}

/** One resolution on the way down. */
export interface Level {
  readonly channels: number;
  readonly layers: number;
  readonly attention: { readonly textWidth: number; readonly depth: number } | undefined;
}

/** Walks down the UNet's input blocks; a level ends with the convolution that halves the size. */
export function listLevels(shapes: Shapes): Level[] {
  const levels: Level[] = [];
  let n = 1;
  for (;;) {
    const first = n;
    const layers = shapes.count((layer) => `input_blocks.${first + layer}.0.in_layers.2.weight`);
    if (layers === 0)
      shapes.fail(`\`${shapes.prefix}input_blocks.${first}.0.in_layers.2.weight\` is missing`);
    const path = `input_blocks.${first}.1`;
    levels.push({
      channels: shapes.size(`input_blocks.${first}.0.in_layers.2.weight`, 0),
      layers,
      attention: shapes.has(`${path}.norm.weight`)
        ? {
            textWidth: shapes.size(`${path}.transformer_blocks.0.attn2.to_k.weight`, 1),
            depth: shapes.count((k) => `${path}.transformer_blocks.${k}.norm1.weight`),
          }
        : undefined,
    });
    n += layers;
    if (!shapes.has(`input_blocks.${n}.0.op.weight`)) return levels;
    if (levels.length === LIMITS.model.blocks)
      shapes.fail(`more than ${LIMITS.model.blocks} levels of the UNet`);
    n++;
  }
}

/** @throws ModelError when a tensor that tells a width is missing, or the latents have not 4 channels */
export function inferVaeConfig(
  file: SafetensorsFile,
  family: Family = "sd1",
  prefix: string = LDM_VAE,
): VaeConfig {
  const shapes: Shapes = new Shapes(file, prefix);
  const latentChannels = shapes.size("decoder.conv_in.weight", 1);
  if (latentChannels !== 4) {
    shapes.fail(`the VAE has ${latentChannels} latent channels, expected 4 as in Stable Diffusion`);
  }
  const count = shapes.count((i) => `encoder.down.${i}.block.0.conv1.weight`, LIMITS.model.blocks);
  return {
    blocks: Array.from({ length: Math.max(count, 1) }, (_, i) =>
      shapes.size(`encoder.down.${i}.block.0.conv1.weight`, 0),
    ),
    layers: shapes.count((j) => `encoder.down.0.block.${j}.conv1.weight`),
    groups: GROUPS,
    latentChannels,
    latentScale: family === "sdxl" || family === "sdxl-refiner" ? SDXL_LATENT_SCALE : LATENT_SCALE,
    midAttention: true,
    quantConvolution: true,
    postQuantConvolution: true,
    // Of SDXL; the family decides for the others.
    overflowsHalf: true,
  };
}
