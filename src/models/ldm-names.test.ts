/** The rules against every name of Stable Diffusion 1.5, checked against the converters of diffusers 0.42.1. */

import { describe, expect, it } from "vitest";
import { readSd15Weights, type TableRow } from "../../test/support/sd15-weights.ts";
import { inferUnetConfig, inferVaeConfig } from "./ldm-configs.ts";
import { LDM_TEXT_ENCODER, ldmTextNames, ldmUnetNames, ldmVaeNames } from "./ldm-names.ts";
import { inferClipConfig } from "./ldm-text-configs.ts";
import type { SafetensorsFile, StoredTensor } from "./safetensors.ts";
import { buildTextEncoder } from "./text-encoder.ts";
import { buildUnet } from "./unet.ts";
import { buildVaeDecoder, buildVaeEncoder } from "./vae.ts";
import { weightsIn, type Renaming, type Weights } from "./weights.ts";

const rows = readSd15Weights();

/** The checkpoint of the table, as its header would describe it; the VAE's attention as 1×1 convolutions, as in the first release. */
const checkpoint: SafetensorsFile = {
  path: "/sd15.safetensors",
  metadata: new Map(),
  tensors: new Map(
    rows.map(({ ldmName, dims }): [string, StoredTensor] => [
      ldmName,
      {
        name: ldmName,
        type: "F16",
        dims: /mid\.attn_1\.(q|k|v|proj_out)\.weight$/.test(ldmName) ? [...dims, 1, 1] : dims,
        offset: 0,
        byteLength: 0,
      },
    ]),
  ),
};

/** Looks up weights as a single file does, and writes down which stored ones were asked for. */
function recorded(rename: Renaming): { weights: Weights; asked: Set<string> } {
  const asked = new Set<string>();
  const weights = weightsIn("/sd15.safetensors", checkpoint, {
    spellings: [
      (name) => {
        asked.add(rename(name));
        return rename(name);
      },
    ],
    includes: () => true,
    hint: "",
  });
  return { weights, asked };
}

function namesOf(part: TableRow["part"]): string[] {
  return rows.filter((row) => row.part === part).map(({ ldmName }) => ldmName);
}

describe("names in single-file checkpoints", () => {
  const renamings: Record<TableRow["part"], Renaming> = {
    unet: ldmUnetNames(inferUnetConfig(checkpoint)),
    vae: ldmVaeNames(inferVaeConfig(checkpoint)),
    text_encoder: ldmTextNames(LDM_TEXT_ENCODER),
  };

  it("follow from all 1,130 names of diffusers", () => {
    const counts = { unet: 0, vae: 0, text_encoder: 0 };
    for (const { part, name, ldmName } of rows) {
      expect(renamings[part](name)).toBe(ldmName);
      counts[part]++;
    }
    expect(counts).toEqual({ unet: 686, vae: 248, text_encoder: 196 });
  });
});

describe("the graphs built from the shapes alone", () => {
  it("ask for every weight of the UNet", () => {
    const config = inferUnetConfig(checkpoint);
    const { weights, asked } = recorded(ldmUnetNames(config));
    buildUnet(config, weights, { batch: 2, height: 64, width: 64, tokens: 77 });
    expect([...asked].toSorted()).toEqual(namesOf("unet").toSorted());
  });

  it("ask for every weight of the VAE", () => {
    const config = inferVaeConfig(checkpoint);
    const { weights, asked } = recorded(ldmVaeNames(config));
    buildVaeEncoder(config, weights, { batch: 1, height: 64, width: 64 });
    buildVaeDecoder(config, weights, { batch: 1, height: 64, width: 64 });
    expect([...asked].toSorted()).toEqual(namesOf("vae").toSorted());
  });

  it("ask for every weight of the text encoder", () => {
    const { weights, asked } = recorded(ldmTextNames(LDM_TEXT_ENCODER));
    buildTextEncoder(
      inferClipConfig(checkpoint, LDM_TEXT_ENCODER, { state: "last", pooled: false }),
      weights,
      1,
      0,
    );
    expect([...asked].toSorted()).toEqual(namesOf("text_encoder").toSorted());
  });
});

describe("the configs read off the shapes of Stable Diffusion 1.5", () => {
  it("are those that its config.json files give", () => {
    const deep = { layers: 2, downAttention: true, upAttention: true, heads: 8, depth: 1 };
    expect(inferUnetConfig(checkpoint)).toEqual({
      channels: 4,
      textWidth: 768,
      blocks: [
        { ...deep, channels: 320 },
        { ...deep, channels: 640 },
        { ...deep, channels: 1280 },
        { ...deep, channels: 1280, downAttention: false, upAttention: false },
      ],
      midBlock: true,
      timeWidth: 1280,
      cosineFirst: true,
      frequencyShift: 0,
      groups: 32,
      epsilon: 1e-5,
      linearProjection: false,
      inputChannels: 4,
      added: null,
      guidanceWidth: null,
    });
    expect(inferVaeConfig(checkpoint)).toEqual({
      blocks: [128, 256, 512, 512],
      layers: 2,
      groups: 32,
      latentChannels: 4,
      latentScale: 0.18215,
      midAttention: true,
      quantConvolution: true,
      postQuantConvolution: true,
    });
    expect(inferClipConfig(checkpoint, LDM_TEXT_ENCODER, { state: "last", pooled: false })).toEqual({
      activation: "quick_gelu",
      width: 768,
      innerWidth: 3072,
      layers: 12,
      heads: 12,
      positions: 77,
      vocabulary: 49_408,
      epsilon: 1e-5,
      state: "last",
      pooledWidth: null,
      endToken: 49_407,
    });
  });
});
