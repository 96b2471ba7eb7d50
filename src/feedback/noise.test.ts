import { describe, expect, it } from "vitest";
import {
  levelDifference,
  readGolden,
  readGoldenFloats,
  readGoldenImage,
  readGoldenPicture,
} from "../../test/support/deforum-fixtures.ts";
import { RenderError } from "../errors.ts";
import { type ByteImage, type RgbImage, toByteImage } from "../tensor/image.ts";
import { addNoise, type NoiseOptions } from "./noise.ts";
import { noiseSource } from "./noise-source.ts";
import { perlinField } from "./perlin.ts";
import { torchNoiseSource } from "./torch-noise-source.ts";

interface GoldenNoise {
  readonly id: string;
  readonly input: string;
  readonly amount: number;
  readonly seed: number;
  readonly type: "uniform" | "perlin";
  readonly perlin_w: number;
  readonly perlin_h: number;
  readonly octaves: number;
  readonly persistence: number;
  readonly mask?: string | null;
  readonly invert_mask?: boolean;
  readonly output?: string;
  readonly error?: string;
}

interface GoldenField {
  readonly file: string;
  readonly seed: number;
  readonly res: readonly [number, number];
  readonly octaves: number;
  readonly persistence: number;
}

const golden = readGolden<{
  raw: { seed: number; randn_first_32: number[]; rand_first_16: number[] }[];
  cases: GoldenNoise[];
  perlin_fields: GoldenField[];
  statistics: { type: "uniform" | "perlin"; mean: number; std: number; share_at_0_or_255: number }[];
}>("noise/noise.json");

function worstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
}

describe("torch's generator", () => {
  it("has 6 golden seeds", () => expect(golden.raw).toHaveLength(6));

  it.each(golden.raw)("gives torch's numbers for seed $seed", ({ seed, randn_first_32, rand_first_16 }) => {
    expect(worstDifference(torchNoiseSource(seed).normals(32), randn_first_32)).toBeLessThan(2e-6);
    const { uniform } = torchNoiseSource(seed);
    expect(Array.from(rand_first_16, () => uniform())).toEqual(rand_first_16);
  });

  it("counts the low 32 bits of the seed", () => {
    const seeds = [-1, 0xffff_ffff, 0x5_ffff_ffff].map((seed) => torchNoiseSource(seed).normals(16));
    expect(seeds[1]).toEqual(seeds[0]);
    expect(seeds[2]).toEqual(seeds[0]);
  });

  it("draws the last block anew when the count is not a multiple of 16", () => {
    const forty = torchNoiseSource(3).normals(40);
    const source = torchNoiseSource(3);
    expect(forty.subarray(0, 16)).toEqual(source.normals(16));
    // The first 40 uniform numbers are used up; the last 16 normal ones are made of the next 16.
    for (let i = 0; i < 24; i++) source.uniform();
    expect(forty.subarray(24)).toEqual(source.normals(16));
    expect(() => source.normals(8)).toThrow(RangeError);
  });
});

describe("the Perlin field", () => {
  it("has 3 golden fields", () => expect(golden.perlin_fields).toHaveLength(3));

  it.each(golden.perlin_fields)("is Deforum's $file", ({ file, seed, res: [rows, columns], ...rest }) => {
    const field = perlinField(torchNoiseSource(seed), 64, 64, { rows, columns, ...rest });
    expect(worstDifference(field, readGoldenFloats(`noise/${file}`))).toBeLessThan(1e-6);
  });

  it("exists for every size, with octaves finer than the pixels left out", () => {
    for (const [height, width] of [
      [1, 1],
      [8, 8],
      [7, 100],
      [50, 66],
    ] as const) {
      const field = perlinField(noiseSource(5), height, width, { octaves: 7 });
      expect(field).toHaveLength(height * width);
      expect(field.every((value) => Math.abs(value) < 2)).toBe(true);
    }
  });
});

describe("noise with Deforum's numbers", () => {
  const pictures = golden.cases.filter(({ output }) => output !== undefined);
  const failures = golden.cases.filter(({ error }) => error !== undefined);

  it("has 22 golden cases, 18 of them pictures", () => {
    expect(golden.cases).toHaveLength(22);
    expect(pictures).toHaveLength(18);
    expect(failures.map(({ id }) => id)).toEqual(["uni_96x80", "per_7", "per_oct5", "per_0.5"]);
  });

  it.each(pictures)("draws Deforum's $id", async (item) => {
    const noisy = addNoise(await readGoldenImage(`noise/${item.input}`), item.amount, item.seed, {
      ...optionsOf(item),
      ...(await maskOf(item)),
      deforumExact: true,
    });
    const difference = levelDifference(toByteImage(noisy), await readGoldenPicture(`noise/${item.output}`));
    expect(difference.max).toBeLessThanOrEqual(1);
    expect(difference.mean).toBeLessThan(0.005);
  });

  it.each(failures)("draws noise where Deforum fails: $id", async (item) => {
    const image = await readGoldenImage(`noise/${item.input}`);
    for (const deforumExact of [true, false]) {
      const noisy = addNoise(image, 1, item.seed, { ...optionsOf(item), deforumExact });
      const { mean, deviation } = statisticsOf(toByteImage(noisy));
      expect(noisy.data).toHaveLength(image.data.length);
      expect(Math.abs(mean - 127)).toBeLessThan(3);
      expect(deviation).toBeGreaterThan(50);
    }
  });
});

function optionsOf(item: GoldenNoise): NoiseOptions {
  const { type, perlin_w: rows, perlin_h: columns, octaves, persistence } = item;
  return { type, perlin: { rows, columns, octaves, persistence } };
}

async function maskOf({ mask, invert_mask }: GoldenNoise): Promise<{ mask?: Float32Array }> {
  if (mask === undefined || mask === null) return {};
  const { data } = await readGoldenImage(`noise/${mask}`);
  const open = data.filter((_, i) => i % 3 === 0);
  return { mask: invert_mask === true ? open.map((value) => 1 - value) : open };
}

function statisticsOf({ data }: ByteImage): { mean: number; deviation: number; extremes: number } {
  let sum = 0;
  let squares = 0;
  let extremes = 0;
  for (const level of data) {
    sum += level;
    squares += level * level;
    if (level === 0 || level === 255) extremes++;
  }
  const mean = sum / data.length;
  return {
    mean,
    deviation: Math.sqrt(squares / data.length - mean * mean),
    extremes: extremes / data.length,
  };
}

function gray(width: number, height: number): RgbImage {
  return { width, height, data: new Float32Array(3 * width * height).fill(128 / 255) };
}

describe("noise", () => {
  it.each(golden.statistics)("of type $type has the statistics of Deforum's", (wanted) => {
    const found = Array.from({ length: 8 }, (_, seed) =>
      statisticsOf(toByteImage(addNoise(gray(512, 512), 1, seed, { type: wanted.type }))),
    );
    const average = (pick: (s: (typeof found)[number]) => number) =>
      found.reduce((sum, s) => sum + pick(s), 0) / found.length;
    expect(Math.abs(average((s) => s.mean) / wanted.mean - 1)).toBeLessThan(0.01);
    expect(Math.abs(average((s) => s.deviation) / wanted.std - 1)).toBeLessThan(0.01);
    expect(Math.abs(average((s) => s.extremes) - wanted.share_at_0_or_255)).toBeLessThan(0.01);
  });

  it("is the same for the same seed and another for another", () => {
    const image = gray(24, 16);
    expect(addNoise(image, 0.3, 7)).toEqual(addNoise(image, 0.3, 7));
    expect(addNoise(image, 0.3, 8)).not.toEqual(addNoise(image, 0.3, 7));
    expect(addNoise(image, 0.3, 2 ** 40 + 7)).not.toEqual(addNoise(image, 0.3, 7));
  });

  it("of amount 0 changes nothing, and of more pulls towards mid-gray", () => {
    const image = { ...gray(32, 32), data: new Float32Array(3 * 32 * 32).fill(1) };
    expect(addNoise(image, 0, 7)).toEqual(image);
    const means = [0.1, 0.5, 1].map((amount) => statisticsOf(toByteImage(addNoise(image, amount, 7))).mean);
    expect(means[0]).toBeGreaterThan(means[1]!);
    expect(means[1]).toBeGreaterThan(means[2]!);
    expect(Math.abs(means[2]! - 127.5)).toBeLessThan(4);
  });

  it("leaves the picture where the mask is 0, where Deforum grays it", () => {
    const image = { ...gray(64, 64), data: new Float32Array(3 * 64 * 64).fill(1) };
    const mask = Float32Array.from({ length: 64 * 64 }, (_, i) => (i < 64 * 32 ? 1 : 0));
    const noisy = addNoise(image, 0.5, 7, { mask });
    expect(noisy.data.subarray(3 * 64 * 32)).toEqual(image.data.subarray(3 * 64 * 32));
    expect(noisy.data.subarray(0, 3 * 64 * 32).some((value) => value < 0.9)).toBe(true);
    const grayed = addNoise(image, 0.5, 7, { mask, deforumExact: true });
    expect(grayed.data.subarray(3 * 64 * 32).every((value) => Math.round(value * 255) === 191)).toBe(true);
    expect(() => addNoise(image, 0.5, 7, { mask: new Float32Array(5) })).toThrow(RangeError);
  });

  it("takes any size, and any finite amount", () => {
    for (const [width, height] of [
      [1, 1],
      [8, 8],
      [96, 80],
      [65, 3],
    ] as const) {
      for (const type of ["perlin", "uniform"] as const) {
        for (const amount of [-0.5, 0.2, 1.5, 1e6]) {
          for (const deforumExact of [false, true]) {
            const noisy = addNoise(gray(width, height), amount, 1, { type, deforumExact });
            expect(noisy.data.every((value) => value >= 0 && value <= 1)).toBe(true);
          }
        }
      }
    }
    expect(() => addNoise(gray(8, 8), Number.NaN, 1)).toThrow(RenderError);
  });

  it("draws normal numbers: moments and tails of the table", () => {
    const numbers = noiseSource(11).normals(400_001);
    const moment = (n: number) => numbers.reduce((sum, x) => sum + x ** n, 0) / numbers.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.006);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.01);
    expect(Math.abs(moment(3))).toBeLessThan(0.03);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.08);
    const share = (limit: number) => numbers.filter((x) => Math.abs(x) > limit).length / numbers.length;
    expect(Math.abs(share(1) - 0.3173)).toBeLessThan(0.003);
    expect(Math.abs(share(2.5758) - 0.01)).toBeLessThan(0.001);
  });
});
