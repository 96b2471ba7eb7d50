/** Models that spell or build things otherwise than the first Stable Diffusion 1.5, against goldens computed with diffusers 0.42.1. */

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { decodeSafetensors, encodeSafetensors } from "../../test/support/safetensors-file.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import type { DiffusionModel } from "./model.ts";
import { openModel } from "./open-model.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "./safetensors.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const TOLERANCE = 2e-5;

describe("a model with linear projections, odd sizes, options per block and half-precision weights", () => {
  let model: DiffusionModel;
  let golden: SafetensorsFile;
  let text: Tensor;
  const ids = tensor([2, 32], new BigInt64Array(64).fill(999n));
  ids.data.set([998n, 320n, 512n, 700n, 17n]);
  ids.data[32] = 998n;

  beforeAll(async () => {
    model = await openModel(join(FIXTURES, "tiny-odd"), { device: "cpu" });
    golden = await readSafetensors(join(FIXTURES, "tiny-odd/golden.safetensors"));
    text = await model.encodeText(ids, 0);
  });
  afterAll(async () => await model.release());

  const networks: Record<string, () => Promise<Tensor>> = {
    "text.last_hidden_state": async () => text,
    "text.clip_skip2": async () => await model.encodeText(ids, 1),
    "unet.out.t3": async () => await model.predict(await readFloats(golden, "inputs.latent"), 3, text),
    "unet.out.t812": async () => await model.predict(await readFloats(golden, "inputs.latent"), 812, text),
    "vae.mean": async () => (await model.encodeImage(await readFloats(golden, "inputs.image"))).mean,
    "vae.logvar": async () => (await model.encodeImage(await readFloats(golden, "inputs.image"))).logvar,
    "vae.decode": async () => {
      const latents = await readFloats(golden, "inputs.latent");
      return await model.decodeLatents(tensor([1, 4, 11, 13], latents.data.slice(0, 4 * 11 * 13)));
    },
  };

  it.each(Object.entries(networks))("gives the golden %s", async (name, compute) => {
    expect(largestDifference(await compute(), await readFloats(golden, name))).toBeLessThan(TOLERANCE);
  });

  it("leaves out no golden", () => {
    const outputs = [...golden.tensors.keys()].filter((name) => !name.startsWith("inputs."));
    expect(outputs.toSorted()).toEqual(Object.keys(networks).toSorted());
  });

  it("says what it predicts and from how much noise it starts", () => {
    expect(model.info).toMatchObject({
      prediction: "v_prediction",
      stepsOffset: 0,
      latentScale: 0.75,
      vaeFactor: 8,
      textPositions: 32,
    });
    // Zero terminal SNR, kept finite.
    expect(model.info.alphasCumprod.at(-1)).toBe(2 ** -24);
  });
});

describe("a model whose files were saved by older programs", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "animate-model-"));
    await cp(join(FIXTURES, "tiny-sd15"), folder, { recursive: true });
    const vae = join(folder, "vae/diffusion_pytorch_model.safetensors");
    const { header, data } = decodeSafetensors(await readFile(vae));
    const old = Object.entries(header).map(([name, entry]) => {
      const renamed = name
        .replace("to_q", "query")
        .replace("to_k", "key")
        .replace("to_v", "value")
        .replace("to_out.0", "proj_attn");
      const isMatrix = renamed !== name && name.endsWith("weight");
      return [renamed, isMatrix ? { ...entry, shape: [...entry.shape, 1, 1] } : entry];
    });
    await writeFile(vae, encodeSafetensors(Object.fromEntries(old), data));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  it("reads the VAE's attention under its old names and as 1×1 convolutions", async () => {
    const model = await openModel(folder, { device: "cpu", optimization: "extended" });
    const inputs = await readSafetensors(join(folder, "inputs.safetensors"));
    const golden = await readSafetensors(join(folder, "golden.safetensors"));
    const decoded = await model.decodeLatents(await readFloats(inputs, "latent"));
    await model.release();
    expect(largestDifference(decoded, await readFloats(golden, "vae.decode"))).toBeLessThan(TOLERANCE);
  });

  it("has another hash than the same model in new files", async () => {
    const old = await openModel(folder, { device: "cpu" });
    const current = await openModel(join(FIXTURES, "tiny-sd15"), { device: "cpu" });
    expect(old.info.hash).not.toBe(current.info.hash);
  });
});
