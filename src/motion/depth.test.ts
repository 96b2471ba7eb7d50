import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readGoldenFloats } from "../../test/support/deforum-fixtures.ts";
import { equalizeDepth, worldDepth } from "./depth.ts";

describe("depth maps", () => {
  it("are normalized and equalized as Deforum does", () => {
    const equalized = equalizeDepth(readGoldenFloats("warp3d/depth_96x64_f32le.bin"))!;
    const golden = readGoldenFloats("warp3d/depth_equalized_f32le.bin");
    expect(equalized).toHaveLength(golden.length);
    const worst = golden.reduce((most, value, i) => Math.max(most, Math.abs(value - equalized[i]!)), 0);
    expect(worst).toBeLessThan(1e-5);
  });

  it("keep their order between 1 and 2, near first for metric and last for inverse depth", () => {
    const map = Float32Array.of(0.1, 5, 3, 9);
    const metric = worldDepth(map, "metric")!;
    const inverse = worldDepth(map, "inverse")!;
    expect(metric[3]).toBe(2);
    expect(inverse[3]).toBe(1);
    expect(metric[0]! < metric[2]! && metric[2]! < metric[1]! && metric[1]! < metric[3]!).toBe(true);
    metric.forEach((z, i) => expect(z + inverse[i]!).toBeCloseTo(3, 6));
  });

  it("that say nothing mean a plane", () => {
    for (const map of [[], [3, 3, 3], [1, Number.NaN, 2], [1, Infinity], [-Infinity, 0]]) {
      expect(worldDepth(Float32Array.from(map), "metric")).toBeNull();
    }
  });

  it("of any scale give depths from 1 to 2", () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 2, noNaN: true, noDefaultInfinity: true }), (map) => {
        const depth = worldDepth(map, "inverse");
        return depth === null || depth.every((z) => z >= 0.999999 && z <= 2.000001);
      }),
    );
  });
});
