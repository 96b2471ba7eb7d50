import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floatsAt, lendMemory, wordsAt } from "./kernels.ts";
import { shareRows } from "./share-rows.ts";

/** A picture of `width` × `height` blurred with the single weight 2, along rows and along columns: each float four times itself. */
function quadrupled(source: Float32Array, width: number, height: number, bandRows: number): Float32Array {
  const data = new Float32Array(source.length);
  const seen = new Uint8Array(height);
  lendMemory([4 * source.length, 4, 64], (picture, weights, settings) => {
    floatsAt(weights, 1)[0] = 2;
    wordsAt(settings, 6).set([picture, width, height, 1, weights, 0]);
    const job = { rows: height, bandRows, rowBytes: 12 * width, scratchBytes: 48 * width + 1024 };
    shareRows(
      { kernel: "blur", settings, ...job, picture: { data: source, place: picture } },
      (row, rows, place) => {
        for (let i = row; i < row + rows; i++) seen[i]!++;
        data.set(floatsAt(place, 3 * width * rows), 3 * width * row);
      },
    );
  });
  expect(seen.every((count) => count === 1)).toBe(true);
  return data;
}

describe("shareRows", () => {
  it("hands over every row once, whatever the bands", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 1500 }),
        fc.integer({ min: 1, max: 40 }),
        (width, height, bandRows) => {
          const source = Float32Array.from({ length: 3 * width * height }, (_, i) => i);
          const results = quadrupled(source, width, height, bandRows);
          expect(results.every((value, i) => value === 4 * i)).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("gives the same bits while helpers come, take part and sleep", async () => {
    const [width, height] = [512, 300];
    for (let round = 0; round < 100; round++) {
      const source = new Float32Array(3 * width * height).fill(round);
      expect(quadrupled(source, width, height, 4).every((value) => value === 4 * round)).toBe(true);
      // Long enough, now and then, for a helper to start or to fall asleep.
      if (round % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});
