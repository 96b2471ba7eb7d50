import { describe, expect, it } from "vitest";
import { normalNoise, philoxBlock, randomStream } from "./random.ts";

describe("philoxBlock", () => {
  // Known-answer vectors of the Random123 distribution (philox4x32, 10 rounds).
  it.each([
    [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      "d16cfe09 94fdcceb 5001e420 24126ea1",
    ],
  ] as const)("gives the published words for counter %j and key %j", (counter, key, expected) => {
    const output = new Uint32Array(4);
    const [c0, c1, c2, c3] = counter;
    philoxBlock(c0, c1, c2, c3, key[0], key[1], output);
    expect(Array.from(output, (word) => word.toString(16).padStart(8, "0")).join(" ")).toBe(expected);
  });
});

describe("randomStream", () => {
  it("repeats itself for the same seed and purpose", () => {
    expect(normalNoise(7, "latent", 5)).toEqual(normalNoise(7, "latent", 5));
  });

  it("differs for another seed, another purpose, and seeds beyond 32 bits", () => {
    const streams = [
      normalNoise(7, "latent", 4),
      normalNoise(8, "latent", 4),
      normalNoise(7, "pixel noise", 4),
      normalNoise(7 + 2 ** 32, "latent", 4),
    ];
    expect(new Set(streams.map(String)).size).toBe(4);
  });

  it("draws uniform numbers in [0, 1) with the mean and spread of the uniform distribution", () => {
    const stream = randomStream(1, "test");
    const values = Array.from({ length: 100_000 }, () => stream.uniform());
    expect(Math.min(...values.slice(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(values.every((value) => value < 1)).toBe(true);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).toBeCloseTo(0.5, 2);
  });

  it("draws normal numbers with mean 0 and deviation 1", () => {
    const values = normalNoise(3, "test", 100_000);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(Math.sqrt(variance)).toBeCloseTo(1, 2);
    expect(values.every(Number.isFinite)).toBe(true);
  });
});

describe("words", () => {
  it("are those that uniform draws, one by one, wherever a stream stands and however many are drawn", () => {
    for (const [skipped, count] of [
      [0, 0],
      [0, 5],
      [1, 2],
      [3, 4099],
      [6, 9000],
    ] as const) {
      const all = randomStream(2 ** 40 + 3, "words");
      const single = randomStream(2 ** 40 + 3, "words");
      for (let i = 0; i < skipped; i++) expect(all.uniform()).toBe(single.uniform());
      const expected = Array.from({ length: count }, () => single.uniform() * 2 ** 32);
      expect(Array.from(all.words(count))).toEqual(expected);
      expect(all.uniform()).toBe(single.uniform());
    }
  });
});
