import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ByteImage } from "../tensor/image.ts";
import { encodePng } from "../tensor/picture-file.ts";
import { type DepthFinder, depthLevels, openDepthMaps } from "./depth-maps.ts";

const PICTURE: ByteImage = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => 10 * i) };

/** The red of each pixel as nearness, and how often it was asked. */
function redIsNear(hash = "a"): DepthFinder & { calls: number } {
  return {
    calls: 0,
    depth: { name: "red", hash, output: "nearness" },
    async estimateDepth({ data }) {
      this.calls++;
      return Float32Array.from(
        data.filter((_, i) => i % 3 === 0),
        (level) => level / 255,
      );
    },
  };
}

async function runFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "animate-depth-maps-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "frames"));
  await writeFile(join(folder, "frames/000007.png"), await encodePng(PICTURE));
  return folder;
}

describe("saved depth", () => {
  it("is a gray PNG of 16 bits that keeps the network's nearness to one level", async () => {
    const folder = await runFolder();
    await (await openDepthMaps(folder, "inverse", redIsNear())).take(7, PICTURE);
    const file = sharp(await readFile(join(folder, "depth/000007.png")));
    expect(await file.metadata()).toMatchObject({
      format: "png",
      width: 3,
      height: 2,
      depth: "ushort",
      channels: 1,
    });
    const { data } = await file
      .toColorspace("grey16")
      .raw({ depth: "ushort" })
      .toBuffer({ resolveWithObject: true });
    const levels = new Uint16Array(data.buffer, data.byteOffset, 6);
    expect([...levels]).toEqual([0, 30, 60, 90, 120, 150].map((red) => 257 * red));
  });

  it("is made once, and again when it is damaged or the frame or the network is another", async () => {
    const folder = await runFolder();
    const finder = redIsNear();
    const take = async (by = finder) => await (await openDepthMaps(folder, "inverse", by)).take(7, PICTURE);
    await take();
    await take();
    expect(finder.calls).toBe(1);
    const file = join(folder, "depth/000007.png");
    const good = await readFile(file);
    await writeFile(file, good.subarray(0, 40));
    await take();
    expect(finder.calls).toBe(2);
    expect(await readFile(file)).toEqual(good);
    await writeFile(
      join(folder, "frames/000007.png"),
      await encodePng({ ...PICTURE, data: PICTURE.data.toReversed() }),
    );
    await take();
    expect(finder.calls).toBe(3);
    const other = redIsNear("b");
    await take(other);
    expect(other.calls).toBe(1);
  });

  it("stretches maps of any scale, the nearest white, and is white where nothing is known", () => {
    const map = Float32Array.of(-3, 1, 5);
    expect([...depthLevels(map, "inverse")]).toEqual([0, 32_768, 65_535]);
    expect([...depthLevels(map, "metric")]).toEqual([65_535, 32_768, 0]);
    expect([...depthLevels(map, "nearness")]).toEqual([0, 65_535, 65_535]);
    expect([...depthLevels(Float32Array.of(2, 2), "inverse")]).toEqual([65_535, 65_535]);
    expect([...depthLevels(Float32Array.of(2, Number.NaN), "metric")]).toEqual([65_535, 65_535]);
  });
});
