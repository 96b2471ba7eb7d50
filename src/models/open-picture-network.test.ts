// Golden values computed with PyTorch 2.13 and the networks of training/depth.py and training/upscale.py.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { fromPlanes, toPlanes } from "../tensor/planes.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { findPictureNetwork } from "./find-picture-network.ts";
import { openDepthNetwork, openUpscaler } from "./open-picture-network.ts";
import { readFloats, readSafetensors } from "./safetensors.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/picture-networks/", import.meta.url));
const golden = await readSafetensors(join(FIXTURES, "golden.safetensors"));
const image = fromPlanes(await readFloats(golden, "image"));
const cpu = { device: "cpu" } as const;

async function editedFolder(
  name: string,
  change: (config: Record<string, unknown>) => void,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "animate-network-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(join(FIXTURES, name), folder, { recursive: true });
  const file = join(folder, "config.json");
  const config = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  change(config);
  await writeFile(file, JSON.stringify(config));
  return folder;
}

describe("the depth network", () => {
  it("gives what PyTorch gives, at a size that does not fit its levels", async () => {
    const network = await openDepthNetwork(join(FIXTURES, "tiny-depth"), cpu);
    const data = await network.estimate(image);
    await network.release();
    const nearness = await readFloats(golden, "nearness");
    expect(largestDifference({ dims: nearness.dims, data }, nearness)).toBeLessThan(2e-5);
  });

  it("is refused with an option that it does not know, or without a weight", async () => {
    const unknown = await editedFolder("tiny-depth", (config) => (config["attention"] = true));
    expect(await modelErrorOf(openDepthNetwork(unknown, cpu))).toContain(
      "the option `attention` is not known",
    );
    const deeper = await editedFolder("tiny-depth", (config) => (config["mid_layers"] = 3));
    expect(await modelErrorOf(openDepthNetwork(deeper, cpu))).toContain(
      "`mid_block.2.conv1.weight` [10, 10, 3, 3] is missing",
    );
  });

  it("puts the layers of a drawing in order: 95 of 100 pairs of points", async () => {
    const network = await openDepthNetwork(await findPictureNetwork("depth", "storybook-depth", "."), cpu);
    const map = await network.estimate(await readPngBytes(join(FIXTURES, "scene.png")));
    await network.release();
    const exact = await readDepthPicture();
    let [pairs, right] = [0, 0];
    // A step that is prime to the size visits points all over the picture.
    for (let i = 0; pairs < 1000; i += 4099) {
      const [a, b] = [i % map.length, (i * 7 + 31_337) % map.length];
      const difference = exact[a]! - exact[b]!;
      if (Math.abs(difference) < 10) continue;
      pairs++;
      if ((map[a]! - map[b]!) * difference > 0) right++;
    }
    expect(right).toBeGreaterThan(950);
  });
});

/** Levels 0–255 of the exact nearness. */
async function readDepthPicture(): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  return new Uint8Array(await sharp(join(FIXTURES, "scene-depth.png")).toColorspace("b-w").raw().toBuffer());
}

describe("the upscaler", () => {
  it.each(["enlarged", "enlarged.odd"])("gives what PyTorch gives: %s", async (name) => {
    const network = await openUpscaler(join(FIXTURES, "tiny-upscale"), cpu);
    const expected = await readFloats(golden, name);
    const [, , height, width] = expected.dims as [number, number, number, number];
    const enlarged = await network.enlarge(cornerOf(height / 2, width / 2));
    await network.release();
    const levels = {
      dims: expected.dims,
      data: expected.data.map((value) => Math.min(1, Math.max(0, value))),
    };
    // Half a level is lost in rounding.
    expect(largestDifference(toPlanes(enlarged), levels)).toBeLessThan(0.501 / 255);
  });
});

/** Columns of an endless pattern, 40 pixels high. */
function strip(width: number, from: number) {
  const data = Uint8Array.from({ length: 3 * width * 40 }, (_, i) => {
    const [x, y] = [from + (Math.floor(i / 3) % width), Math.floor(i / 3 / width)];
    return (x * 37 + y * 91 + (i % 3) * 60 + ((x * y) % 50)) % 256;
  });
  return { width, height: 40, data };
}

describe("storybook-upscale", () => {
  it("gives large pictures in tiles as it would in one piece", async () => {
    const network = await openUpscaler(await findPictureNetwork("upscaler", "storybook-upscale", "."), cpu);
    // The seam of tiles lies near 1008; a strip around it, in one piece, sees nothing of either.
    const large = await network.enlarge(strip(1100, 0));
    const around = await network.enlarge(strip(200, 900));
    await network.release();
    expect(large).toMatchObject({ width: 2200, height: 80 });
    let worst = 0;
    for (let y = 0; y < 80; y++) {
      for (let x = 3 * 40; x < 3 * 360; x++) {
        const difference = large.data[y * 6600 + 3 * 1800 + x]! - around.data[y * 1200 + x]!;
        worst = Math.max(worst, Math.abs(difference));
      }
    }
    expect(worst).toBeLessThanOrEqual(1);
  });

  it("comes at least 2 dB nearer to a drawing of twice the size than bicubic enlargement", async () => {
    const { default: sharp } = await import("sharp");
    const small = join(FIXTURES, "scene.png");
    const wanted = await readPngBytes(join(FIXTURES, "scene-512.png"));
    const bicubic = sharp(small).removeAlpha().resize(wanted.width, wanted.height, { kernel: "cubic" });
    const network = await openUpscaler(await findPictureNetwork("upscaler", "storybook-upscale", "."), cpu);
    const enlarged = await network.enlarge(await readPngBytes(small));
    await network.release();
    const gain = decibels(enlarged.data, wanted.data) - decibels(await bicubic.raw().toBuffer(), wanted.data);
    expect(gain).toBeGreaterThan(2);
  });
});

/** Peak signal-to-noise ratio of 8-bit levels. */
function decibels(made: Uint8Array, wanted: Uint8Array): number {
  const squares = made.reduce((sum, level, i) => sum + (level - wanted[i]!) ** 2, 0);
  return 10 * Math.log10((255 ** 2 * made.length) / squares);
}

/** The upper left part of the golden input. */
function cornerOf(height: number, width: number) {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const row = image.data.subarray(3 * y * image.width, 3 * (y * image.width + width));
    data.set(row, 3 * y * width);
  }
  return { width, height, data };
}
