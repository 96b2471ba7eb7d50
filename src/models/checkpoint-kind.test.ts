import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ModelError } from "../errors.ts";
import { recognizeFamily } from "./checkpoint-kind.ts";
import type { Family } from "./model.ts";
import type { SafetensorsFile, StoredTensor } from "./safetensors.ts";

/** A file with tensors of these names and shapes. */
function fileWith(shapes: Record<string, readonly number[]>): SafetensorsFile {
  const tensors = Object.entries(shapes).map(([name, dims]): [string, StoredTensor] => [
    name,
    { name, type: "F16", dims, offset: 0, byteLength: 0 },
  ]);
  return { path: "/models/x.safetensors", tensors: new Map(tensors), metadata: new Map() };
}

const UNET = "model.diffusion_model.";
const TEXT = { "cond_stage_model.transformer.text_model.final_layer_norm.weight": [768] };
const VAE = { "first_stage_model.decoder.conv_in.weight": [512, 4, 3, 3] };
const to = (width: number) => ({
  [`${UNET}middle_block.1.transformer_blocks.0.attn2.to_k.weight`]: [1280, width],
});
const inputs = (channels: number) => ({ [`${UNET}input_blocks.0.0.weight`]: [320, channels, 3, 3] });
const SD1 = { ...inputs(4), ...to(768), ...TEXT, ...VAE };

const SDXL_ENCODERS = {
  "conditioner.embedders.0.transformer.text_model.final_layer_norm.weight": [768],
  "conditioner.embedders.1.model.ln_final.weight": [1280],
};
const checkpoints: [family: Family, shapes: Record<string, readonly number[]>][] = [
  ["sd1", SD1],
  ["sd1", { ...SD1, ...inputs(9) }],
  ["sd1", { ...SD1, ...inputs(8) }],
  ["sd1", { ...SD1, [`${UNET}time_embed.cond_proj.weight`]: [320, 256] }],
  ["sd2", { ...inputs(4), ...to(1024), ...VAE, "cond_stage_model.model.ln_final.weight": [1024] }],
  ["sdxl", { ...inputs(4), ...to(2048), ...VAE, ...SDXL_ENCODERS }],
  ["sdxl-refiner", { ...inputs(4), ...VAE, "conditioner.embedders.0.model.ln_final.weight": [1280] }],
];

const others: [what: string, shapes: Record<string, readonly number[]>][] = [
  ["a LoRA, which", { "lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": [4, 768] }],
  [
    "a LoRA, which",
    { "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight": [4, 320] },
  ],
  ["a LoRA, which", { "unet.mid_block.attentions.0.attn1.processor.to_q_lora.up.weight": [320, 4] }],
  ["a LoRA with LyCORIS layers", { "lora_unet_mid_block_attentions_0_proj_in.hada_w1_a": [4, 8] }],
  [
    "a LoRA with LyCORIS layers",
    { "lora_unet_x.lora_down.weight": [4, 8], "lora_unet_x.dora_scale": [1, 8] },
  ],
  ["a ControlNet", { "control_model.zero_convs.0.0.weight": [320, 320, 1, 1] }],
  ["a ControlNet", { "controlnet_cond_embedding.conv_in.weight": [16, 3, 3, 3] }],
  ["a motion module", { "down_blocks.0.motion_modules.0.temporal_transformer.norm.weight": [320] }],
  ["Stable Diffusion 3", { "model.diffusion_model.joint_blocks.0.x_block.attn.proj.weight": [1536, 1536] }],
  ["the transformer of a model", { "transformer_blocks.0.attn.add_k_proj.weight": [1536, 1536] }],
  ["a T5 text encoder", { "encoder.block.0.layer.0.SelfAttention.q.weight": [4096, 4096] }],
  [
    "Stable Video Diffusion",
    { ...inputs(8), [`${UNET}input_blocks.1.0.time_stack.in_layers.0.weight`]: [320] },
  ],
  ["Flux", { "double_blocks.0.img_attn.proj.weight": [3072, 3072] }],
  ["a model with depth maps as input", { ...SD1, ...inputs(5) }],
  ["a VAE alone", VAE],
  ["a VAE alone", { "decoder.conv_in.weight": [512, 4, 3, 3], "encoder.conv_in.weight": [128, 3, 3, 3] }],
  ["a small VAE for previews", { "decoder.layers.0.weight": [64, 4, 3, 3] }],
  ["a small VAE for previews", { "0.weight": [64, 3, 3, 3], "1.conv.0.weight": [64, 64, 3, 3] }],
  ["the UNet of a model in the diffusers", { "conv_in.weight": [320, 4, 3, 3], "down_blocks.0.x": [1] }],
  ["a text encoder alone", { "encoder.layers.0.self_attn.q_proj.weight": [768, 768] }],
  ["a text encoder alone", { "text_model.final_layer_norm.weight": [768] }],
  ["a textual inversion embedding", { emb_params: [8, 768] }],
  ["a UNet alone", { ...inputs(4), ...to(768), ...VAE }],
  ["a checkpoint without VAE", { ...inputs(4), ...to(768), ...TEXT }],
];

function refusal(file: SafetensorsFile): ModelError {
  try {
    recognizeFamily(file);
  } catch (error) {
    if (error instanceof ModelError) return error;
  }
  throw new Error("expected a ModelError");
}

describe("a .safetensors file", () => {
  it.each(checkpoints)("passes as a checkpoint of the family %s", (family, shapes) => {
    expect(recognizeFamily(fileWith(shapes))).toBe(family);
  });

  it.each(others)("is refused as %s", (what, shapes) => {
    const { message, hint } = refusal(fileWith(shapes));
    expect(message).toContain(`\`x.safetensors\` is ${what}`);
    expect(hint).toMatch(/Stable Diffusion 1\.x|full version|name a checkpoint as the model/);
  });

  it("is refused with some of its names when it is nothing known", () => {
    expect(refusal(fileWith({ "a.weight": [1], "b.weight": [1] })).message).toBe(
      "`x.safetensors` is no checkpoint that is known here: 2 tensors such as `a.weight`, `b.weight`",
    );
    expect(refusal(fileWith({})).message).toContain("0 tensors");
    // A transformer under the prefix that ComfyUI gives all models.
    expect(refusal(fileWith({ [`${UNET}layers.0.attention.qkv.weight`]: [1] })).message).toContain(
      "is no checkpoint that is known here",
    );
    expect(refusal(fileWith({ ...SD1, ...inputs(7) })).message).toContain("7 input channels, expected 4");
  });
});

it("tests see the repository's own networks as what they are", () => {
  const path = new URL(
    "../../test/fixtures/tiny-sd15/vae/diffusion_pytorch_model.safetensors",
    import.meta.url,
  );
  const bytes = readFileSync(path);
  const header: Record<string, { shape: number[] }> = JSON.parse(
    bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE())),
  );
  delete header["__metadata__"];
  const shapes = Object.fromEntries(Object.entries(header).map(([name, { shape }]) => [name, shape]));
  expect(refusal(fileWith(shapes)).message).toContain("is a VAE alone");
});
