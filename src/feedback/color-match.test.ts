import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  levelDifference,
  readGolden,
  readGoldenImage,
  readGoldenPicture,
} from "../../test/support/deforum-fixtures.ts";
import { type RgbImage, toByteImage } from "../tensor/image.ts";
import { matchColors, matchTable } from "./color-match.ts";
import { COLOR_SPACES, type ColorSpaceName } from "./color-space.ts";

const SPACES: readonly ColorSpaceName[] = ["rgb", "hsv", "lab"];

interface GoldenMatches {
  readonly modes: Record<string, { readonly file: string }>;
  readonly single_channel_maps: { readonly channel: string; readonly map: Record<string, number> }[];
  readonly tiny: { readonly source: number[]; readonly reference: number[]; readonly out: number[] }[];
}

const golden = readGolden<GoldenMatches>("color/color.json");

function count(levels: Iterable<number>): Uint32Array {
  const counts = new Uint32Array(256);
  for (const level of levels) counts[level]!++;
  return counts;
}

/** Red and blue exchanged. */
function reversed({ width, height, data }: RgbImage): RgbImage {
  return { width, height, data: data.map((_, i) => data[i + 2 - 2 * (i % 3)]!) };
}

describe("the table of a histogram match", () => {
  it.each(golden.tiny)("sends $source to $out for the reference $reference", ({ source, reference, out }) => {
    const table = matchTable(count(source), count(reference));
    source.forEach((level, i) => expect(table[level]).toBeCloseTo(out[i]!, 12));
  });

  it.each(golden.single_channel_maps)(
    "is Deforum's for channel $channel of the pictures",
    async (channel) => {
      // Deforum's channels are in the order B, G, R.
      const offset = 2 - Number(channel.channel.slice(2));
      const [source, reference] = await Promise.all(
        ["source", "reference"].map(async (name) => {
          const { data } = await readGoldenPicture(`color/${name}.png`);
          return count(data.filter((_, i) => i % 3 === offset));
        }),
      );
      const table = matchTable(source!, reference!);
      const levels = Object.entries(channel.map);
      expect(levels.length).toBeGreaterThan(100);
      for (const [level, to] of levels) expect(Math.floor(table[Number(level)]!)).toBe(to);
    },
  );

  it("is the identity on the levels of a picture matched to itself, never falls, and stays within the reference", () => {
    const histogram = fc
      .uint32Array({ minLength: 256, maxLength: 256, max: 40 })
      .filter((h) => h.some((n) => n > 0));
    fc.assert(
      fc.property(histogram, histogram, (source, reference) => {
        const same = matchTable(source, source);
        source.forEach((n, level) => n > 0 && expect(same[level]).toBe(level));
        const table = matchTable(source, reference);
        const least = reference.findIndex((n) => n > 0);
        const most = reference.findLastIndex((n) => n > 0);
        table.forEach((to, level) => {
          expect(to).toBeGreaterThanOrEqual(source[level]! > 0 ? least : 0);
          expect(to).toBeLessThanOrEqual(source[level]! > 0 ? most : 255);
          if (level > 0) expect(to).toBeGreaterThanOrEqual(table[level - 1]! - 1e-9);
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe("color matching in Deforum's arithmetic", () => {
  const modes: readonly [string, ColorSpaceName][] = [
    ["RGB", "rgb"],
    ["HSV", "hsv"],
    ["LAB", "lab"],
    ["Video Input", "lab"],
    ["Image", "lab"],
  ];
  it("has all 5 golden modes", () => {
    expect(modes.map(([mode]) => mode).toSorted()).toEqual(Object.keys(golden.modes).toSorted());
  });

  it.each(modes)("gives Deforum's picture for %s", async (mode, space) => {
    const matched = matchColors(
      await readGoldenImage("color/source.png"),
      await readGoldenImage("color/reference.png"),
      space,
      { deforumExact: true },
    );
    const difference = levelDifference(
      toByteImage(matched),
      await readGoldenPicture(`color/${golden.modes[mode]!.file}`),
    );
    if (space === "rgb") expect(difference.max).toBe(0);
    if (space === "hsv") {
      expect(difference.mean).toBeLessThan(0.1);
      expect(difference.shareAbove(2)).toBeLessThan(0.01);
    }
    if (space === "lab") {
      expect(difference.mean).toBeLessThan(0.5);
      expect(difference.shareAbove(4)).toBeLessThan(0.01);
    }
  });
});

describe("color matching", () => {
  const withoutSwap: readonly [ColorSpaceName, number][] = [
    ["hsv", 15.154],
    ["lab", 16.554],
  ];
  it.each(withoutSwap)("in %s is %d levels away from Deforum's swapped channels", async (space, levels) => {
    const source = await readGoldenImage("color/source.png");
    const reference = await readGoldenImage("color/reference.png");
    const swapped = await readGoldenPicture(`color/match_${space}.png`);
    // Two swaps make a right: the 8-bit arithmetic with the channels in their true order.
    const whole = reversed(matchColors(reversed(source), reversed(reference), space, { deforumExact: true }));
    expect(Math.abs(levelDifference(whole, swapped).mean - levels)).toBeLessThan(0.2);
    // The float arithmetic is near it; hue of nearly gray pixels is most of what is left.
    expect(levelDifference(matchColors(source, reference, space), toByteImage(whole)).mean).toBeLessThan(1.5);
  });

  it.each(SPACES)("to the picture itself changes nothing in %s", async (space) => {
    const source = await readGoldenImage("color/source.png");
    const matched = matchColors(source, source, space);
    const worst = source.data.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - matched.data[i]!)),
      0,
    );
    expect(worst * 255).toBeLessThan(0.05);
  });

  // Not in HSV: hue is a circle, matched as a line, so its quartiles do not survive the way through RGB.
  it.each(["rgb", "lab"] as const)("gives every channel the reference's quartiles in %s", async (space) => {
    const reference = await readGoldenImage("color/reference.png");
    const matched = matchColors(await readGoldenImage("color/source.png"), reference, space);
    const quartiles = ({ data }: RgbImage) =>
      [0, 1, 2].flatMap((channel) => {
        const values = COLOR_SPACES[space]
          .toLevels(data, 0)
          .filter((_, i) => i % 3 === channel)
          .toSorted();
        return [0.25, 0.5, 0.75].map((share) => values[Math.floor(share * values.length)]!);
      });
    const wanted = quartiles(reference);
    quartiles(matched).forEach((level, i) => expect(Math.abs(level - wanted[i]!)).toBeLessThan(2));
  });

  it("takes pictures of other sizes, flat ones, single pixels and values outside 0–1, and repeats itself", () => {
    const value = fc.oneof(fc.float({ min: -1, max: 2, noNaN: true }), fc.constantFrom(0, 0.5, 1));
    const picture = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), value, fc.boolean())
      .chain(([width, height, first, flat]) =>
        fc
          .array(flat ? fc.constant(first) : value, {
            minLength: 3 * width * height,
            maxLength: 3 * width * height,
          })
          .map((values) => ({ width, height, data: Float32Array.from(values) })),
      );
    fc.assert(
      fc.property(
        picture,
        picture,
        fc.constantFrom(...SPACES),
        fc.boolean(),
        (image, reference, space, deforumExact) => {
          const matched = matchColors(image, reference, space, { deforumExact });
          expect(matched.data).toHaveLength(image.data.length);
          expect(matched.data.every((v) => v >= 0 && v <= 1)).toBe(true);
          expect(matchColors(image, { ...reference }, space, { deforumExact })).toEqual(matched);
        },
      ),
      { numRuns: 200 },
    );
  });
});
