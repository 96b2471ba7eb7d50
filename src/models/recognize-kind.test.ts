import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { zeros } from "../tensor/tensor.ts";
import { recognizeKind } from "./recognize-kind.ts";
import { writeSafetensors } from "./safetensors-writer.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const PRESETS = fileURLToPath(new URL("../../presets/models/", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-kind-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function kindOf(tensors: Readonly<Record<string, readonly number[]>>) {
  const path = join(folder, "file.safetensors");
  await writeSafetensors(path, new Map(Object.entries(tensors).map(([name, dims]) => [name, zeros(dims)])));
  return await recognizeKind(path);
}

const LDM = "model.diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k.weight";

describe("what a file is for", () => {
  it.each<[string, Record<string, readonly number[]>, object | undefined]>([
    ["a checkpoint of SD 1.x", { [LDM]: [4, 768] }, { kind: "model", family: "SD 1.x" }],
    ["a checkpoint of SD 2.x", { [LDM]: [4, 1024] }, { kind: "model", family: "SD 2.x" }],
    ["a checkpoint of SDXL", { [LDM]: [4, 2048] }, { kind: "model", family: "SDXL" }],
    [
      "a LoRA as kohya names it",
      {
        "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight": [4, 768],
        "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight": [8, 4],
      },
      { kind: "lora", family: "SD 1.x" },
    ],
    [
      "a LoRA as diffusers names it",
      { "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": [4, 2048] },
      { kind: "lora", family: "SDXL" },
    ],
    [
      "a LoRA for text encoders only",
      { "lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": [4, 768] },
      { kind: "lora", family: undefined },
    ],
    [
      "a ControlNet as its authors name it",
      {
        "control_model.zero_convs.0.0.weight": [4, 4, 1, 1],
        "control_model.middle_block.1.transformer_blocks.0.attn2.to_k.weight": [4, 768],
      },
      { kind: "controlnet", family: "SD 1.x" },
    ],
    [
      "a ControlNet as diffusers names it",
      {
        "controlnet_down_blocks.0.weight": [4, 4, 1, 1],
        "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight": [4, 2048],
      },
      { kind: "controlnet", family: "SDXL" },
    ],
    ["a VAE", { "decoder.conv_in.weight": [4, 4, 3, 3] }, { kind: "vae", family: undefined }],
    [
      "a VAE cut out of a checkpoint",
      { "first_stage_model.decoder.conv_in.weight": [4, 4, 3, 3] },
      { kind: "vae", family: undefined },
    ],
    ["a tiny VAE", { "decoder.layers.0.weight": [4, 4, 3, 3] }, { kind: "vae", family: undefined }],
    ["an embedding of A1111", { emb_params: [8, 768] }, { kind: "embedding", family: "SD 1.x" }],
    ["an embedding of SDXL", { clip_l: [2, 768], clip_g: [2, 1280] }, { kind: "embedding", family: "SDXL" }],
    ["an embedding of diffusers", { "<cat-toy>": [768] }, { kind: "embedding", family: "SD 1.x" }],
    ["a text encoder", { "encoder.layers.0.self_attn.q_proj.weight": [4, 4] }, undefined],
    ["nothing that is known", { weight: [3, 5] }, undefined],
    ["nothing at all", {}, undefined],
  ])("%s", async (_, tensors, expected) => {
    expect(await kindOf(tensors)).toEqual(expected);
  });

  it("knows the real ones", async () => {
    const checkpoint = join(FIXTURES, "tiny-sd15-singlefile/tiny-fp16.safetensors");
    expect((await recognizeKind(checkpoint))?.kind).toBe("model");
    expect(await recognizeKind(join(PRESETS, "storybook"))).toEqual({ kind: "model", family: "SD 1.x" });
    expect(await recognizeKind(join(PRESETS, "storybook/vae"))).toEqual({ kind: "vae", family: undefined });
    expect(await recognizeKind(PRESETS)).toBe(undefined);
  });

  it("tells a ControlNet folder by its config, and takes no damaged config for anything", async () => {
    const path = join(folder, "canny");
    await mkdir(path);
    await writeFile(
      join(path, "config.json"),
      '{"_class_name": "ControlNetModel", "cross_attention_dim": 768}',
    );
    expect(await recognizeKind(path)).toEqual({ kind: "controlnet", family: "SD 1.x" });
    await writeFile(join(path, "config.json"), '{"_class_name": ');
    expect(await recognizeKind(path)).toBe(undefined);
  });

  it("refuses a damaged file", async () => {
    const path = join(folder, "broken.safetensors");
    await writeFile(path, "PK\u0003\u0004 and so on");
    expect(await modelErrorOf(recognizeKind(path))).toContain("a Python pickle");
  });
});
