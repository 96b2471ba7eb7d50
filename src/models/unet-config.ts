/** What a UNet's config.json may say: the options of diffusers' UNet2DConditionModel that Stable Diffusion 1.x, 2.x and SDXL use. */

import { z } from "zod";
import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { layersSchema, perBlock, readConfig, widthSchema } from "./config.ts";

const DOWN_BLOCKS = ["DownBlock2D", "CrossAttnDownBlock2D"] as const;
const UP_BLOCKS = ["UpBlock2D", "CrossAttnUpBlock2D"] as const;

/** Defaults are diffusers'; literals are the only values that this version can run. */
const schema = z.strictObject({
  act_fn: z.enum(["silu", "swish"]).default("silu"),
  addition_embed_type: z.enum(["text_time"]).nullable().default(null),
  addition_embed_type_num_heads: z.unknown().optional(),
  addition_time_embed_dim: widthSchema.nullable().default(null),
  attention_head_dim: perBlock(widthSchema).default(8),
  attention_type: z.literal("default").default("default"),
  block_out_channels: z.array(widthSchema).min(1).max(LIMITS.model.blocks).default([320, 640, 1280, 1280]),
  center_input_sample: z.literal(false).default(false),
  class_embed_type: z.null().default(null),
  class_embeddings_concat: z.literal(false).default(false),
  conv_in_kernel: z.literal(3).default(3),
  conv_out_kernel: z.literal(3).default(3),
  cross_attention_dim: perBlock(widthSchema).default(1280),
  cross_attention_norm: z.null().default(null),
  down_block_types: z
    .array(z.enum(DOWN_BLOCKS))
    .default(["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"]),
  downsample_padding: z.literal(1).default(1),
  dropout: z.unknown().optional(),
  dual_cross_attention: z.literal(false).default(false),
  encoder_hid_dim: z.null().default(null),
  encoder_hid_dim_type: z.null().default(null),
  flip_sin_to_cos: z.boolean().default(true),
  freq_shift: z.int().min(0).max(1).default(0),
  in_channels: z.literal([4, 8, 9]).default(4),
  layers_per_block: perBlock(layersSchema).default(2),
  mid_block_only_cross_attention: z.literal([null, false]).default(null),
  mid_block_scale_factor: z.literal(1).default(1),
  mid_block_type: z.literal(["UNetMidBlock2DCrossAttn", null]).default("UNetMidBlock2DCrossAttn"),
  norm_eps: z.number().positive().max(1).default(1e-5),
  norm_num_groups: widthSchema.default(32),
  num_attention_heads: perBlock(widthSchema).nullable().default(null),
  num_class_embeds: z.null().default(null),
  only_cross_attention: z.union([z.literal(false), z.array(z.literal(false))]).default(false),
  out_channels: z.literal(4).default(4),
  projection_class_embeddings_input_dim: widthSchema.nullable().default(null),
  resnet_out_scale_factor: z.literal(1).default(1),
  resnet_skip_time_act: z.literal(false).default(false),
  resnet_time_scale_shift: z.literal("default").default("default"),
  reverse_transformer_layers_per_block: z.null().default(null),
  sample_size: z.unknown().optional(),
  time_cond_proj_dim: widthSchema.nullable().default(null),
  time_embedding_act_fn: z.null().default(null),
  time_embedding_dim: widthSchema.nullable().default(null),
  time_embedding_type: z.literal("positional").default("positional"),
  timestep_post_act: z.null().default(null),
  transformer_layers_per_block: perBlock(layersSchema).default(1),
  up_block_types: z
    .array(z.enum(UP_BLOCKS))
    .default(["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]),
  // What is computed in half precision is decided by the family, see `attend`.
  upcast_attention: z.boolean().default(false),
  use_linear_projection: z.boolean().default(false),
});

/** One resolution of the UNet, used on the way down and, mirrored, on the way up. */
export interface UnetBlock {
  readonly channels: number;
  /** Residual layers on the way down; one more on the way up. */
  readonly layers: number;
  /** Attention on the way down, on the way up. */
  readonly downAttention: boolean;
  readonly upAttention: boolean;
  readonly heads: number;
  /** Transformer layers in each attention. */
  readonly depth: number;
}

/** What SDXL's UNet is told besides the positions of the text. */
export interface AddedConditions {
  /** Width of the one vector for the whole text. */
  readonly pooledWidth: number;
  /** Numbers about the picture's size: 6 in SDXL base; 5 in the refiner, the last of them a score for beauty. */
  readonly sizeValues: 5 | 6;
  /** Sinusoidal features of each of these numbers. */
  readonly valueWidth: number;
}

export interface UnetConfig {
  /** Channels of the prediction, and of the latent that is denoised. */
  readonly channels: number;
  /** Those and what stands beside them: 9 with mask and masked picture (inpainting), 8 with the picture to edit (instruct-pix2pix). */
  readonly inputChannels: number;
  /** Width of the text embedding. */
  readonly textWidth: number;
  /** From full resolution to the lowest. */
  readonly blocks: readonly UnetBlock[];
  readonly midBlock: boolean;
  readonly timeWidth: number;
  readonly cosineFirst: boolean;
  readonly frequencyShift: number;
  readonly groups: number;
  readonly epsilon: number;
  readonly linearProjection: boolean;
  /** Null before SDXL. */
  readonly added: AddedConditions | null;
  /** Features of the guidance scale that latent consistency models take instead of two evaluations; null for all others. */
  readonly guidanceWidth: number | null;
}

/**
 * Reads `unet/config.json`.
 *
 * @param pooledWidth of the text encoder that gives one vector for the whole text; null when none does
 * @throws ModelError that names each option that cannot be run
 */
export async function readUnetConfig(file: string, pooledWidth: number | null = null): Promise<UnetConfig> {
  const config = await readConfig(file, schema);
  const channels = config.block_out_channels;
  const count = channels.length;
  const heads = each("attention_head_dim", config.num_attention_heads ?? config.attention_head_dim);
  const layerCounts = each("layers_per_block", config.layers_per_block);
  const depths = each("transformer_layers_per_block", config.transformer_layers_per_block);
  const textWidths = new Set(each("cross_attention_dim", config.cross_attention_dim));
  if (textWidths.size > 1) {
    throw new ModelError("`cross_attention_dim` differs between blocks, expected one width", { where: file });
  }
  const down = each("down_block_types", config.down_block_types);
  const up = each("up_block_types", config.up_block_types).toReversed();
  const blocks = channels.map((width, i): UnetBlock => {
    if (width % heads[i]! !== 0) {
      throw new ModelError(
        `\`block_out_channels.${i}\`: ${width} channels do not divide into ${heads[i]} attention heads (attention_head_dim)`,
        { where: file },
      );
    }
    return {
      channels: width,
      layers: layerCounts[i]!,
      downAttention: down[i] === "CrossAttnDownBlock2D",
      upAttention: up[i] === "CrossAttnUpBlock2D",
      heads: heads[i]!,
      depth: depths[i]!,
    };
  });
  return {
    channels: config.out_channels,
    inputChannels: config.in_channels,
    textWidth: [...textWidths][0]!,
    blocks,
    midBlock: config.mid_block_type !== null,
    timeWidth: config.time_embedding_dim ?? 4 * channels[0]!,
    cosineFirst: config.flip_sin_to_cos,
    frequencyShift: config.freq_shift,
    groups: config.norm_num_groups,
    epsilon: config.norm_eps,
    linearProjection: config.use_linear_projection,
    added: config.addition_embed_type === null ? null : addedConditions(config, pooledWidth, file),
    guidanceWidth: config.time_cond_proj_dim,
  };

  function each<Item extends number | string>(
    option: string,
    value: Item | readonly Item[],
  ): readonly Item[] {
    const values = typeof value === "object" ? value : channels.map(() => value);
    if (values.length !== count) {
      throw new ModelError(
        `\`${option}\` has ${values.length} entries, expected ${count} as \`block_out_channels\``,
        {
          where: file,
        },
      );
    }
    return values;
  }
}

/** Takes the number of size values from what the pooled text leaves of the width. */
function addedConditions(
  config: z.output<typeof schema>,
  pooledWidth: number | null,
  file: string,
): AddedConditions {
  const { addition_time_embed_dim: valueWidth, projection_class_embeddings_input_dim: width } = config;
  if (pooledWidth === null) {
    throw new ModelError(
      "`addition_embed_type` is text_time, but no text encoder gives one vector for the text",
      {
        where: file,
        hint: "SDXL needs text_encoder_2, a CLIPTextModelWithProjection; download the whole model folder.",
      },
    );
  }
  for (const sizeValues of [6, 5] as const) {
    if (valueWidth !== null && width === pooledWidth + sizeValues * valueWidth) {
      return { pooledWidth, sizeValues, valueWidth };
    }
  }
  const message = `\`projection_class_embeddings_input_dim\` is ${width}, expected ${pooledWidth} and 5 or 6 times addition_time_embed_dim, ${valueWidth}`;
  throw new ModelError(message, { where: file });
}
