import { describe, expect, it } from "vitest";
import { readGolden } from "../../test/support/deforum-fixtures.ts";
import { RenderError } from "../errors.ts";
import { STILL as still } from "../../test/support/motion.ts";
import { type CameraMotion, flipMatrix, matrix2d, rotationMatrix } from "./camera.ts";
import { invert, type Matrix3, multiply } from "./matrix3.ts";

const identity: Matrix3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];

interface MatrixCase {
  readonly id?: string;
  readonly width: number;
  readonly height: number;
  readonly enable_perspective_flip: boolean;
  readonly params: Partial<CameraMotion>;
  readonly matrix: number[][];
  readonly flip_matrix?: number[][];
}

function maxDifference(actual: readonly number[], expected: readonly number[]): number {
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
}

const { cases, ...size } = readGolden<{ width: number; height: number; cases: MatrixCase[] }>(
  "warp2d/warp2d.json",
);
const matrixCases = [
  ...cases.map((golden) => ({ ...golden, ...size, title: golden.id })),
  ...readGolden<MatrixCase[]>("warp2d/matrices.json").map((golden) => ({
    ...golden,
    title: `${golden.width}×${golden.height} ${JSON.stringify(golden.params)}`,
  })),
];

const make = (change: Partial<CameraMotion>) => () =>
  matrix2d({ width: 8, height: 8 }, { ...still, ...change }, { ...still, ...change });

describe("the 2D matrix", () => {
  it("has all 24 + 9 golden cases", () => expect(matrixCases).toHaveLength(33));

  it.each(matrixCases)("is Deforum's: $title", (golden) => {
    const motion = { ...still, ...golden.params };
    const flip = golden.enable_perspective_flip ? motion : null;
    const matrix = matrix2d(golden, motion, flip, { deforumExact: true });
    // With the flip, Deforum computes its corners in single precision.
    expect(maxDifference(matrix, golden.matrix.flat())).toBeLessThan(flip ? 1e-3 : 1e-4);
    if (golden.flip_matrix) {
      const flipped = flipMatrix(golden, motion, { deforumExact: true });
      expect(maxDifference(flipped, golden.flip_matrix.flat())).toBeLessThan(1e-3);
    }
  });

  it("leaves the picture alone when nothing moves, with and without the flip", () => {
    for (const flip of [null, still]) {
      expect(maxDifference(matrix2d({ width: 96, height: 64 }, still, flip), identity)).toBeLessThan(1e-12);
    }
  });

  it("keeps the translation under a perspective flip, which Deforum loses", () => {
    const moved = { ...still, translation_x: 12, translation_y: 9, perspective_flip_phi: 10 };
    const matrix = matrix2d({ width: 96, height: 64 }, moved, moved);
    const unmoved = matrix2d(
      { width: 96, height: 64 },
      { ...moved, translation_x: 0, translation_y: 0 },
      moved,
    );
    expect(maxDifference(matrix, multiply(unmoved, [1, 0, 12, 0, 1, 9, 0, 0, 1]))).toBeLessThan(1e-9);
  });

  it("rejects numbers that are no camera, naming the setting", () => {
    expect(make({ angle: Number.NaN })).toThrow(
      expect.objectContaining({ constructor: RenderError, where: "motion.angle" }),
    );
    expect(make({ zoom: Infinity })).toThrow(expect.objectContaining({ where: "motion.zoom" }));
    for (const fv of [0, 180, -53, 400, Number.NaN]) {
      expect(make({ perspective_flip_fv: fv })).toThrow(
        expect.objectContaining({ constructor: RenderError, where: "motion.perspective_flip_fv" }),
      );
    }
  });
});

describe("the 3D rotation", () => {
  const rotations =
    readGolden<{ deg_xyz: [number, number, number]; R: number[][] }[]>("warp3d/rotations.json");

  it.each(rotations)("is Deforum's: $deg_xyz degrees", ({ deg_xyz, R }) => {
    // The goldens are float32.
    expect(maxDifference(rotationMatrix(...deg_xyz), R.flat())).toBeLessThan(2e-7);
  });
});

describe("matrices", () => {
  it("times their inverse give the identity", () => {
    const matrix = matrix2d(
      { width: 96, height: 64 },
      { ...still, angle: 17, zoom: 1.3, translation_x: 5 },
      { ...still, perspective_flip_gamma: 20 },
    );
    expect(maxDifference(multiply(matrix, invert(matrix)!), identity)).toBeLessThan(1e-12);
  });

  it("that flatten the plane have no inverse", () => {
    expect(invert([0, 0, 0, 0, 0, 0, 0, 0, 1])).toBeNull();
    expect(invert([1, 2, 3, 2, 4, 6, 0, 0, 1])).toBeNull();
    expect(invert([Number.NaN, 0, 0, 0, 1, 0, 0, 0, 1])).toBeNull();
  });
});
