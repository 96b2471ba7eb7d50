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

  it("of nearness are distances between 1 and the farthest, whatever else is in the picture", () => {
    const [sky, middle, front] = worldDepth(Float32Array.of(0, 0.5, 1), "nearness", { far: 4 })!;
    expect([sky, middle, front]).toEqual([4, expect.closeTo(1.6, 6), 1]);
    expect(worldDepth(Float32Array.of(0.5, 0.2), "nearness", { far: 4 })![0]).toBeCloseTo(1.6, 6);
    expect(worldDepth(Float32Array.of(-0.1, 1.2), "nearness")).toEqual(Float32Array.of(2, 1));
  });

  it("of unknown scale reach as far as they are told to", () => {
    const map = Float32Array.of(0.1, 5, 3, 9);
    expect(worldDepth(map, "metric", { far: 5 })![3]).toBe(5);
    expect(worldDepth(map, "inverse", { far: 5 })![3]).toBe(1);
  });

  it("begin at the nearest distance that they are told", () => {
    const range = { near: 3, far: 6 };
    expect(worldDepth(Float32Array.of(0, 0.5, 1), "nearness", range)).toEqual(Float32Array.of(6, 4, 3));
    const metric = worldDepth(Float32Array.of(0.1, 5, 3, 9), "metric", range)!;
    expect(Math.min(...metric)).toBeGreaterThanOrEqual(3);
    expect(metric[3]).toBe(6);
  });

  it("are stretched instead of equalized when asked, so that a crowd of near things stays near", () => {
    const map = Float32Array.of(0, 1, 1.5, 2, 10);
    const plain = worldDepth(map, "metric", { far: 3, equalize: false })!;
    plain.forEach((z, i) => expect(z).toBeCloseTo(1 + map[i]! / 5, 6));
    worldDepth(map, "inverse", { far: 3, equalize: false })!.forEach((z, i) =>
      expect(z).toBeCloseTo(3 - map[i]! / 5, 6),
    );
    expect(worldDepth(map, "metric", { far: 3 })![3]).toBeGreaterThan(2);
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
