/** From the weight names that graphs ask for (diffusers) to those of single-file checkpoints, the layout of the first release (LDM). */

import type { UnetConfig } from "./unet-config.ts";
import type { VaeConfig } from "./vae-config.ts";
import type { Renaming } from "./weights.ts";

/** What the names of each network begin with. */
export const LDM_UNET = "model.diffusion_model.";
export const LDM_VAE = "first_stage_model.";
/** CLIP, alone in SD 1.x and first of two in SDXL. */
export const LDM_TEXT_ENCODER = "cond_stage_model.transformer.";
export const SDXL_TEXT_ENCODER = "conditioner.embedders.0.transformer.";
/** OpenCLIP, alone in SD 2.x, second of two in SDXL, alone in its refiner. */
export const SD2_TEXT_ENCODER = "cond_stage_model.model.";
export const SDXL_SECOND_TEXT_ENCODER = "conditioner.embedders.1.model.";
export const REFINER_TEXT_ENCODER = "conditioner.embedders.0.model.";

/** The layers of a residual block; the transformers' layers are called the same in both layouts. */
const RESNET_LAYERS: ReadonlyMap<string, string> = new Map([
  ["norm1", "in_layers.0"],
  ["conv1", "in_layers.2"],
  ["time_emb_proj", "emb_layers.1"],
  ["norm2", "out_layers.0"],
  ["conv2", "out_layers.3"],
  ["conv_shortcut", "skip_connection"],
]);

/**
 * The UNet's names: `down_blocks.1.resnets.0.conv1.weight` → `model.diffusion_model.input_blocks.4.0.in_layers.2.weight`.
 * The original layout numbers all layers of one way in a row, so the numbers depend on the layers per block.
 */
export function ldmUnetNames(config: UnetConfig): Renaming {
  const modules = listUnetModules(config);
  return (name) => {
    const path = name.split(".");
    for (let length = path.length; length > 0; length--) {
      const module = modules.get(path.slice(0, length).join("."));
      if (module === undefined) continue;
      const [layer = "", ...rest] = path.slice(length);
      return LDM_UNET + [module, RESNET_LAYERS.get(layer) ?? layer, ...rest].join(".");
    }
    return LDM_UNET + name;
  };
}

/** Module paths in diffusers' numbering and in the original one. */
function listUnetModules({ blocks }: UnetConfig): ReadonlyMap<string, string> {
  const modules = new Map([
    ["conv_in", "input_blocks.0.0"],
    ["time_embedding.linear_1", "time_embed.0"],
    ["time_embedding.linear_2", "time_embed.2"],
    ["time_embedding.cond_proj", "time_embed.cond_proj"],
    ["add_embedding.linear_1", "label_emb.0.0"],
    ["add_embedding.linear_2", "label_emb.0.2"],
    ["mid_block.resnets.0", "middle_block.0"],
    ["mid_block.attentions.0", "middle_block.1"],
    ["mid_block.resnets.1", "middle_block.2"],
    ["conv_norm_out", "out.0"],
    ["conv_out", "out.2"],
  ]);
  let input = 1;
  blocks.forEach(({ layers }, i) => {
    for (let layer = 0; layer < layers; layer++, input++) {
      modules.set(`down_blocks.${i}.resnets.${layer}`, `input_blocks.${input}.0`);
      modules.set(`down_blocks.${i}.attentions.${layer}`, `input_blocks.${input}.1`);
    }
    modules.set(`down_blocks.${i}.downsamplers.0.conv`, `input_blocks.${input}.0.op`);
    input++;
  });
  let output = 0;
  blocks.toReversed().forEach(({ layers, upAttention }, i) => {
    for (let layer = 0; layer <= layers; layer++, output++) {
      modules.set(`up_blocks.${i}.resnets.${layer}`, `output_blocks.${output}.0`);
      modules.set(`up_blocks.${i}.attentions.${layer}`, `output_blocks.${output}.1`);
    }
    // Comes last in the block's last layer: after the attention, where there is one.
    const place = upAttention ? 2 : 1;
    modules.set(`up_blocks.${i}.upsamplers.0.conv`, `output_blocks.${output - 1}.${place}.conv`);
  });
  return modules;
}

/**
 * The VAE's names: `decoder.up_blocks.0.resnets.1.conv_shortcut.weight` → `first_stage_model.decoder.up.3.block.1.nin_shortcut.weight`.
 * The original layout counts the decoder's blocks from full resolution.
 *
 * @param prefix none in files that hold a VAE alone
 */
export function ldmVaeNames({ blocks }: VaeConfig, prefix: string = LDM_VAE): Renaming {
  const last = blocks.length - 1;
  return (name) =>
    prefix +
    name
      .replace(
        /^decoder\.up_blocks\.(\d+)\./,
        (_, block: string) => `decoder.up_blocks.${last - Number(block)}.`,
      )
      .replace(/^(encoder\.down|decoder\.up)_blocks\.(\d+)\.resnets\./, "$1.$2.block.")
      .replace(/^(encoder\.down|decoder\.up)_blocks\.(\d+)\.(down|up)samplers\.0\./, "$1.$2.$3sample.")
      .replace(".mid_block.resnets.0.", ".mid.block_1.")
      .replace(".mid_block.resnets.1.", ".mid.block_2.")
      .replace(".mid_block.attentions.0.", ".mid.attn_1.")
      .replace(".group_norm.", ".norm.")
      .replace(/\.to_([qkv])\./, ".$1.")
      .replace(".to_out.0.", ".proj_out.")
      .replace(".conv_shortcut.", ".nin_shortcut.")
      .replace(".conv_norm_out.", ".norm_out.");
}

/** CLIP's names: `text_model.final_layer_norm.bias` → `cond_stage_model.transformer.text_model.final_layer_norm.bias`. */
export function ldmTextNames(prefix: string): Renaming {
  return (name) => prefix + name;
}
