import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  CHECKPOINT,
  editedCheckpoint,
  renameTensor,
  UNET,
  VAE,
} from "../../test/support/edited-checkpoint.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { runEveryNetwork, smallestSide } from "./check-model.ts";
import { openNetworks } from "./open-model.ts";
import { readModel } from "./read-model.ts";

const TINY_FOLDER = fileURLToPath(new URL("../../test/fixtures/tiny-sd15/", import.meta.url));

/** Names of the networks that ran, until the first that did not. */
async function check(path: string, ran: string[] = []): Promise<string[]> {
  const files = await readModel(path);
  const model = await openNetworks(files, { device: "cpu" });
  try {
    for await (const { network, seconds } of runEveryNetwork(files, model)) {
      expect(seconds).toBeGreaterThan(0);
      ran.push(network);
    }
    return ran;
  } finally {
    await model.release();
  }
}

/** A checkpoint with one small weight replaced by half-precision values that are no numbers. */
async function withoutNumbers(name: string): Promise<string> {
  let size = 0;
  const file = await editedCheckpoint(
    (header, dataLength) => {
      const { shape } = header[name]!;
      size = 2 * shape.reduce((a, b) => a * b, 1);
      renameTensor(header, name, "unused");
      header[name] = { dtype: "F16", shape, data_offsets: [dataLength, dataLength + size] };
    },
    Buffer.from("00fe".repeat(4), "hex"),
  );
  expect(size).toBe(8);
  return file;
}

describe("checking a model", () => {
  it.each([CHECKPOINT, TINY_FOLDER])("runs every network of %s once", async (path) => {
    expect(await check(path)).toEqual(["text encoder", "UNet", "VAE encoder", "VAE decoder"]);
  });

  it("picks the smallest picture with a cell at every level", async () => {
    expect(smallestSide(await readModel(TINY_FOLDER))).toBe(4);
  });

  it.each([
    [`${UNET}out.2.bias`, ["text encoder"], "the UNet gave NaN instead of a number"],
    [
      `${VAE}post_quant_conv.bias`,
      ["text encoder", "UNet", "VAE encoder"],
      "the VAE decoder gave NaN instead of a number",
    ],
  ])("names the file and the network when %s is no number", async (weight, before, message) => {
    const file = await withoutNumbers(weight);
    const ran: string[] = [];
    const error = await modelErrorOf(check(file, ran));
    expect(error).toContain(`copy.safetensors: ${message}`);
    expect(error).toContain("The weights are damaged or overflow in half precision");
    expect(ran).toEqual(before);
  });

  it("says what is missing before anything runs", async () => {
    const file = await editedCheckpoint((header) => renameTensor(header, `${VAE}quant_conv.bias`, "x"));
    expect(await modelErrorOf(check(file))).toContain("`first_stage_model.quant_conv.bias` [8] is missing");
    expect(await modelErrorOf(readModel(join(TINY_FOLDER, "nothing")))).toContain("model_index.json");
  });
});
