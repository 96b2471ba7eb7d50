/** Networks that find subjects, built here by our own graph builder: what is bright is the subject. */
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { onnxFile } from "../../test/support/onnx-file.ts";
import type { ByteImage } from "../tensor/image.ts";
import type { GraphBuilder } from "./onnx-graph.ts";
import { openSubjectFinder } from "./subject-finder.ts";

const PLAIN = { do_normalize: false };

/** Mean of the three colors as they reach the network, `[1, 1, 32, 32]`. */
function brightness(keepsDims: number) {
  return (graph: GraphBuilder) => {
    const input = graph.input("input.1", [1, 3, 32, 32]);
    return graph.node("ReduceMean", [input, graph.integers([1])], keepsDims ? [1, 1, 32, 32] : [1, 32, 32], {
      name: "map",
      attributes: { keepdims: { int: keepsDims } },
    });
  };
}

/** Dark, with a bright right half. */
function picture(width: number, height: number, dark: number, bright: number): ByteImage {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) =>
    Math.floor(i / 3) % width < width / 2 ? dark : bright,
  );
  return { width, height, data };
}

async function open(preprocessing?: object, keepsDims = 1) {
  const path = await onnxFile(brightness(keepsDims));
  if (preprocessing)
    await writeFile(join(dirname(path), "preprocessor_config.json"), JSON.stringify(preprocessing));
  const finder = await openSubjectFinder(path, { device: "cpu", threads: 1 });
  onTestFinished(() => finder.release());
  return finder;
}

describe("a network that finds subjects", () => {
  it.each([
    ["as likelihoods", PLAIN, 1],
    ["as likelihoods without a channel", PLAIN, 0],
    ["as logits, of ImageNet's colors", undefined, 1],
    [
      "as logits, of colors that its file says",
      { image_mean: [0.5, 0.5, 0.5], image_std: [0.1, 0.1, 0.1] },
      1,
    ],
  ])(
    "gives its map %s, from the least to the largest value, at the picture's size",
    async (_, preprocessing, dims) => {
      const finder = await open(preprocessing, dims);
      expect(finder.info).toEqual({
        name: "network",
        hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      });
      const likely = await finder.find(picture(64, 48, 60, 180));
      expect(likely).toHaveLength(64 * 48);
      expect(
        [likely[0], likely[20], likely[44], likely[63]].map((share) => Math.round(100 * share!)),
      ).toEqual([0, 0, 100, 100]);
    },
  );

  it("says so where it sees none", async () => {
    const finder = await open(PLAIN);
    await expect(finder.find(picture(64, 48, 0, 20))).rejects.toThrow(
      "the network sees no subject in the picture",
    );
  });

  it("is refused with settings that cannot be", async () => {
    await expect(open({ size: { height: 1e9, width: 3 } })).rejects.toThrow(
      "expected the preprocessing of a network",
    );
  });

  it("is refused where it gives something else than a map", async () => {
    const path = await onnxFile((graph) => {
      const input = graph.input("input", [1, 3, 32, 32]);
      return graph.node("Identity", [input], [1, 3, 32, 32], { name: "map" });
    });
    const finder = await openSubjectFinder(path, { device: "cpu", threads: 1 });
    onTestFinished(() => finder.release());
    await expect(finder.find(picture(32, 32, 0, 255))).rejects.toThrow(
      "expected a map [1, 1, height, width]",
    );
  });
});
