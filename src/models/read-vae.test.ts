/** A VAE in place of the model's own, in each layout, gives what that VAE gives at home. */

import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { repackSafetensors } from "../../test/support/safetensors-file.ts";
import { openModel } from "./open-model.ts";
import { readModel } from "./read-model.ts";
import { readVae } from "./read-vae.ts";
import { readFloats, readSafetensors } from "./safetensors.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const MODEL = join(FIXTURES, "tiny-sd15");
const CHECKPOINT = join(FIXTURES, "tiny-sd15-singlefile/tiny-fp16.safetensors");
const TAESD = join(FIXTURES, "tiny-taesd/diffusion_pytorch_model.safetensors");

/** The checkpoint with the tensors that `keep` renames; undefined drops one. */
async function extract(keep: (name: string) => string | undefined): Promise<string> {
  const folder = await temporaryFolder();
  await cp(join(FIXTURES, "tiny-sd15-singlefile/tokenizer"), join(folder, "tokenizer"), { recursive: true });
  const file = join(folder, "part.safetensors");
  await writeFile(file, repackSafetensors(await readFile(CHECKPOINT), keep));
  return file;
}

const vaeAlone = () =>
  extract((name) =>
    name.startsWith("first_stage_model.") ? name.slice("first_stage_model.".length) : undefined,
  );

async function decodeWith(vae: string | undefined, model = MODEL) {
  const opened = await openModel(model, { device: "cpu", optimization: "extended", vae });
  const inputs = await readSafetensors(join(MODEL, "inputs.safetensors"));
  const decoded = await opened.decodeLatents(await readFloats(inputs, "latent"));
  await opened.release();
  return { decoded, info: opened.info };
}

describe("a VAE in place of the model's own", () => {
  it.each<[title: string, path: () => string | Promise<string>]>([
    ["the VAE in a checkpoint", () => CHECKPOINT],
    ["a file in the layout of checkpoints", vaeAlone],
  ])("may be %s", async (_, path) => {
    const { decoded, info } = await decodeWith(await path());
    const golden = await readSafetensors(join(FIXTURES, "tiny-sd15-singlefile/golden.safetensors"));
    const own = await decodeWith(undefined, CHECKPOINT);
    expect(largestDifference(decoded, own.decoded)).toBe(0);
    expect(golden.tensors.size).toBeGreaterThan(0);
    expect(info.vaeHash).toMatch(/^[0-9a-f]{64}$/);
    expect(own.info.vaeHash).toBeUndefined();
    expect(info.latentScale).toBe(0.18215);
  });

  it.each<[title: string, path: string]>([
    ["a model's folder", MODEL],
    ["the folder of a VAE", join(MODEL, "vae")],
    ["the file in it, whose config lies beside it", join(MODEL, "vae/diffusion_pytorch_model.safetensors")],
  ])("may be %s", async (_, path) => {
    const { decoded } = await decodeWith(path, CHECKPOINT);
    const golden = await readSafetensors(join(MODEL, "golden.safetensors"));
    expect(largestDifference(decoded, await readFloats(golden, "vae.decode"))).toBeLessThan(2e-5);
  });

  it("may be TAESD as a file without config", async () => {
    const { config } = await readVae(TAESD, "sd1");
    expect(config).toEqual((await readVae(join(FIXTURES, "tiny-taesd"), "sd1")).config);
    const { decoded } = await decodeWith(TAESD);
    const golden = await readSafetensors(join(FIXTURES, "tiny-lcm/golden.safetensors"));
    expect(largestDifference(decoded, await readFloats(golden, "taesd.decode"))).toBeLessThan(2e-5);
  });

  it("lets a checkpoint without VAE be used", async () => {
    const pruned = await extract((name) => (name.startsWith("first_stage_model.") ? undefined : name));
    expect(await modelErrorOf(readModel(pruned))).toContain("Give one by `vae`");
    const { decoded } = await decodeWith(MODEL, pruned);
    const golden = await readSafetensors(join(MODEL, "golden.safetensors"));
    expect(largestDifference(decoded, await readFloats(golden, "vae.decode"))).toBeLessThan(2e-5);
  });

  it("leaves the hash of the model as it is", async () => {
    const own = await readModel(MODEL);
    expect((await readModel(MODEL, { vae: TAESD })).hash).not.toBe("");
    expect((await readModel(CHECKPOINT, { vae: TAESD })).hash).toBe((await readModel(CHECKPOINT)).hash);
    expect(own.vaeHash).toBeUndefined();
  });

  it("is refused when it is none", async () => {
    const unet = join(MODEL, "unet/diffusion_pytorch_model.safetensors");
    expect(await modelErrorOf(readVae(unet, "sd1"))).toContain("is no VAE that is known here");
    const alone = join(await temporaryFolder(), "vae.safetensors");
    await cp(join(MODEL, "vae/diffusion_pytorch_model.safetensors"), alone);
    expect(await modelErrorOf(readVae(alone, "sd1"))).toContain("its `config.json` is not beside it");
    const half = await extract((name) => (name.startsWith("first_stage_model.encoder") ? name : undefined));
    expect(await modelErrorOf(readVae(half, "sd1"))).toContain(
      "first_stage_model.decoder.conv_in.weight` is missing",
    );
  });
});

it("a user may say what a model predicts", async () => {
  expect((await readModel(MODEL)).schedule.prediction).toBe("epsilon");
  expect((await readModel(MODEL, { prediction: "v_prediction" })).schedule.prediction).toBe("v_prediction");
});
