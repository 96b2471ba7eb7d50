/** Weights split over several files give what the same weights give in one. */

import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { shardWeights } from "../../test/support/sharded-weights.ts";
import { openModel } from "./open-model.ts";
import { readFloats, readSafetensors } from "./safetensors.ts";
import { readShards } from "./shards.ts";

const MODEL = fileURLToPath(new URL("../../test/fixtures/tiny-sd15", import.meta.url));
const STEM = "diffusion_pytorch_model";

/** A copy of the tiny model whose UNet lies in three files and an index. */
async function shardedModel(index?: string) {
  const folder = await mkdtemp(join(tmpdir(), "animate-shards-"));
  onTestFinished(async () => await rm(folder, { recursive: true }));
  await cp(MODEL, folder, { recursive: true });
  const unet = join(folder, "unet");
  const { indexFile } = await shardWeights(unet, STEM, index);
  return { folder, unet, indexFile };
}

async function predict(folder: string) {
  const model = await openModel(folder, { device: "cpu", optimization: "extended" });
  const golden = await readSafetensors(join(MODEL, "golden.safetensors"));
  const inputs = await readSafetensors(join(MODEL, "inputs.safetensors"));
  const text = await readFloats(golden, "text.last_hidden_state");
  const found = await model.predict(await readFloats(inputs, "latent"), 501, text);
  await model.release();
  return { found, expected: await readFloats(golden, "unet.out.t501"), info: model.info };
}

describe("weights in several files", () => {
  it("are one model", async () => {
    const { folder } = await shardedModel();
    const { found, expected, info } = await predict(folder);
    expect(largestDifference(found, expected)).toBeLessThan(2e-5);
    const whole = await predict(MODEL);
    expect(info.parameters).toEqual(whole.info.parameters);
    expect(info.hash).not.toBe(whole.info.hash);
  });

  it("are found by the names of the half-precision index, too", async () => {
    for (const index of [`${STEM}.safetensors.index.fp16.json`, `${STEM}.fp16.safetensors.index.json`]) {
      const { folder } = await shardedModel(index);
      const { found, expected } = await predict(folder);
      expect(largestDifference(found, expected)).toBeLessThan(2e-5);
    }
  });

  it("may be links, as in the hub's cache", async () => {
    const { indexFile, unet } = await shardedModel();
    const first = join(unet, `${STEM}-00001-of-00003.safetensors`);
    await cp(first, join(unet, "blob"));
    await rm(first);
    await symlink("blob", first);
    expect((await readShards(indexFile)).tensors.get("conv_in.bias")?.path).toMatch(
      /(blob|0000[23]-of-00003.safetensors)$/,
    );
  });

  it("are refused when the index is no JSON", async () => {
    const { indexFile, folder } = await shardedModel();
    await writeFile(indexFile, "{");
    expect(await modelErrorOf(openModel(folder))).toContain("expected JSON");
  });
});
