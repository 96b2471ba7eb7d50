/** ONNX exports in half precision and of latent consistency models, against goldens computed with diffusers 0.42.1. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { relativeError } from "../../test/support/golden.ts";
import { PROMPT, tokenIds } from "../../test/support/golden-inputs.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { writeHalfExport } from "../../test/support/onnx-variants.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { runEveryNetwork } from "./check-model.ts";
import { openModel } from "./open-model.ts";
import { readExport } from "./read-export.ts";
import { readFloats, readSafetensors } from "./safetensors.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const golden = await readSafetensors(join(FIXTURES, "tiny-sd15/golden.safetensors"));
const inputs = await readSafetensors(join(FIXTURES, "tiny-sd15/inputs.safetensors"));
/** What 11 bits of mantissa leave after some dozens of layers. */
const HALF_TOLERANCE = 2e-2;

async function halfExport(precision?: "fp16") {
  const folder = await temporaryFolder();
  await writeHalfExport(folder);
  const model = await openModel(folder, { device: "cpu", ...(precision && { precision }) });
  onTestFinished(() => model.release());
  return { folder, model };
}

describe("a folder of ONNX exports in half precision", () => {
  it(`gives the goldens within ${HALF_TOLERANCE}`, async () => {
    const { model } = await halfExport();
    const text = await model.encodeText(tokenIds(PROMPT), 0);
    const latent = await readFloats(inputs, "latent");
    const { mean, logvar } = await model.encodeImage(await readFloats(inputs, "image"));
    const found: Record<string, Tensor> = {
      "text.last_hidden_state": text,
      "text.uncond": await model.encodeText(tokenIds([]), 0),
      "unet.out.t501": await model.predict(latent, 501, text),
      "unet.out.t999": await model.predict(latent, 999, text),
      "unet.out.t37.5": await model.predict(latent, 37.5, text),
      "vae.mean": mean,
      "vae.logvar": logvar,
      "vae.decode": await model.decodeLatents(latent),
    };
    for (const [name, { dims, data }] of Object.entries(found)) {
      const expected = await readFloats(golden, name);
      expect(dims, name).toEqual(expected.dims);
      const error = relativeError(data, expected.data);
      expect(error, name).toBeLessThan(HALF_TOLERANCE);
      expect(error, `${name} is rounded, so not the network in full precision`).toBeGreaterThan(1e-6);
    }
  });

  it("says what it computes in, and takes no other precision", async () => {
    const { folder, model } = await halfExport("fp16");
    expect(model.info.precision).toBe("fp16");
    expect(await modelErrorOf(openModel(folder, { precision: "fp32" }))).toContain(
      "which take no other precision (fp32) than theirs, fp16",
    );
  });

  it("runs every network in a check", async () => {
    const { folder, model } = await halfExport();
    const seen: string[] = [];
    for await (const { network } of runEveryNetwork(await readExport(folder), model)) seen.push(network);
    expect(seen).toEqual(["text encoder", "UNet", "VAE encoder", "VAE decoder"]);
  });
});
