import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  levelDifference,
  readGolden,
  readGoldenImage,
  readGoldenPicture,
} from "../../test/support/deforum-fixtures.ts";
import { RenderError } from "../errors.ts";
import { type RgbImage, toByteImage } from "../tensor/image.ts";
import { sharpen } from "./sharpen.ts";

interface GoldenSharpen {
  readonly kernel: number;
  readonly sigma: number;
  readonly amount?: number;
  readonly threshold?: number;
  readonly output?: string;
  readonly mask?: string;
  readonly error?: string;
  readonly ok?: boolean;
}

const { cases } = readGolden<{ cases: GoldenSharpen[] }>("sharpen/sharpen.json");
const pictures = cases.filter(({ output }) => output !== undefined);

async function readMask(name: string | undefined): Promise<Float32Array | undefined> {
  if (name === undefined) return undefined;
  const { data } = await readGoldenImage(`sharpen/${name}`);
  return data.filter((_, i) => i % 3 === 0);
}

describe("sharpening", () => {
  it("has 16 golden cases, 13 of them pictures", () => {
    expect(cases).toHaveLength(16);
    expect(pictures).toHaveLength(13);
  });

  it.each(pictures)("draws Deforum's $output", async ({ kernel, sigma, amount, threshold, mask, output }) => {
    const weights = await readMask(mask);
    const sharpened = sharpen(
      await readGoldenImage("sharpen/input.png"),
      { kernel, sigma, amount: amount!, threshold: threshold! },
      { deforumExact: true, ...(weights && { mask: weights }) },
    );
    const difference = levelDifference(toByteImage(sharpened), await readGoldenPicture(`sharpen/${output}`));
    // OpenCV takes fixed weights for sigma 0; with a threshold one rounding of the blur decides between sharpened and not.
    expect(difference.max).toBeLessThanOrEqual(threshold === 8 ? 4 : sigma === 0 ? 2 : 1);
    expect(difference.mean).toBeLessThan(0.11);
  });

  it.each(pictures.filter(({ threshold }) => threshold === 0))(
    "in float draws $output but for rounding",
    async ({ kernel, sigma, amount, mask, output }) => {
      const weights = await readMask(mask);
      const sharpened = sharpen(
        await readGoldenImage("sharpen/input.png"),
        { kernel, sigma, amount: amount!, threshold: 0 },
        weights && { mask: weights },
      );
      // Half a level of the result and `amount` half levels of the blur.
      const difference = levelDifference(sharpened, await readGoldenPicture(`sharpen/${output}`));
      expect(difference.max).toBeLessThan(sigma === 0 ? 2.5 : 1.1 + 0.5 * Math.abs(amount!));
    },
  );

  it.each(cases.filter(({ error }) => error !== undefined))("refuses kernel $kernel", ({ kernel, sigma }) => {
    expect(() => sharpen(flat(0.5), { kernel, sigma, amount: 0.5, threshold: 0 })).toThrow(
      expect.objectContaining({ constructor: RenderError, where: "feedback.sharpen.kernel" }),
    );
  });

  it("derives kernel 0 from sigma", () => {
    const image = flat(0.5);
    image.data[3 * 40] = 1;
    const derived = sharpen(image, { kernel: 0, sigma: 1, amount: 1, threshold: 0 });
    expect(derived).toEqual(sharpen(image, { kernel: 7, sigma: 1, amount: 1, threshold: 0 }));
  });

  it("refuses kernels that are negative, huge or no number", () => {
    for (const [kernel, sigma] of [
      [-3, 1],
      [0, 0],
      [1001, 1],
      [2.5, 1],
      [0, 1e9],
      [Number.NaN, 1],
      [5, Infinity],
    ] as const) {
      expect(() => sharpen(flat(0.5), { kernel, sigma, amount: 0.5, threshold: 0 })).toThrow(RenderError);
    }
  });

  it("leaves small differences alone in both directions, unlike Deforum", () => {
    const image = flat(0.5);
    image.data[3 * 40] = 0.5 + 3 / 255;
    image.data[3 * 20] = 0.5 - 3 / 255;
    const unsharp = { kernel: 5, sigma: 1, amount: 1, threshold: 8 };
    expect(sharpen(image, unsharp)).toEqual(image);
    expect(sharpen(image, unsharp, { deforumExact: true })).not.toEqual(image);
  });

  it("keeps flat pictures flat, values within 0–1, and sizes down to one pixel", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(1, 3, 5, 21),
        fc.double({ min: -2, max: 10, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (width, height, kernel, amount, value, deforumExact) => {
          const unsharp = { kernel, sigma: 1, amount, threshold: 0 };
          const even = flat(Math.round(value * 255) / 255, width, height);
          sharpen(even, unsharp, { deforumExact }).data.forEach((v, i) =>
            expect(v).toBeCloseTo(even.data[i]!, 5),
          );
          const uneven = { ...even, data: even.data.map((v, i) => (i % 2 === 0 ? v : 1 - v)) };
          const sharpened = sharpen(uneven, unsharp, { deforumExact });
          expect(sharpened.data.every((v) => v >= 0 && v <= 1)).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });
});

function flat(value: number, width = 9, height = 7): RgbImage {
  return { width, height, data: new Float32Array(3 * width * height).fill(value) };
}
