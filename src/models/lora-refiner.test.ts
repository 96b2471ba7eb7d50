/** LoRAs for SDXL's refiner, whose only text encoder is the second of SDXL: the same as a checkpoint with the change in its weights. */

import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { tokenIds } from "../../test/support/golden-inputs.ts";
import { randomTensors } from "../../test/support/lora-file.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { openModel } from "./open-model.ts";
import { readFloats, readSafetensors } from "./safetensors.ts";
import { writeSafetensors } from "./safetensors-writer.ts";

const FOLDER = fileURLToPath(new URL("../../test/fixtures/tiny-sdxl-refiner-singlefile/", import.meta.url));
const CHECKPOINT = join(FOLDER, "tiny-fp16.safetensors");
const CHANGED = "conditioner.embedders.0.model.transformer.resblocks.0.mlp.c_fc.weight";
const WEIGHT = 0.8;
const RANK = 3;

const ids = tokenIds([11, 205, 33], 0);

/** The checkpoint with a layer of its text encoder changed as by the LoRA: W + weight · up · down. */
async function merged(down: Tensor, up: Tensor): Promise<string> {
  const stored = await readSafetensors(CHECKPOINT);
  const tensors = new Map<string, Tensor>();
  for (const { name, type } of stored.tensors.values()) {
    if (type.startsWith("F")) tensors.set(name, await readFloats(stored, name));
  }
  const layer = tensors.get(CHANGED)!;
  const columns = layer.dims[1]!;
  for (let i = 0; i < layer.data.length; i++) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    for (let r = 0; r < RANK; r++) {
      layer.data[i]! += WEIGHT * up.data[row * RANK + r]! * down.data[r * columns + column]!;
    }
  }
  const folder = await temporaryFolder();
  await cp(join(FOLDER, "tokenizer"), join(folder, "tokenizer"), { recursive: true });
  const file = join(folder, "merged.safetensors");
  await writeSafetensors(file, tensors);
  return file;
}

it.each([
  ["lora_te2_text_model_encoder_layers_0_mlp_fc1", "lora_down", "lora_up"],
  ["lora_te_text_model_encoder_layers_0_mlp_fc1", "lora_down", "lora_up"],
  ["text_encoder_2.text_model.encoder.layers.0.mlp.fc1", "lora_A", "lora_B"],
])("a LoRA for the refiner may call its text encoder as in %s", async (module, down, up) => {
  const names = [`${module}.${down}.weight`, `${module}.${up}.weight`] as const;
  const file = await randomTensors({ [names[0]]: [RANK, 32], [names[1]]: [64, RANK] });
  const stored = await readSafetensors(file);
  const branch = [await readFloats(stored, names[0]), await readFloats(stored, names[1])] as const;

  const model = await openModel(CHECKPOINT, { device: "cpu", loras: [{ name: "style", file }] });
  const plain = await model.encodeText(ids, 0);
  model.setLoras([{ name: "style", weight: WEIGHT, textWeight: WEIGHT }]);
  const found = await model.encodeText(ids, 0);
  await model.release();

  const reference = await openModel(await merged(...branch), { device: "cpu" });
  const expected = await reference.encodeText(ids, 0);
  await reference.release();
  expect(largestDifference(found, expected)).toBeLessThan(2e-5);
  expect(largestDifference(found.pooled!, expected.pooled!)).toBeLessThan(2e-5);
  expect(largestDifference(found, plain)).toBeGreaterThan(1e-3);
});
