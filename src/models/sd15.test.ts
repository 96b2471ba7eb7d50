/** The graphs of the real Stable Diffusion 1.5, without its 4 GB of weights: every weight is asked for once, in its true shape. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elementCount } from "../tensor/tensor.ts";
import { buildTextEncoder, readTextEncoderConfig } from "./text-encoder.ts";
import { buildUnet } from "./unet.ts";
import { readUnetConfig } from "./unet-config.ts";
import { buildVaeDecoder, buildVaeEncoder } from "./vae.ts";
import { readVaeConfig } from "./vae-config.ts";
import type { Weights } from "./weights.ts";

/** The options as the first release has them; the rest are diffusers' defaults. */
const UNET = {
  _class_name: "UNet2DConditionModel",
  _diffusers_version: "0.6.0",
  act_fn: "silu",
  attention_head_dim: 8,
  block_out_channels: [320, 640, 1280, 1280],
  center_input_sample: false,
  cross_attention_dim: 768,
  down_block_types: ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
  downsample_padding: 1,
  flip_sin_to_cos: true,
  freq_shift: 0,
  in_channels: 4,
  layers_per_block: 2,
  mid_block_scale_factor: 1,
  norm_eps: 1e-5,
  norm_num_groups: 32,
  out_channels: 4,
  sample_size: 64,
  up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
};
const VAE = {
  _class_name: "AutoencoderKL",
  act_fn: "silu",
  block_out_channels: [128, 256, 512, 512],
  down_block_types: Array(4).fill("DownEncoderBlock2D"),
  in_channels: 3,
  latent_channels: 4,
  layers_per_block: 2,
  norm_num_groups: 32,
  out_channels: 3,
  sample_size: 512,
  up_block_types: Array(4).fill("UpDecoderBlock2D"),
};
const TEXT_ENCODER = {
  architectures: ["CLIPTextModel"],
  hidden_act: "quick_gelu",
  hidden_size: 768,
  intermediate_size: 3072,
  max_position_embeddings: 77,
  num_attention_heads: 12,
  num_hidden_layers: 12,
  vocab_size: 49_408,
};

let folder: string;
const truth = new Map<string, string[]>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-sd15-"));
  const table = await readFile(new URL("../../test/fixtures/sd15/weights.tsv", import.meta.url), "utf8");
  for (const line of table.trim().split("\n").slice(1)) {
    const [part = "", name, shape] = line.split("\t");
    truth.set(part, [...(truth.get(part) ?? []), `${name} ${shape}`]);
  }
});
afterAll(async () => await rm(folder, { recursive: true }));

/** Weights that write down what is asked for. */
function recordedWeights() {
  const asked = new Set<string>();
  let values = 0;
  const weights: Weights = {
    file: "/sd15.safetensors",
    files: ["/sd15.safetensors"],
    path: "/sd15.safetensors",
    parameters: 0,
    bytes: 0,
    types: [],
    take(name, dims) {
      asked.add(`${name} ${dims.join("x")}`);
      values += elementCount(dims);
      return {
        name,
        type: "F16",
        dims,
        path: "/sd15.safetensors",
        offset: 0,
        byteLength: 2 * elementCount(dims),
      };
    },
  };
  return { weights, asked, count: () => values };
}

async function configFile(config: object): Promise<string> {
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify(config));
  return file;
}

describe("the graphs of Stable Diffusion 1.5", () => {
  it("ask for the UNet's 686 weights, 859.5 million values, and take under 500 KB", async () => {
    const { weights, asked, count } = recordedWeights();
    const config = await readUnetConfig(await configFile(UNET));
    const graph = buildUnet(config, weights, { batch: 2, height: 64, width: 64, tokens: 77 });
    expect([...asked].toSorted()).toEqual(truth.get("unet")?.toSorted());
    expect(asked.size).toBe(686);
    expect(count()).toBe(859_520_964);
    expect(graph.length).toBeLessThan(500_000);
  });

  it("leave out the middle block for distilled models that have none", async () => {
    const { weights, asked } = recordedWeights();
    const config = await readUnetConfig(await configFile({ ...UNET, mid_block_type: null }));
    buildUnet(config, weights, { batch: 1, height: 64, width: 64, tokens: 77 });
    expect([...asked].filter((name) => name.startsWith("mid_block"))).toEqual([]);
    expect(asked.size).toBe(truth.get("unet")?.filter((name) => !name.startsWith("mid_block")).length);
  });

  it("ask for the VAE's 248 weights", async () => {
    const { weights, asked } = recordedWeights();
    const config = await readVaeConfig(await configFile(VAE));
    buildVaeEncoder(config, weights, { batch: 1, height: 512, width: 768 });
    buildVaeDecoder(config, weights, { batch: 1, height: 512, width: 768 });
    expect([...asked].toSorted()).toEqual(truth.get("vae")?.toSorted());
    expect(asked.size).toBe(248);
    expect(config.latentScale).toBe(0.18215);
  });

  it("ask for the text encoder's 196 weights, 123 million values", async () => {
    const { weights, asked, count } = recordedWeights();
    buildTextEncoder(await readTextEncoderConfig(await configFile(TEXT_ENCODER)), weights, 1, 0);
    expect([...asked].toSorted()).toEqual(truth.get("text_encoder")?.toSorted());
    expect(asked.size).toBe(196);
    expect(count()).toBe(123_060_480);
  });
});
