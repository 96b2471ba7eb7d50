/** TAESD in its author's two files gives what the same weights give in diffusers' one. */

import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { repackSafetensors } from "../../test/support/safetensors-file.ts";
import { openModel } from "./open-model.ts";
import { readVae } from "./read-vae.ts";
import { readFloats, readSafetensors } from "./safetensors.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const WHOLE = join(FIXTURES, "tiny-taesd/diffusion_pytorch_model.safetensors");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-taesd-"));
  await writeHalf("encoder", "taesd_encoder", 0);
  await writeHalf("decoder", "taesd_decoder", 1);
});
afterEach(async () => await rm(folder, { recursive: true }));

/** @param first number of the first layer with weights */
async function writeHalf(way: "encoder" | "decoder", name: string, first: number): Promise<void> {
  const half = repackSafetensors(await readFile(WHOLE), (weight) => {
    const [, layer, rest] = new RegExp(`^${way}\\.layers\\.(\\d+)\\.(.+)$`).exec(weight) ?? [];
    return layer === undefined ? undefined : `${Number(layer) + first}.${rest}`;
  });
  await writeFile(join(folder, `${name}.safetensors`), half);
}

describe("TAESD in two files", () => {
  it.each(["taesd_encoder.safetensors", "taesd_decoder.safetensors", "."])(
    "is found by `%s`",
    async (name) => {
      const model = await openModel(join(FIXTURES, "tiny-sd15"), {
        device: "cpu",
        vae: join(folder, name),
      });
      const inputs = await readSafetensors(join(FIXTURES, "tiny-sd15/inputs.safetensors"));
      const golden = await readSafetensors(join(FIXTURES, "tiny-lcm/golden.safetensors"));
      const decoded = await model.decodeLatents(await readFloats(inputs, "latent"));
      expect(largestDifference(decoded, await readFloats(golden, "taesd.decode"))).toBeLessThan(2e-5);
      const { mean } = await model.encodeImage(await readFloats(inputs, "image"));
      expect(largestDifference(mean, await readFloats(golden, "taesd.encode"))).toBeLessThan(2e-5);
      await model.release();
    },
  );

  it("is another one for SDXL", async () => {
    expect(await modelErrorOf(readVae(folder, "sdxl"))).toContain("config.json: the file is missing");
    await writeHalf("encoder", "taesdxl_encoder", 0);
    await writeHalf("decoder", "taesdxl_decoder", 1);
    const { usedFiles } = await readVae(folder, "sdxl");
    expect(usedFiles).toEqual(
      ["taesdxl_encoder", "taesdxl_decoder"].map((name) => join(folder, `${name}.safetensors`)),
    );
  });

  it("is refused when the other half is missing, is no half, or cannot be found by the name", async () => {
    const encoder = join(folder, "taesd_encoder.safetensors");
    const decoder = join(folder, "taesd_decoder.safetensors");
    await writeFile(decoder, await readFile(encoder));
    expect(await modelErrorOf(readVae(encoder, "sd1"))).toContain("expected the decoder of TAESD");
    await rm(decoder);
    expect(await modelErrorOf(readVae(encoder, "sd1"))).toContain(
      "taesd_decoder.safetensors: the decoder of this TAESD is not beside it: the file cannot be opened",
    );
    await rename(encoder, join(folder, "small.safetensors"));
    expect(await modelErrorOf(readVae(join(folder, "small.safetensors"), "sd1"))).toContain(
      "its name does not say where the other is (Name the two files",
    );
  });
});
