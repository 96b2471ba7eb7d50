/** A LoRA with the original names of the UNet's blocks on a tiny SDXL, against goldens computed with diffusers 0.42.1 and peft 0.21.2. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { tensor, type IntTensor, type Tensor } from "../tensor/tensor.ts";
import type { DiffusionModel } from "./model.ts";
import { openModel } from "./open-model.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "./safetensors.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const TOLERANCE = 2e-5;
const PROMPT = [11, 205, 33, 420, 77, 501, 9, 640];
const END = 999;

let model: DiffusionModel;
let golden: SafetensorsFile;
let latent: Tensor;

beforeAll(async () => {
  const loras = [{ name: "style", file: join(FIXTURES, "tiny-lora/sdxl_kohya.safetensors") }];
  model = await openModel(join(FIXTURES, "tiny-sdxl"), { device: "cpu", loras });
  model.setLoras([{ name: "style", weight: 0.8, textWeight: 0.8 }]);
  golden = await readSafetensors(join(FIXTURES, "tiny-lora/golden_sdxl.safetensors"));
  latent = await readFloats(await readSafetensors(join(FIXTURES, "tiny-sd15/inputs.safetensors")), "latent");
});
afterAll(async () => await model.release());

function tokenIds(padToken: number): IntTensor {
  const ids = [998, ...PROMPT, END];
  return tensor(
    [1, 77],
    BigInt64Array.from({ length: 77 }, (_, i) => BigInt(ids[i] ?? padToken)),
  );
}

const networks: Record<string, () => Promise<Tensor>> = {
  "text1.penultimate": async () => await model.encodeText(tokenIds(END), 0, 0),
  "text2.penultimate": async () => await model.encodeText(tokenIds(0), 0, 1),
  "text2.text_embeds": async () => (await model.encodeText(tokenIds(0), 0, 1)).pooled!,
  "unet.out.t501": async () => {
    const { pooled } = await model.encodeText(tokenIds(0), 0, 1);
    const text = { ...(await readFloats(golden, "cond")), pooled: pooled! };
    return await model.predict(latent, 501, text);
  },
};

describe("a LoRA for SDXL at weight 0.8", () => {
  it.each(Object.entries(networks))("gives the golden %s", async (name, compute) => {
    expect(largestDifference(await compute(), await readFloats(golden, name))).toBeLessThan(TOLERANCE);
  });

  it("covers every golden of the networks that it acts on", () => {
    const single = [...golden.tensors.keys()].filter((name) => /^(text\d|unet)\./.test(name));
    expect(single.toSorted()).toEqual(Object.keys(networks).toSorted());
  });
});
