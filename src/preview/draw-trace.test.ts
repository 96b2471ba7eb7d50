import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STILL } from "../../test/support/motion.ts";
import { resample } from "../motion/sampling.ts";
import { type ByteImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { cameraMoves } from "./camera-moves.ts";
import { drawTrace, halvings } from "./draw-trace.ts";
import { moveTrace, startTrace } from "./trace.ts";

/** A picture with an edge at every pixel. */
function checkered(width: number, height: number): ByteImage {
  const data = new Uint8Array(3 * width * height).map(
    (_, i) => (i * 89 + Math.floor(i / 3 / width) * 57) % 256,
  );
  return { width, height, data };
}

const furthest = (a: ByteImage, b: ByteImage): number =>
  a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);

describe("what a trace shows", () => {
  it("is the picture itself before any move, at any size and step", () => {
    const sides = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(sides, sides, fc.constantFrom(1, 8), (width, height, step) => {
        const picture = checkered(width, height);
        expect(drawTrace(startTrace(picture, step), halvings(picture)).data).toEqual(picture.data);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ["near its edge", 1, { translation_x: 7.3, translation_y: -4.6 }],
    ["far outside, with few nodes", 8, { translation_x: -333.3, translation_y: 171.2, angle: 3 }],
    ["far outside, with a node at each pixel", 1, { translation_x: 933.7, translation_y: 55.5, angle: -20 }],
    ["enlarged", 8, { zoom: 1.9 }],
  ] as const)("is the picture or its mirror images, as the warp draws them: %s", (_, step, numbers) => {
    const picture = checkered(96, 56);
    const trace = startTrace(picture, step);
    for (const view of cameraMoves(picture, { ...STILL, ...numbers }, { mode: "2d" }, null))
      moveTrace(trace, view);
    const drawn = drawTrace(trace, halvings(picture));
    const full = startTrace(picture, 1);
    for (const view of cameraMoves(picture, { ...STILL, ...numbers }, { mode: "2d" }, null))
      moveTrace(full, view);
    const expected = resample(
      toFloatImage(picture),
      (row, positions) => positions.set(full.places.subarray(192 * row, 192 * (row + 1))),
      "bilinear",
      "reflection",
    );
    // Rounded once in floats and once in doubles; between nodes positions are rounded too.
    expect(furthest(drawn, toByteImage(expected))).toBeLessThanOrEqual(1);
  });

  it("comes from a smaller copy of the picture where it is seen from afar", () => {
    const picture = checkered(64, 64);
    const trace = startTrace(picture, 8);
    trace.places.forEach((place, i) => (trace.places[i] = 4 * place));
    const drawn = drawTrace(trace, halvings(picture));
    const quarter = halvings(picture)[2]!;
    // Its colors are means of sixteen, less far apart than the picture's.
    expect(Math.min(...drawn.data)).toBeGreaterThanOrEqual(Math.min(...quarter.data));
    expect(Math.max(...drawn.data)).toBeLessThanOrEqual(Math.max(...quarter.data));
  });
});
