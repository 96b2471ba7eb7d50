import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { zeros, type Tensor } from "../tensor/tensor.ts";
import type { DiffusionModel } from "./model.ts";
import { openModel } from "./open-model.ts";
import type { RunningVae } from "./open-vae.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "./safetensors.ts";
import { tiledVae, usesTiles } from "./tiled-vae.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const STORYBOOK = fileURLToPath(new URL("../../presets/models/storybook", import.meta.url));
/** The tiny VAE halves the size. */
const FACTOR = 2;

/** Computed with diffusers 0.42.1: the tiny VAE with tile_latent_min_size 8, tile_sample_min_size 16, tile_overlap_factor 0.25. */
let golden: SafetensorsFile;
let model: DiffusionModel;
beforeAll(async () => {
  golden = await readSafetensors(join(FIXTURES, "tiled-vae/golden.safetensors"));
  model = await openModel(join(FIXTURES, "tiny-sd15"), { device: "cpu", threads: 1 });
});
afterAll(() => model.release());

const tiled = (tilePixels: number, factor = FACTOR, vae: RunningVae = model) =>
  tiledVae(vae, { tiling: "on", factor, tilePixels });

describe("a VAE in tiles", () => {
  it("decodes what diffusers decodes", async () => {
    const decoded = await tiled(16).decodeLatents(await readFloats(golden, "latents"));
    expect(largestDifference(decoded, await readFloats(golden, "decoded"))).toBeLessThan(2e-5);
  });

  it("encodes what diffusers encodes", async () => {
    const { mean, logvar } = await tiled(16).encodeImage(await readFloats(golden, "image"));
    expect(largestDifference(mean, await readFloats(golden, "mean"))).toBeLessThan(2e-5);
    expect(largestDifference(logvar, await readFloats(golden, "logvar"))).toBeLessThan(2e-5);
  });

  it("leaves pictures whole that fit into a tile", async () => {
    const latents = await readFloats(golden, "latents");
    const whole = await model.decodeLatents(latents);
    expect(await tiled(64).decodeLatents(latents)).toEqual(whole);
    expect(tiledVae(model, { tiling: "off", factor: FACTOR })).toBe(model);
  });

  it("gives nearly the same picture as the whole VAE of the embedded model", async () => {
    const storybook = await openModel(STORYBOOK, { device: "cpu", threads: 1 });
    try {
      const latents = await storybook.encodeImage(gradient(3, 256, 320)).then(({ mean }) => mean);
      const whole = await storybook.decodeLatents(latents);
      const parts = await tiled(128, 8, storybook).decodeLatents(latents);
      expect(parts.dims).toEqual(whole.dims);
      const differences = parts.data.map((value, i) => Math.abs(value - whole.data[i]!));
      const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
      // Of a range of 2. Tones are set per tile by the normalization, so small shifts remain; there is no edge.
      expect(mean).toBeLessThan(0.03);
    } finally {
      await storybook.release();
    }
  });
});

describe("the joints of tiles", () => {
  /** A VAE that only enlarges: each cell becomes a block of pixels. */
  const enlarging: RunningVae = {
    encodeImage: () => Promise.reject(new Error("not used")),
    decodeLatents: (latents) => Promise.resolve(enlarge(latents, 4)),
    release: () => Promise.resolve(),
  };

  it.each([
    [17, 9],
    [32, 32],
    [33, 8],
    [24, 61],
  ])("cannot be seen where tiles agree: %i×%i cells", async (height, width) => {
    const latents = gradient(4, height, width);
    const decoded = await tiledVae(enlarging, { tiling: "on", factor: 4, tilePixels: 32 }).decodeLatents(
      latents,
    );
    expect(decoded.dims).toEqual([1, 4, height * 4, width * 4]);
    expect(largestDifference(decoded, enlarge(latents, 4))).toBeLessThan(1e-6);
  });
});

describe("when tiles are used", () => {
  it.each([
    ["off", 4096, 4096, false],
    ["auto", 1024, 1024, false],
    ["auto", 1280, 1024, true],
    ["auto", 512, 512, false],
    ["on", 512, 512, false],
    ["on", 520, 256, true],
  ] as const)("%s, %i×%i: %s", (tiling, width, height, expected) => {
    expect(usesTiles(tiling, width, height)).toBe(expected);
  });
});

/** Smooth in both directions and over the channels, −1 … 1. */
function gradient(channels: number, height: number, width: number): Tensor {
  const picture = zeros([1, channels, height, width]);
  for (let i = 0; i < picture.data.length; i++) {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    picture.data[i] = Math.sin(x / 23 + y / 31 + Math.floor(i / (width * height)));
  }
  return picture;
}

function enlarge({ dims, data }: Tensor, factor: number): Tensor {
  const [batch = 0, channels = 0, height = 0, width = 0] = dims;
  const result = zeros([batch, channels, height * factor, width * factor]);
  for (let i = 0; i < result.data.length; i++) {
    const x = Math.floor((i % (width * factor)) / factor);
    const line = Math.floor(i / (width * factor));
    const plane = Math.floor(line / (height * factor));
    const y = Math.floor((line % (height * factor)) / factor);
    result.data[i] = data[(plane * height + y) * width + x]!;
  }
  return result;
}
