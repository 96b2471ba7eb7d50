/** A model's hash, which goes into the chain of every frame, changes with each byte of its weights, in whichever file they lie. */

import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { moveWeightsOut } from "../../test/support/external-weights.ts";
import { shardWeights } from "../../test/support/sharded-weights.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { hashFile } from "./model-hash.ts";
import { openDepthNetwork } from "./open-picture-network.ts";
import { readControlNet } from "./read-controlnet.ts";
import { readExport } from "./read-export.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const STEM = "diffusion_pytorch_model";

async function copyOf(fixture: string): Promise<string> {
  const folder = await temporaryFolder();
  await cp(join(FIXTURES, fixture), folder, { recursive: true });
  return folder;
}

/** Changes the last byte, which belongs to a weight. */
async function flipByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(file, bytes);
}

/** Expects another hash after each flip, and the first one again when it is taken back. */
async function expectCovered(files: readonly string[], hash: () => Promise<string>): Promise<void> {
  const first = await hash();
  for (const file of files) {
    await flipByte(file);
    expect(await hash(), file).not.toBe(first);
    await flipByte(file);
    expect(await hash(), file).toBe(first);
  }
}

const hashOfDepth = async (path: string) => {
  const network = await openDepthNetwork(path, { device: "cpu" });
  await network.release();
  return network.info.hash;
};

describe("the hash", () => {
  it("of a ControlNet in several files covers all of them", async () => {
    const folder = await copyOf("tiny-controlnet");
    const { shards, indexFile } = await shardWeights(folder, STEM);
    await expectCovered(shards, async () => (await readControlNet(folder)).hash);
    const first = (await readControlNet(folder)).hash;
    await writeFile(indexFile, `${await readFile(indexFile, "utf8")}\n`);
    expect((await readControlNet(folder)).hash).not.toBe(first);
  });

  it("of a depth network in several files covers all of them", async () => {
    const folder = await copyOf("picture-networks/tiny-depth");
    const { shards } = await shardWeights(folder, STEM);
    await expectCovered(shards, () => hashOfDepth(folder));
  });

  it("of a ready ONNX file is its own sha256 while its weights are inside, and covers the files beside it", async () => {
    const folder = await copyOf("depth-exports");
    const file = join(folder, "midas.onnx");
    expect(await hashOfDepth(file)).toBe(await hashFile(file));
    await moveWeightsOut(file, (_, i) => (i % 2 === 0 ? "midas.onnx.data" : "weights/odd.bin"));
    expect(await hashOfDepth(file)).not.toBe(await hashFile(file));
    const parts = ["midas.onnx.data", "weights/odd.bin", "midas.onnx"].map((part) => join(folder, part));
    await expectCovered(parts.slice(0, 2), () => hashOfDepth(file));
    await writeFile(
      join(folder, "preprocessor_config.json"),
      '{ "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5] }',
    );
    await expectCovered(parts.slice(0, 2), () => hashOfDepth(file));
  });

  it("of an ONNX export covers its weights under whichever name the graph has them", async () => {
    const folder = await copyOf("tiny-sd15-onnx");
    const decoder = join(folder, "vae_decoder/model.onnx");
    await moveWeightsOut(decoder, () => "decoder.weights");
    const files = [join(folder, "vae_decoder/decoder.weights"), join(folder, "unet/model.onnx_data")];
    await expectCovered(files, async () => (await readExport(folder)).hash);
  });
});
