/** The usual exports of depth networks at toy size, against PyTorch: test/fixtures/depth-exports/golden.py. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import type { ByteImage } from "../tensor/image.ts";
import { fittedSize } from "./depth-preprocessing.ts";
import { openDepthNetwork } from "./open-picture-network.ts";
import { type PictureEntry, readPictureEntry } from "./picture-entry.ts";
import { readFloats, readSafetensors } from "./safetensors.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/depth-exports/", import.meta.url));
const cpu = { device: "cpu" } as const;
const golden = await readSafetensors(join(FIXTURES, "golden.safetensors"));

async function goldenMap(name: string): Promise<Float32Array> {
  return (await readFloats(golden, name)).data;
}

const bytes = await readFile(join(FIXTURES, "golden.safetensors"));
const { offset } = golden.tensors.get("picture")!;
const picture: ByteImage = {
  width: 84,
  height: 56,
  data: new Uint8Array(bytes.subarray(offset, offset + 3 * 84 * 56)),
};

/** A copy of a network in a folder of its own, perhaps with a config one folder above. */
async function networkFile(name: string, config?: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "animate-depth-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "onnx"));
  const path = join(folder, "onnx", "model.onnx");
  await copyFile(join(FIXTURES, `${name}.onnx`), path);
  if (config) await writeFile(join(folder, "preprocessor_config.json"), JSON.stringify(config));
  return path;
}

async function estimate(path: string): Promise<{ readonly map: Float32Array; readonly hash: string }> {
  const network = await openDepthNetwork(path, cpu);
  const map = await network.estimate(picture);
  await network.release();
  return { map, hash: network.info.hash };
}

async function entry(name: string): Promise<PictureEntry> {
  return readPictureEntry(await readFile(join(FIXTURES, `${name}.onnx`)), "pixel_values");
}

/** Largest difference as a share of the golden's range. */
function worstShare(map: Float32Array, wanted: Float32Array): number {
  const range = Math.max(...wanted) - Math.min(...wanted);
  expect(range).toBeGreaterThan(0.1);
  return map.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0) / range;
}

describe("exports of depth networks", () => {
  it("of Depth Anything see what their preprocessor_config.json says", async () => {
    const { map } = await estimate(
      await networkFile("depth-anything", {
        image_processor_type: "DPTImageProcessor",
        keep_aspect_ratio: true,
        ensure_multiple_of: 14,
        image_mean: [0.485, 0.456, 0.406],
        image_std: [0.229, 0.224, 0.225],
        size: { height: 56, width: 84 },
      }),
    );
    expect(worstShare(map, await goldenMap("depth_anything.configured"))).toBeLessThan(1e-4);
  });

  it.each([
    ["depth-anything", "of Depth Anything get 518 pixels in patches of 14 and ImageNet's colors"],
    ["dpt", "of DPT get their own size and colors around 0.5"],
    ["midas", "of MiDaS 2.1 get colors as they are, which they normalize themselves"],
  ])("without a config, %s: %s", async (name) => {
    const { map } = await estimate(join(FIXTURES, `${name}.onnx`));
    expect(worstShare(map, await goldenMap(`${name.replace("-", "_")}.alone`))).toBeLessThan(1e-4);
  });

  it("tell by their first convolution what they are", async () => {
    expect(await entry("depth-anything")).toEqual({ normalizes: false, patch: 14 });
    expect(await entry("dpt")).toEqual({ normalizes: false, patch: 16 });
    expect(await entry("midas")).toEqual({ normalizes: true, patch: null });
  });

  it("are another network with another config", async () => {
    const alone = await estimate(await networkFile("midas"));
    const same = await estimate(await networkFile("midas"));
    const dim = await estimate(await networkFile("midas", { image_std: [2, 2, 2] }));
    const plain = await estimate(await networkFile("midas", { do_normalize: false }));
    expect(same.hash).toBe(alone.hash);
    expect(new Set([alone.hash, dim.hash, plain.hash]).size).toBe(3);
    expect(plain.map).toEqual(alone.map);
    expect(dim.map).not.toEqual(alone.map);
  });

  it("are refused with a config that says what cannot be done", async () => {
    const path = await networkFile("midas", { size: { shortest_edge: 384 } });
    expect(await modelErrorOf(openDepthNetwork(path, cpu))).toContain(
      "expected the preprocessing of a depth model",
    );
  });
});

type SizeRow = [[number, number], [number, number, boolean], [number, number]];
const rows = JSON.parse(await readFile(join(FIXTURES, "sizes.json"), "utf8")) as SizeRow[];

describe("the size of a network's picture", () => {
  it("has 36 golden rows", () => expect(rows).toHaveLength(36));

  it.each(rows)(
    "for %j by %j is %j, as in transformers",
    ([height, width], [side, multiple, keeps], size) => {
      const rule = { height: side, width: side, multiple, keeps: keeps ? "nearest" : "exact" } as const;
      const fitted = fittedSize({ height, width }, rule);
      expect([fitted.height, fitted.width]).toEqual(size);
    },
  );
});
