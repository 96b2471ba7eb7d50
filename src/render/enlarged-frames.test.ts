import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ByteImage } from "../tensor/image.ts";
import { encodePng, readPngBytes } from "../tensor/picture-file.ts";
import { readPngText } from "../tensor/png-text.ts";
import { type Enlarger, openEnlargedFrames, passesFor } from "./enlarged-frames.ts";

const PICTURE: ByteImage = { width: 4, height: 2, data: Uint8Array.from({ length: 24 }, (_, i) => 10 * i) };

/** Repeats pixels, and counts how often it was asked. */
function doubler(hash = "a"): Enlarger & { calls: number } {
  return {
    calls: 0,
    upscaler: { name: "doubler", hash, scale: 2 },
    async enlarge({ width, height, data }) {
      this.calls++;
      const large = new Uint8Array(12 * width * height);
      for (let y = 0, o = 0; y < 2 * height; y++) {
        for (let x = 0; x < 2 * width; x++) {
          for (let c = 0; c < 3; c++) large[o++] = data[3 * ((y >> 1) * width + (x >> 1)) + c]!;
        }
      }
      return { width: 2 * width, height: 2 * height, data: large };
    },
  };
}

async function runFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "animate-upscaled-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "frames"));
  const recipe = [{ keyword: "parameters", text: "a hero" }];
  await writeFile(join(folder, "frames/000003.png"), await encodePng(PICTURE, recipe));
  return folder;
}

describe("enlarged frames", () => {
  it("are made once, keep the recipe, and come from their file afterwards", async () => {
    const folder = await runFolder();
    const enlarger = doubler();
    const first = await (await openEnlargedFrames(folder, 4, enlarger)).take(3, PICTURE);
    expect(first).toMatchObject({ width: 16, height: 8 });
    expect(enlarger.calls).toBe(2);
    const file = join(folder, "upscaled/000003.png");
    expect(await readPngBytes(file)).toEqual(first);
    expect(readPngText(await readFile(file))[0]).toEqual({ keyword: "parameters", text: "a hero" });
    expect(await (await openEnlargedFrames(folder, 4, enlarger)).take(3, PICTURE)).toEqual(first);
    expect(enlarger.calls).toBe(2);
  });

  it("are made again to the same bytes when damaged, and anew for another frame, upscaler or factor", async () => {
    const folder = await runFolder();
    const file = join(folder, "upscaled/000003.png");
    const enlarger = doubler();
    const take = async (factor: number, by = enlarger) =>
      await (await openEnlargedFrames(folder, factor, by)).take(3, PICTURE);
    await take(2);
    const good = await readFile(file);
    const broken = Buffer.from(good);
    broken[broken.length - 20]! ^= 1;
    await writeFile(file, broken);
    await take(2);
    expect(await readFile(file)).toEqual(good);
    expect(enlarger.calls).toBe(2);

    expect(await take(4)).toMatchObject({ width: 16 });
    const other = doubler("b");
    await take(4, other);
    expect(other.calls).toBe(2);
    await writeFile(join(folder, "frames/000003.png"), await encodePng(PICTURE));
    await take(4, other);
    expect(other.calls).toBe(4);
  });

  it("need a factor that the upscaler reaches", () => {
    expect(passesFor(2, 2)).toBe(1);
    expect(passesFor(8, 2)).toBe(3);
    expect(passesFor(4, 4)).toBe(1);
    expect(() => passesFor(3, 2)).toThrow("this upscaler enlarges by 2, which never gives 3");
    expect(() => passesFor(2, 4)).toThrow("which never gives 2");
  });
});
