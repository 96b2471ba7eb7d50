/** SDXL base in the diffusers layout and SDXL, its refiner and SD 2.x as single files, against goldens computed with diffusers 0.42.1. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { END, PROMPT, tokenIds } from "../../test/support/golden-inputs.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import type { DiffusionModel, TextEmbedding } from "./model.ts";
import { openModel } from "./open-model.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "./safetensors.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
/** Absolute, at values of order 1: two correct fp32 implementations of one network stay within it. */
const TOLERANCE = 2e-5;

/** Rows of two encoders in one. */
function sideBySide(first: Tensor, second: Tensor): Tensor {
  const [batch, positions, width] = first.dims;
  const rows = Array.from({ length: batch! * positions! }, (_, row) => [
    ...first.data.subarray(row * width!, (row + 1) * width!),
    ...second.data.subarray(row * second.dims[2]!, (row + 1) * second.dims[2]!),
  ]).flat();
  return tensor([batch!, positions!, width! + second.dims[2]!], Float32Array.from(rows));
}

/** The embedding twice: in one row as it is and in the other with its positions reversed and its pooled vector negated. */
function withMirror(embedding: TextEmbedding, mirrorFirst: boolean): TextEmbedding {
  const { dims, data, pooled } = embedding;
  const [, positions, width] = dims;
  const mirrored = Float32Array.from(data, (_, i) => {
    const row = positions! - 1 - Math.floor(i / width!);
    return data[row * width! + (i % width!)]!;
  });
  const negated = pooled?.data.map((value) => -value);
  const order = <Item>(one: Item, other: Item): Item[] => (mirrorFirst ? [other, one] : [one, other]);
  return {
    ...tensor([2, positions!, width!], Float32Array.from(order(data, mirrored).flatMap((part) => [...part]))),
    ...(pooled &&
      negated && {
        pooled: tensor(
          [2, pooled.dims[1]!],
          Float32Array.from(order(pooled.data, negated).flatMap((part) => [...part])),
        ),
      }),
  };
}

interface Case {
  readonly fixture: string;
  readonly file: string;
  readonly family: string;
  readonly networks: (
    model: DiffusionModel,
    golden: SafetensorsFile,
  ) => Record<string, () => Promise<Tensor>>;
}

const vaeNetworks = (model: DiffusionModel, golden: SafetensorsFile) => ({
  "vae.mean": async () => (await model.encodeImage(await readFloats(golden, "inputs.image"))).mean,
  "vae.decode": async () => {
    const { data } = await readFloats(golden, "inputs.latents");
    return await model.decodeLatents(tensor([1, 4, 8, 12], data.slice(0, data.length / 2)));
  },
});

const singleFiles: Case[] = [
  {
    fixture: "tiny-sdxl-singlefile",
    file: "tiny-fp16.safetensors",
    family: "sdxl",
    networks: (model, golden) => {
      const first = async () => await model.encodeText(tokenIds(PROMPT, END), 0, 0);
      const second = async () => await model.encodeText(tokenIds(PROMPT, 0), 0, 1);
      return {
        "text1.penultimate": first,
        "text2.penultimate": second,
        "text2.text_embeds": async () => (await second()).pooled!,
        "unet.out.t501": async () => {
          const { pooled, ...states } = await second();
          const text = { ...sideBySide(await first(), states), pooled: pooled! };
          const latents = await readFloats(golden, "inputs.latents");
          return await model.predict(latents, 501, withMirror(text, false));
        },
        ...vaeNetworks(model, golden),
      };
    },
  },
  {
    fixture: "tiny-sdxl-refiner-singlefile",
    file: "tiny-fp16.safetensors",
    family: "sdxl-refiner",
    networks: (model, golden) => {
      const text = async () => await model.encodeText(tokenIds(PROMPT, 0), 0);
      return {
        "text.penultimate": text,
        "text.text_embeds": async () => (await text()).pooled!,
        "unet.out.t501": async () => {
          const both = { ...withMirror(await text(), true), aestheticScores: [2.5, 6] };
          return await model.predict(await readFloats(golden, "inputs.latents"), 501, both);
        },
        ...vaeNetworks(model, golden),
      };
    },
  },
  {
    fixture: "tiny-sd2-singlefile",
    file: "tiny-fp16.safetensors",
    family: "sd2",
    networks: (model, golden) => {
      const text = async () => await model.encodeText(tokenIds(PROMPT, 0), 0);
      return {
        "text.last_hidden_state": text,
        "unet.out.t501": async () =>
          await model.predict(
            await readFloats(golden, "inputs.latents"),
            501,
            withMirror(await text(), false),
          ),
        ...vaeNetworks(model, golden),
      };
    },
  },
];

describe.each(singleFiles)("the checkpoint in $fixture", ({ fixture, file, family, networks }) => {
  let model: DiffusionModel;
  let golden: SafetensorsFile;
  beforeAll(async () => {
    golden = await readSafetensors(join(FIXTURES, fixture, "golden.safetensors"));
    model = await openModel(join(FIXTURES, fixture, file), { device: "cpu" });
  });
  afterAll(async () => await model.release());

  it("is recognized", () => {
    expect(model.info.family).toBe(family);
    expect(model.info.latentScale).toBe(family === "sd2" ? 0.18215 : 0.13025);
  });

  it("gives every golden of every network", async () => {
    const computed = networks(model, golden);
    const names = [...golden.tensors.keys()].filter((name) => !name.startsWith("inputs."));
    expect(Object.keys(computed).toSorted()).toEqual(names.toSorted());
    for (const [name, compute] of Object.entries(computed)) {
      const { dims, data } = await compute();
      expect(largestDifference({ dims, data }, await readFloats(golden, name)), name).toBeLessThan(TOLERANCE);
    }
  });
});
