/**
 * The graphs of the released models, without their gigabytes of weights: every weight is asked for in its true shape, and found at its
 * place in single files. The tables were checked against the converters of diffusers 0.42.1.
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  placeOf,
  readWeightTable,
  tabledCheckpoint,
  type TableRow,
  type WeightTable,
} from "../../test/support/weight-tables.ts";
import { elementCount } from "../tensor/tensor.ts";
import { recognizeFamily } from "./checkpoint-kind.ts";
import { findNetworks } from "./ldm-networks.ts";
import { checkNetworks, type Networks } from "./model-files.ts";
import type { Family } from "./model.ts";
import type { WeightReference } from "./onnx-graph.ts";
import { readTextEncoderConfig, type TextEncoderRole } from "./text-encoder.ts";
import { buildUnet } from "./unet.ts";
import { readUnetConfig } from "./unet-config.ts";
import { readVaeConfig } from "./vae-config.ts";
import type { Weights } from "./weights.ts";

/** What the config.json files of a release say; the rest are the defaults of diffusers and transformers. */
interface Release {
  readonly table: WeightTable;
  readonly family: Family;
  readonly unet: object;
  readonly vae: object;
  readonly textEncoders: readonly [part: TableRow["part"], config: object, role: TextEncoderRole][];
  /** Weights by part; the table's counts. */
  readonly counts: Readonly<Record<string, number>>;
  /** Trained values of the UNet. */
  readonly unetParameters: number;
}

const UNET = {
  _class_name: "UNet2DConditionModel",
  _diffusers_version: "0.6.0",
  act_fn: "silu",
  center_input_sample: false,
  downsample_padding: 1,
  flip_sin_to_cos: true,
  freq_shift: 0,
  in_channels: 4,
  layers_per_block: 2,
  mid_block_scale_factor: 1,
  norm_eps: 1e-5,
  norm_num_groups: 32,
  out_channels: 4,
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
  up_block_types: Array(4).fill("UpDecoderBlock2D"),
};
const CLIP = {
  hidden_act: "quick_gelu",
  hidden_size: 768,
  intermediate_size: 3072,
  max_position_embeddings: 77,
  num_attention_heads: 12,
  num_hidden_layers: 12,
  vocab_size: 49_408,
};
const SOLE: TextEncoderRole = { state: "last", pooled: false };

const RELEASES: readonly Release[] = [
  {
    table: "sd15",
    family: "sd1",
    unet: { ...UNET, attention_head_dim: 8, cross_attention_dim: 768 },
    vae: VAE,
    textEncoders: [["text_encoder", CLIP, SOLE]],
    counts: { unet: 686, vae: 248, text_encoder: 196 },
    unetParameters: 859_520_964,
  },
  {
    table: "sd21",
    family: "sd2",
    unet: {
      ...UNET,
      attention_head_dim: [5, 10, 20, 20],
      cross_attention_dim: 1024,
      use_linear_projection: true,
      upcast_attention: true,
    },
    vae: VAE,
    textEncoders: [
      [
        "text_encoder",
        {
          ...CLIP,
          hidden_act: "gelu",
          hidden_size: 1024,
          intermediate_size: 4096,
          num_attention_heads: 16,
          num_hidden_layers: 23,
        },
        SOLE,
      ],
    ],
    counts: { unet: 686, vae: 248, text_encoder: 372 },
    unetParameters: 865_910_724,
  },
  {
    table: "sdxl",
    family: "sdxl",
    unet: {
      ...UNET,
      addition_embed_type: "text_time",
      addition_time_embed_dim: 256,
      attention_head_dim: [5, 10, 20],
      block_out_channels: [320, 640, 1280],
      cross_attention_dim: 2048,
      down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
      projection_class_embeddings_input_dim: 2816,
      transformer_layers_per_block: [1, 2, 10],
      up_block_types: ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
      use_linear_projection: true,
    },
    vae: { ...VAE, force_upcast: true, scaling_factor: 0.130_25 },
    textEncoders: [
      ["text_encoder", CLIP, { state: "penultimate", pooled: false }],
      [
        "text_encoder_2",
        {
          ...CLIP,
          hidden_act: "gelu",
          hidden_size: 1280,
          intermediate_size: 5120,
          num_attention_heads: 20,
          num_hidden_layers: 32,
          projection_dim: 1280,
        },
        { state: "penultimate", pooled: true },
      ],
    ],
    counts: { unet: 1680, vae: 248, text_encoder: 196, text_encoder_2: 517 },
    unetParameters: 2_567_463_684,
  },
];

/** SDXL takes the first encoder's state before its last layer, so that layer and the norm behind it are not asked for. */
const UNUSED_IN_SDXL = /^text_model\.(encoder\.layers\.11|final_layer_norm)\./;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-weight-tables-"));
});
afterAll(async () => await rm(folder, { recursive: true }));

async function configFile(config: object): Promise<string> {
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify(config));
  return file;
}

/** Writes down what is asked for. */
function recorded(weights: Weights, asked: Map<string, WeightReference>): Weights {
  return {
    ...weights,
    take(name, dims) {
      const reference = weights.take(name, dims);
      asked.set(name, reference);
      return reference;
    },
  };
}

/** The networks of a single file, as they are found in it, and what their graphs ask for: part → name in diffusers → place in the file. */
function buildFromSingleFile({ table, family }: Release) {
  const rows = readWeightTable(table);
  const stored = tabledCheckpoint(rows);
  expect(recognizeFamily(stored)).toBe(family);
  const networks = findNetworks(stored.path, stored, family);
  const asked = new Map<string, Map<string, WeightReference>>();
  const record = <Files extends { readonly weights: Weights }>(part: string, files: Files): Files => {
    const references = new Map<string, WeightReference>();
    asked.set(part, references);
    return { ...files, weights: recorded(files.weights, references) };
  };
  const [first, ...others] = networks.textEncoders;
  checkNetworks({
    unet: record("unet", networks.unet),
    vae: record("vae", networks.vae),
    textEncoders: [record("text_encoder", first), ...others.map((files) => record("text_encoder_2", files))],
  } satisfies Networks);
  return { rows, stored, networks, asked };
}

describe.each(RELEASES)("a single file with the weights of $table", (release) => {
  const { counts, family, unetParameters, textEncoders } = release;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);

  it(`has all its ${total} weights found, each in its shape and at its place`, () => {
    const { rows, stored, asked } = buildFromSingleFile(release);
    for (const [part, count] of Object.entries(counts)) {
      const ofPart = rows.filter((row) => row.part === part);
      expect(ofPart).toHaveLength(count);
      const expected = ofPart
        .filter(({ name }) => family !== "sdxl" || part !== "text_encoder" || !UNUSED_IN_SDXL.test(name))
        .map((row) => [
          row.name,
          {
            name: row.name,
            type: "F16",
            path: stored.path,
            ...placeOf(row, stored),
            ...(row.lies === "transposed"
              ? { dims: row.dims.toReversed(), transposed: true }
              : { dims: row.dims }),
          },
        ]);
      expect(Object.fromEntries(asked.get(part)!)).toEqual(Object.fromEntries(expected));
    }
    expect(rows).toHaveLength(total);
  });

  it("is the same network as its config.json files describe", async () => {
    const { networks } = buildFromSingleFile(release);
    const encoders = [];
    for (const [, config, role] of textEncoders) {
      encoders.push(await readTextEncoderConfig(await configFile(config), role));
    }
    expect(networks.textEncoders.map(({ config }) => config)).toEqual(encoders);
    const pooledWidth = encoders.at(-1)!.pooledWidth;
    expect(networks.unet.config).toEqual(await readUnetConfig(await configFile(release.unet), pooledWidth));
    expect(networks.vae.config).toEqual(await readVaeConfig(await configFile(release.vae)));
    expect(networks.unet.weights.parameters).toBe(unetParameters);
  });

  it("makes a UNet graph of under 2 MB in which no weight is copied", () => {
    const { config, weights } = buildFromSingleFile(release).networks.unet;
    const graph = buildUnet(config, weights, { batch: 2, height: 64, width: 64, tokens: 77 });
    expect(graph.length).toBeLessThan(2_000_000);
  });
});

describe("a checkpoint of Stable Diffusion 2.x", () => {
  it("stores a 24th layer of the text encoder, which is not asked for", () => {
    const rows = readWeightTable("sd21");
    const added = rows
      .filter(({ ldmName }) => ldmName.includes(".resblocks.22."))
      .map((row) => ({ ...row, ldmName: row.ldmName.replace(".resblocks.22.", ".resblocks.23.") }));
    const stored = tabledCheckpoint([...rows, ...added]);
    const [{ config, weights }] = findNetworks(stored.path, stored, "sd2").textEncoders;
    expect(config.layers).toBe(23);
    expect(weights.parameters).toBeGreaterThan(340_000_000);
  });
});

describe("a distilled model of Stable Diffusion 1.5", () => {
  it("may have no middle block, and none is asked for", async () => {
    const rows = readWeightTable("sd15").filter(({ part }) => part === "unet");
    const asked = new Set<string>();
    const weights: Weights = {
      file: "/unet.safetensors",
      files: ["/unet.safetensors"],
      path: "/unet.safetensors",
      parameters: 0,
      bytes: 0,
      types: [],
      take(name, dims) {
        asked.add(name);
        return { name, type: "F16", dims, path: this.path, offset: 0, byteLength: 2 * elementCount(dims) };
      },
    };
    const config = await readUnetConfig(await configFile({ ...RELEASES[0]!.unet, mid_block_type: null }));
    buildUnet(config, weights, { batch: 1, height: 64, width: 64, tokens: 77 });
    const expected = rows.map(({ name }) => name).filter((name) => !name.startsWith("mid_block"));
    expect([...asked].toSorted()).toEqual(expected.toSorted());
  });
});
