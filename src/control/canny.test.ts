import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPicture } from "../tensor/picture-file.ts";
import type { ByteImage } from "../tensor/image.ts";
import { findEdges } from "./canny.ts";
import { toLuminance } from "./luminance.ts";

const FOLDER = "test/fixtures/canny";
/** Computed with opencv-python-headless 5.0.0: see `producer`. */
const golden: { cases: { picture: string; low: number; high: number; edges: string; count: number }[] } =
  JSON.parse(readFileSync(join(FOLDER, "canny.json"), "utf8"));

function differingPixels(found: ByteImage, expected: ByteImage): number {
  expect([found.width, found.height]).toEqual([expected.width, expected.height]);
  return found.data.reduce((count, value, i) => count + (value === expected.data[i] ? 0 : 1), 0) / 3;
}

describe("Canny's edges", () => {
  it.each(golden.cases)(
    "are OpenCV's $count pixels of $picture at $low and $high",
    async ({ picture, low, high, edges, count }) => {
      const found = findEdges(await readPicture(join(FOLDER, picture)), { low, high, blur: 0 });
      expect(differingPixels(found, await readPicture(join(FOLDER, edges)))).toBe(0);
      expect(found.data.filter((value) => value === 255)).toHaveLength(3 * count);
    },
  );

  // OpenCV blurs 8-bit pictures in 8.8 fixed point; a value that rounds the other way moves a piece of an edge by a pixel.
  it("after a blur are OpenCV's but for 4 % of them", async () => {
    const found = findEdges(await readPicture(join(FOLDER, "drawing.png")), {
      low: 60,
      high: 120,
      blur: 1.5,
    });
    const expected = await readPicture(join(FOLDER, "drawing_blur1.5_60_120.png"));
    const edges = expected.data.filter((value) => value === 255).length / 3;
    expect(differingPixels(found, expected) / edges).toBeLessThan(0.04);
  });

  it("are none in a flat picture, and one line between two colors", () => {
    const flat: ByteImage = { width: 5, height: 4, data: new Uint8Array(60).fill(90) };
    expect(findEdges(flat, { low: 1, high: 2, blur: 0 }).data).toEqual(new Uint8Array(60));
    const halves: ByteImage = {
      width: 6,
      height: 3,
      data: Uint8Array.from({ length: 54 }, (_, i) => (i % 3 === 2 && Math.floor(i / 3) % 6 >= 3 ? 255 : 0)),
    };
    const { data } = findEdges(halves, { low: 100, high: 200, blur: 0 });
    const row = [0, 0, 255, 0, 0, 0].flatMap((value) => [value, value, value]);
    expect([...data]).toEqual([...row, ...row, ...row]);
  });

  it("become fewer, and stay among those before, as the upper threshold rises", () => {
    const picture = fc.record({
      width: fc.integer({ min: 1, max: 12 }),
      height: fc.integer({ min: 1, max: 12 }),
      bytes: fc.uint8Array({ minLength: 432, maxLength: 432 }),
    });
    fc.assert(
      fc.property(picture, fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 }), (p, a, b) => {
        const image = { ...p, data: p.bytes.subarray(0, 3 * p.width * p.height) };
        const many = findEdges(image, { low: 0, high: Math.min(a, b), blur: 0 });
        const few = findEdges(image, { low: 0, high: Math.max(a, b), blur: 0 });
        expect(few.data.every((value, i) => value === 0 || many.data[i] === 255)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe("the luminance of a picture", () => {
  it.each(["drawing", "noise", "smooth"])("is OpenCV's gray of %s", async (name) => {
    const gray = toLuminance(await readPicture(join(FOLDER, `${name}.png`)));
    expect(differingPixels(gray, await readPicture(join(FOLDER, `${name}_gray.png`)))).toBe(0);
  });
});
