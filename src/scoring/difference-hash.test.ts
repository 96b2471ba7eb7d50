/** The fingerprint: what changes it and what does not. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { differenceHash, hashDistance } from "./difference-hash.ts";
import type { LumaPlane } from "./luma.ts";

function plane(width: number, height: number, level: (x: number, y: number) => number): LumaPlane {
  const values = Float32Array.from({ length: width * height }, (_, i) =>
    level(i % width, Math.floor(i / width)),
  );
  return { width, height, values };
}

const text = (value: bigint) => value.toString(16).padStart(16, "0");
const waves = (x: number, y: number) => 100 + 50 * Math.sin(x / 9) * Math.cos(y / 7);
const corners = (x: number, y: number) => ((x === 0 && y === 0) || (x === 7 && y === 7) ? 200 : 100);

it("is all ones where everything darkens to the right, all zeros where it brightens", () => {
  expect(differenceHash(plane(90, 80, (x) => 255 - x))).toBe("ffffffffffffffff");
  expect(differenceHash(plane(90, 80, (x) => x))).toBe("0000000000000000");
});

it("reads its cells row by row, the first in the highest bit", () => {
  expect(differenceHash(plane(9, 8, corners))).toBe("8000000000000001");
});

it("survives brightness, contrast and scaling", () => {
  const hash = differenceHash(plane(72, 64, waves));
  expect(differenceHash(plane(72, 64, (x, y) => 0.5 * waves(x, y) + 30))).toBe(hash);
  const large = differenceHash(plane(288, 256, (x, y) => waves(x / 4, y / 4)));
  expect(hashDistance(hash, large)).toBeLessThan(5);
});

it("is at a distance that is a metric", () => {
  const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(hash, hash, hash, (a, b, c) => {
      const ones = (a ^ b).toString(2).replaceAll("0", "").length;
      expect(hashDistance(text(a), text(b))).toBe(ones);
      expect(hashDistance(text(a), text(b))).toBe(hashDistance(text(b), text(a)));
      const detour = hashDistance(text(a), text(c)) + hashDistance(text(c), text(b));
      expect(hashDistance(text(a), text(b))).toBeLessThanOrEqual(detour);
    }),
  );
});
