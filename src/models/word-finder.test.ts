/** CLIPSeg at toy size against PyTorch: test/fixtures/clipseg/golden.py. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import type { ByteImage } from "../tensor/image.ts";
import { otsuThreshold } from "../tensor/otsu.ts";
import { readFloats, readSafetensors } from "./safetensors.ts";
import { openWordFinder } from "./word-finder.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/clipseg/", import.meta.url));
const cpu = { device: "cpu" } as const;
const golden = await readSafetensors(`${FIXTURES}golden.safetensors`);
const bytes = await readFile(`${FIXTURES}golden.safetensors`);
const { offset } = golden.tensors.get("picture")!;
const picture: ByteImage = {
  width: 80,
  height: 48,
  data: new Uint8Array(bytes.subarray(offset, offset + 3 * 80 * 48)),
};

describe("a network that finds words in pictures", () => {
  it.each([
    ["a cat", "a_cat"],
    ["Red  balloons ", "red_balloons"],
  ])("finds %j where PyTorch does", async (words, name) => {
    const finder = await openWordFinder(`${FIXTURES}clipseg.onnx`, cpu);
    const likely = await finder.find(picture, words);
    await finder.release();
    const wanted = (await readFloats(golden, name)).data;
    expect(likely).toHaveLength(wanted.length);
    const worst = likely.reduce((most, share, i) => Math.max(most, Math.abs(share - wanted[i]!)), 0);
    expect(worst).toBeLessThan(2e-5);
  });

  it("has OpenCV's threshold between what is there and what is not", async () => {
    const thresholds = JSON.parse(await readFile(`${FIXTURES}thresholds.json`, "utf8")) as object;
    expect(Object.keys(thresholds)).toHaveLength(2);
    for (const [words, threshold] of Object.entries(thresholds)) {
      const { data } = await readFloats(golden, words.replace(" ", "_"));
      expect(otsuThreshold(Uint8Array.from(data, (share) => Math.floor(255 * share)))).toBe(threshold);
    }
  });

  it("cuts texts that are longer than CLIP reads", async () => {
    const finder = await openWordFinder(`${FIXTURES}clipseg.onnx`, cpu);
    const likely = await finder.find(picture, "cat ".repeat(200));
    await finder.release();
    expect(likely.every((share) => share >= 0 && share <= 1)).toBe(true);
  });

  it("is known by the hash of its file", async () => {
    const finder = await openWordFinder(`${FIXTURES}clipseg.onnx`, cpu);
    expect(finder.info).toEqual({ name: "clipseg", hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    await finder.release();
  });

  it.each([
    [
      "another kind of network",
      "../depth-exports/midas.onnx",
      "expected a network with the inputs pixel_values",
    ],
    ["a file that is no network", "golden.py", "this is no ONNX model, or it is damaged"],
  ])("refuses %s", async (_, file, message) => {
    const error = await modelErrorOf(openWordFinder(FIXTURES + file, cpu));
    expect(error).toContain(`${FIXTURES + file}: ${message}`);
    expect(error).not.toContain("(undefined)");
  });
});
