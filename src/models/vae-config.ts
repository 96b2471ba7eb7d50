/** What a VAE's config.json may say: the options of diffusers' AutoencoderKL. */

import { z } from "zod";
import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { layersSchema, readConfig, widthSchema } from "./config.ts";

/** Defaults are diffusers'; literals are the only values that this version can run. */
const schema = z.strictObject({
  act_fn: z.enum(["silu", "swish"]).default("silu"),
  block_out_channels: z.array(widthSchema).min(1).max(LIMITS.model.blocks).default([64]),
  down_block_types: z.array(z.literal("DownEncoderBlock2D")).default(["DownEncoderBlock2D"]),
  force_upcast: z.boolean().default(true),
  in_channels: z.literal(3).default(3),
  latent_channels: z.literal(4).default(4),
  latents_mean: z.null().default(null),
  latents_std: z.null().default(null),
  layers_per_block: layersSchema.default(1),
  mid_block_add_attention: z.boolean().default(true),
  norm_num_groups: widthSchema.default(32),
  out_channels: z.literal(3).default(3),
  sample_size: z.unknown().optional(),
  scaling_factor: z.number().positive().max(1000).default(0.18215),
  shift_factor: z.literal([null, 0]).default(null),
  up_block_types: z.array(z.literal("UpDecoderBlock2D")).default(["UpDecoderBlock2D"]),
  use_post_quant_conv: z.boolean().default(true),
  use_quant_conv: z.boolean().default(true),
});

export interface VaeConfig {
  /** Channels of the encoder's blocks, from full resolution to the lowest. */
  readonly blocks: readonly number[];
  /** Residual layers per block of the encoder; the decoder has one more. */
  readonly layers: number;
  readonly groups: number;
  readonly latentChannels: number;
  readonly latentScale: number;
  readonly midAttention: boolean;
  readonly quantConvolution: boolean;
  readonly postQuantConvolution: boolean;
  /** Whether it leaves the range of half precision, as SDXL's does unless it was trained not to (`force_upcast`). */
  readonly overflowsHalf: boolean;
}

/** Reads `vae/config.json`. @throws ModelError that names each option that cannot be run */
export async function readVaeConfig(file: string): Promise<VaeConfig> {
  const config = await readConfig(file, schema);
  const count = config.block_out_channels.length;
  for (const option of ["down_block_types", "up_block_types"] as const) {
    if (config[option].length !== count) {
      const message = `\`${option}\` has ${config[option].length} entries, expected ${count} as \`block_out_channels\``;
      throw new ModelError(message, { where: file });
    }
  }
  return {
    blocks: config.block_out_channels,
    layers: config.layers_per_block,
    groups: config.norm_num_groups,
    latentChannels: config.latent_channels,
    latentScale: config.scaling_factor,
    midAttention: config.mid_block_add_attention,
    quantConvolution: config.use_quant_conv,
    postQuantConvolution: config.use_post_quant_conv,
    overflowsHalf: config.force_upcast,
  };
}

/** Pixels per latent cell and side: every block but the last halves the size. */
export function vaeFactor({ blocks }: Pick<VaeConfig, "blocks">): number {
  return 2 ** (blocks.length - 1);
}
