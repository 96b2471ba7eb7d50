/** Where the eye is drawn, and what is made of it. */
import { describe, expect, it } from "vitest";
import { paint } from "../../test/support/drawn-pictures.ts";
import { measureComposition } from "./composition.ts";
import { measureReadability } from "./readability.ts";
import { toLuma } from "./luma.ts";
import { measureSaliency, SALIENCY_SIDE } from "./saliency.ts";
import { scoreFrame } from "./score.ts";

/** A red ball before a sky that brightens downwards, its middle at shares of the sides. */
function ball(x: number, y: number, radius = 14) {
  return paint(192, 108, (px, py) => {
    const isBall = (px - 192 * x) ** 2 + (py - 108 * y) ** 2 < radius ** 2;
    return isBall ? [220, 40, 30] : [90 + py / 3, 140 + py / 3, 200];
  });
}

function saliencyOf(image: ReturnType<typeof ball>) {
  return measureSaliency(image, { left: 0, top: 0, width: image.width, height: image.height });
}

describe("saliency", () => {
  it.each([
    [0.25, 0.3],
    [0.5, 0.5],
    [0.8, 0.6],
  ])("peaks at the ball at (%f, %f), and sums to 1", (x, y) => {
    const map = saliencyOf(ball(x, y));
    const peak = map.indexOf(Math.max(...map));
    expect(Math.abs(((peak % SALIENCY_SIDE) + 0.5) / SALIENCY_SIDE - x)).toBeLessThan(0.08);
    expect(Math.abs((Math.floor(peak / SALIENCY_SIDE) + 0.5) / SALIENCY_SIDE - y)).toBeLessThan(0.14);
    expect(map.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 10);
  });

  it("is alike everywhere in an even picture", () => {
    const map = saliencyOf(paint(40, 30, () => [80, 90, 100]));
    for (const value of map) expect(value).toBeCloseTo(1 / map.length, 12);
  });

  it("mirrors with the picture", () => {
    const [left, right] = [saliencyOf(ball(0.25, 0.5)), saliencyOf(ball(1 - 0.25 - 1 / 192, 0.5))];
    const mirrored = right.map(
      (_, i) => right[i - (i % SALIENCY_SIDE) + SALIENCY_SIDE - 1 - (i % SALIENCY_SIDE)]!,
    );
    for (const [i, value] of left.entries()) expect(mirrored[i]).toBeCloseTo(value, 8);
  });
});

describe("composition", () => {
  it("puts a subject on a crossing of the thirds above one in the middle, and that above one in a corner", () => {
    const thirds = [ball(1 / 3, 1 / 3), ball(0.5, 0.5), ball(0.06, 0.06)].map(
      (image) => scoreFrame(image).thirds,
    );
    expect(thirds[0]!).toBeGreaterThan(thirds[1]! + 0.1);
    expect(thirds[1]!).toBeGreaterThan(thirds[2]! + 0.1);
  });

  it("gives room to one whole subject, less to one that is cut, and less to one of three", () => {
    const three = paint(192, 108, (x, y) => {
      const isBall = [30, 96, 160].some((middle) => (x - middle) ** 2 + (y - 54) ** 2 < 196);
      return isBall ? [220, 40, 30] : [90 + y / 3, 140 + y / 3, 200];
    });
    const [whole, cut, several] = [ball(0.5, 0.5), ball(0, 0.5), three].map(
      (image) => scoreFrame(image).subjectRoom,
    );
    expect(whole!).toBeGreaterThan(0.9);
    expect(cut!).toBeLessThan(0.5);
    expect(several!).toBeLessThan(0.6);
  });

  it("of a map without anything that stands out is that of an even one", () => {
    const even = new Float64Array(SALIENCY_SIDE ** 2).fill(1 / SALIENCY_SIDE ** 2);
    const { thirds, subjectRoom } = measureComposition(even);
    expect(subjectRoom).toBe(0);
    expect(thirds).toBeCloseTo(0.228, 2);
  });
});

describe("readability", () => {
  it("is high for a large shape, low for fine stripes, and 1 where nothing is lost", () => {
    const shape = toLuma(
      paint(320, 180, (x, y) => Array(3).fill((x - 160) ** 2 + (y - 90) ** 2 < 3600 ? 220 : 30)),
    );
    const stripes = toLuma(paint(320, 180, (x) => Array(3).fill((x >> 1) % 2 === 0 ? 220 : 30)));
    expect(measureReadability(shape)).toBeGreaterThan(0.5);
    expect(measureReadability(stripes)).toBeLessThan(0.15);
    expect(measureReadability(toLuma(paint(120, 68, (x, y) => [x, y, x ^ y])))).toBe(1);
    expect(measureReadability(toLuma(paint(320, 180, () => [7, 7, 7])))).toBe(1);
  });
});
