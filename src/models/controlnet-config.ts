/** What a ControlNet's config.json may say: the options of diffusers' ControlNetModel that fit Stable Diffusion 1.x, 2.x and SDXL. */

import { z } from "zod";
import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { layersSchema, perBlock, readConfig, widthSchema } from "./config.ts";
import type { AddedConditions, UnetBlock, UnetConfig } from "./unet-config.ts";

/** Channels of the picture that a ControlNet is shown. */
const PICTURE_CHANNELS = 3;

/** Defaults are diffusers'; literals are the only values that this version can run. */
const schema = z.strictObject({
  act_fn: z.enum(["silu", "swish"]).default("silu"),
  addition_embed_type: z.enum(["text_time"]).nullable().default(null),
  addition_embed_type_num_heads: z.unknown().optional(),
  addition_time_embed_dim: widthSchema.nullable().default(null),
  attention_head_dim: perBlock(widthSchema).default(8),
  block_out_channels: z.array(widthSchema).min(1).max(LIMITS.model.blocks).default([320, 640, 1280, 1280]),
  class_embed_type: z.null().default(null),
  conditioning_channels: z.literal(PICTURE_CHANNELS).default(PICTURE_CHANNELS),
  conditioning_embedding_out_channels: z
    .array(widthSchema)
    .min(1)
    .max(LIMITS.model.blocks)
    .nullable()
    .default([16, 32, 96, 256]),
  controlnet_conditioning_channel_order: z.enum(["rgb", "bgr"]).default("rgb"),
  cross_attention_dim: widthSchema.default(1280),
  down_block_types: z
    .array(z.enum(["DownBlock2D", "CrossAttnDownBlock2D"]))
    .default(["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"]),
  downsample_padding: z.literal(1).default(1),
  encoder_hid_dim: z.null().default(null),
  encoder_hid_dim_type: z.null().default(null),
  flip_sin_to_cos: z.boolean().default(true),
  freq_shift: z.int().min(0).max(1).default(0),
  global_pool_conditions: z.literal(false).default(false),
  in_channels: z.literal(4).default(4),
  layers_per_block: layersSchema.default(2),
  mid_block_scale_factor: z.literal(1).default(1),
  mid_block_type: z.enum(["UNetMidBlock2DCrossAttn", "UNetMidBlock2D"]).default("UNetMidBlock2DCrossAttn"),
  norm_eps: z.number().positive().max(1).default(1e-5),
  norm_num_groups: widthSchema.default(32),
  num_attention_heads: perBlock(widthSchema).nullable().default(null),
  num_class_embeds: z.null().default(null),
  only_cross_attention: z.literal(false).default(false),
  projection_class_embeddings_input_dim: widthSchema.nullable().default(null),
  resnet_time_scale_shift: z.literal("default").default("default"),
  transformer_layers_per_block: perBlock(layersSchema).default(1),
  upcast_attention: z.boolean().default(false),
  use_linear_projection: z.boolean().default(false),
});

export interface ControlNetConfig {
  /** The way down, which is the UNet's. */
  readonly unet: UnetConfig;
  /** Whether the middle block attends to the text; without, it is a single residual block. */
  readonly midAttention: boolean;
  /** Widths of the layers that read the picture; each but the first halves its size. */
  readonly pictureWidths: readonly number[];
  /** Order of the picture's colors. */
  readonly channelOrder: "rgb" | "bgr";
}

/** Pixels per latent cell and side, as the layers that read the picture make of it. */
export function pictureFactor({ pictureWidths }: ControlNetConfig): number {
  return 2 ** (pictureWidths.length - 1);
}

/** Reads a ControlNet's `config.json`. @throws ModelError that names each option that cannot be run */
export async function readControlNetConfig(file: string): Promise<ControlNetConfig> {
  const config = await readConfig(file, schema);
  const channels = config.block_out_channels;
  const heads = each("attention_head_dim", config.num_attention_heads ?? config.attention_head_dim);
  const depths = each("transformer_layers_per_block", config.transformer_layers_per_block);
  const types = each("down_block_types", config.down_block_types);
  const blocks = channels.map((width, i): UnetBlock => {
    const attention = types[i] === "CrossAttnDownBlock2D";
    if (width % heads[i]! !== 0) {
      const message = `\`block_out_channels.${i}\`: ${width} channels do not divide into ${heads[i]} attention heads (attention_head_dim)`;
      throw new ModelError(message, { where: file });
    }
    return {
      channels: width,
      layers: config.layers_per_block,
      downAttention: attention,
      upAttention: attention,
      heads: heads[i]!,
      depth: depths[i]!,
    };
  });
  return {
    unet: {
      channels: config.in_channels,
      inputChannels: config.in_channels,
      textWidth: config.cross_attention_dim,
      blocks,
      midBlock: true,
      timeWidth: 4 * channels[0]!,
      cosineFirst: config.flip_sin_to_cos,
      frequencyShift: config.freq_shift,
      groups: config.norm_num_groups,
      epsilon: config.norm_eps,
      linearProjection: config.use_linear_projection,
      added: config.addition_embed_type === null ? null : addedConditions(config, file),
      guidanceWidth: null,
    },
    midAttention: config.mid_block_type === "UNetMidBlock2DCrossAttn",
    pictureWidths: config.conditioning_embedding_out_channels ?? [16, 32, 96, 256],
    channelOrder: config.controlnet_conditioning_channel_order,
  };

  function each<Item extends number | string>(
    option: string,
    value: Item | readonly Item[],
  ): readonly Item[] {
    const values = typeof value === "object" ? value : channels.map(() => value);
    if (values.length !== channels.length) {
      const message = `\`${option}\` has ${values.length} entries, expected ${channels.length} as \`block_out_channels\``;
      throw new ModelError(message, { where: file });
    }
    return values;
  }
}

/** Numbers about the picture's size that SDXL base is told; there are no ControlNets for its refiner. */
export const SIZE_VALUES = 6;

/** Only the sum of both is written down; the features of the sizes have a width of their own. */
function addedConditions(
  {
    addition_time_embed_dim: valueWidth,
    projection_class_embeddings_input_dim: width,
  }: z.output<typeof schema>,
  file: string,
): AddedConditions {
  if (valueWidth === null || width === null || width <= SIZE_VALUES * valueWidth) {
    const message = `\`projection_class_embeddings_input_dim\` is ${width}, expected more than ${SIZE_VALUES} times addition_time_embed_dim, ${valueWidth}`;
    throw new ModelError(message, { where: file });
  }
  return { pooledWidth: width - SIZE_VALUES * valueWidth, sizeValues: SIZE_VALUES, valueWidth };
}
