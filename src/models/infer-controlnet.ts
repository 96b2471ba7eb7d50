/** What a ControlNet in one file with diffusers' names is like, read off its tensors: such files carry no config. */

import { LIMITS } from "../limits.ts";
import { SIZE_VALUES, type ControlNetConfig } from "./controlnet-config.ts";
import { HEAD_WIDTH, SD1_HEADS, UNTOLD } from "./ldm-configs.ts";
import { Shapes } from "./ldm-shapes.ts";
import type { SafetensorsFile } from "./safetensors.ts";
import type { AddedConditions, UnetBlock } from "./unet-config.ts";

const SD1_TEXT_WIDTH = 768;
/** Features of each number about the picture's size in SDXL. */
const SIZE_FEATURES = 256;
/** What the two text encoders of SDXL give side by side, for small ControlNets that read no text. */
const SDXL_TEXT_WIDTH = 2048;

/** Attention heads of a level; SD 1.x projects by 1×1 convolutions, which some files store as matrices. */
export function headsOf(channels: number, linearProjection: boolean, textWidth: number): number {
  const isFirst = !linearProjection || textWidth === SD1_TEXT_WIDTH;
  return isFirst ? SD1_HEADS : Math.max(Math.floor(channels / HEAD_WIDTH), 1);
}

/** @param name of the first layer that reads what SDXL adds; null where it is not there */
export function inferAddedToControl(shapes: Shapes, name: string): AddedConditions | null {
  if (!shapes.has(name)) return null;
  const pooledWidth = shapes.size(name, 1) - SIZE_VALUES * SIZE_FEATURES;
  if (pooledWidth <= 0) {
    shapes.fail(
      `\`${shapes.prefix}${name}\` takes ${shapes.size(name, 1)} numbers, expected more than SDXL's sizes, ${SIZE_VALUES * SIZE_FEATURES}`,
    );
  }
  return { pooledWidth, sizeValues: SIZE_VALUES, valueWidth: SIZE_FEATURES };
}

/** @throws ModelError when a tensor that tells a width is missing, or the widths make no sense */
export function inferDiffusersControlNet(file: SafetensorsFile): ControlNetConfig {
  const shapes: Shapes = new Shapes(file, "");
  const added = inferAddedToControl(shapes, "add_embedding.linear_1.weight");
  const count = shapes.count((i) => `down_blocks.${i}.resnets.0.conv1.weight`, LIMITS.model.blocks);
  const levels = Array.from({ length: count }, (_, i) => `down_blocks.${i}`);
  const transformers = [...levels, "mid_block"]
    .map((path) => `${path}.attentions.0`)
    .filter((path) => shapes.has(`${path}.norm.weight`));
  const [first] = transformers;
  if (first === undefined && added === null) shapes.fail("no level of the ControlNet attends to the text");
  const textWidth =
    first === undefined ? SDXL_TEXT_WIDTH : shapes.size(`${first}.transformer_blocks.0.attn2.to_k.weight`, 1);
  const linearProjection = first === undefined || shapes.rank(`${first}.proj_in.weight`) === 2;
  const depthOf = (path: string) =>
    shapes.count((k) => `${path}.attentions.0.transformer_blocks.${k}.norm1.weight`);
  const midDepth = depthOf("mid_block");
  const blocks = levels.map((path): UnetBlock => {
    const channels = shapes.size(`${path}.resnets.0.conv1.weight`, 0);
    const heads = headsOf(channels, linearProjection, textWidth);
    shapes.requireMultiple(channels, heads, "attention heads");
    const attends = shapes.has(`${path}.attentions.0.norm.weight`);
    return {
      channels,
      layers: shapes.count((j) => `${path}.resnets.${j}.conv1.weight`),
      downAttention: attends,
      upAttention: attends,
      heads,
      // A level without attention still says the depth of the middle block behind it.
      depth: depthOf(path) || Math.max(midDepth, 1),
    };
  });
  const halvings = shapes.count(
    (i) => `controlnet_cond_embedding.blocks.${2 * i + 1}.weight`,
    LIMITS.model.blocks,
  );
  return {
    unet: {
      ...UNTOLD,
      inputChannels: UNTOLD.channels,
      textWidth,
      blocks,
      midBlock: true,
      timeWidth: shapes.size("time_embedding.linear_1.weight", 0),
      linearProjection,
      added,
      guidanceWidth: null,
    },
    midAttention: midDepth > 0,
    pictureWidths: [
      shapes.size("controlnet_cond_embedding.conv_in.weight", 0),
      ...Array.from({ length: halvings }, (_, i) =>
        shapes.size(`controlnet_cond_embedding.blocks.${2 * i + 1}.weight`, 0),
      ),
    ],
    channelOrder: "rgb",
  };
}
