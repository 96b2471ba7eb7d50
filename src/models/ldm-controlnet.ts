/** A ControlNet in one `.safetensors` file of the first release's layout (`control_model.*`): its config, read off the tensors, and its names. */

import { LIMITS } from "../limits.ts";
import type { ControlNetConfig } from "./controlnet-config.ts";
import { listLevels, UNTOLD } from "./ldm-configs.ts";
import { Shapes } from "./ldm-shapes.ts";
import { LDM_UNET, ldmUnetNames } from "./ldm-names.ts";
import type { SafetensorsFile } from "./safetensors.ts";
import { headsOf, inferAddedToControl } from "./infer-controlnet.ts";
import type { UnetBlock } from "./unet-config.ts";
import type { Renaming } from "./weights.ts";

/** What the names begin with; extracted ControlNets have no prefix. */
const PREFIXES = ["control_model.", ""] as const;

/**
 * The prefix of a ControlNet's names in the file: `control_model.` or none; undefined when it is no ControlNet of this layout.
 */
export function ldmControlPrefix({ tensors }: SafetensorsFile): string | undefined {
  return PREFIXES.find((prefix) => tensors.has(`${prefix}zero_convs.0.0.weight`));
}

/** @throws ModelError when a tensor that tells a width is missing, or the widths make no sense */
export function inferControlNetConfig(file: SafetensorsFile, prefix: string): ControlNetConfig {
  const shapes: Shapes = new Shapes(file, prefix);
  const levels = listLevels(shapes);
  const [textWidth] = levels.flatMap(({ attention }) =>
    attention === undefined ? [] : [attention.textWidth],
  );
  if (textWidth === undefined) shapes.fail("no level of the ControlNet attends to the text");
  const linearProjection = projectsLinearly();
  const midDepth = shapes.count((k) => `middle_block.1.transformer_blocks.${k}.norm1.weight`);
  const blocks = levels.map(({ channels, layers, attention }): UnetBlock => {
    const heads = headsOf(channels, linearProjection, textWidth);
    shapes.requireMultiple(channels, heads, "attention heads");
    const attends = attention !== undefined;
    return {
      channels,
      layers,
      downAttention: attends,
      upAttention: attends,
      heads,
      depth: attention?.depth ?? Math.max(midDepth, 1),
    };
  });
  return {
    unet: {
      ...UNTOLD,
      inputChannels: UNTOLD.channels,
      textWidth,
      blocks,
      midBlock: true,
      timeWidth: shapes.size("time_embed.0.weight", 0),
      linearProjection,
      added: inferAddedToControl(shapes, "label_emb.0.0.weight"),
      guidanceWidth: null,
    },
    midAttention: true,
    pictureWidths: readPictureWidths(shapes),
    channelOrder: "rgb",
  };

  function projectsLinearly(): boolean {
    const first = levels.findIndex(({ attention }) => attention !== undefined);
    const before = levels.slice(0, first).reduce((sum, { layers }) => sum + layers + 1, 0);
    return shapes.rank(`input_blocks.${before + 1}.1.proj_in.weight`) === 2;
  }
}

/** Layers with weights have even numbers, activations lie between: the first, two for each halving, the last. */
function readPictureWidths(shapes: Shapes): number[] {
  const layers = shapes.count((i) => `input_hint_block.${2 * i}.weight`, 2 * LIMITS.model.blocks);
  const halvings = (layers - 2) / 2;
  if (!Number.isInteger(halvings) || halvings < 0) {
    shapes.fail(
      `\`${shapes.prefix}input_hint_block\` has ${layers} layers, expected an even number from 2 on`,
    );
  }
  return Array.from({ length: halvings + 1 }, (_, i) => shapes.size(`input_hint_block.${4 * i}.weight`, 0));
}

/**
 * A ControlNet's names: `controlnet_down_blocks.3.bias` → `control_model.zero_convs.3.0.bias`,
 * `controlnet_cond_embedding.blocks.1.weight` → `control_model.input_hint_block.4.weight`; the rest as in the UNet.
 */
export function ldmControlNames({ unet, pictureWidths }: ControlNetConfig, prefix: string): Renaming {
  const unetNames = ldmUnetNames(unet);
  const lastHint = 2 * (2 * (pictureWidths.length - 1) + 1);
  const hintOf = (layer: string, block: string | undefined): number => {
    if (block !== undefined) return 2 * (Number(block) + 1);
    return layer === "conv_in" ? 0 : lastHint;
  };
  return (name) => {
    const hint = /^controlnet_cond_embedding\.(conv_in|conv_out|blocks\.(\d+))\.(.+)$/.exec(name);
    if (hint) return `${prefix}input_hint_block.${hintOf(hint[1]!, hint[2])}.${hint[3]}`;
    if (name.startsWith("controlnet_")) {
      return (
        prefix +
        name
          .replace(/^controlnet_down_blocks\.(\d+)\./, "zero_convs.$1.0.")
          .replace(/^controlnet_mid_block\./, "middle_block_out.0.")
      );
    }
    return prefix + unetNames(name).slice(LDM_UNET.length);
  };
}
