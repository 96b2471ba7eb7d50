import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  levelDifference,
  readGolden,
  readGoldenFloats,
  readGoldenImage,
  readGoldenPicture,
} from "../../test/support/deforum-fixtures.ts";
import { STILL } from "../../test/support/motion.ts";
import { RenderError } from "../errors.ts";
import { type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { locateRows } from "./camera-view.ts";
import { type CameraMotion, flipMatrix, matrix2d } from "./camera.ts";
import { worldDepth } from "./depth.ts";
import { invert } from "./matrix3.ts";
import type { Padding } from "./padding.ts";
import { resample, type Sampling } from "./sampling.ts";
import { warpImage, type WarpOptions } from "./warp.ts";
import { warp2d } from "./warp2d.ts";
import { locateInDepth, warp3d } from "./warp3d.ts";

interface Golden2d {
  readonly id: string;
  readonly enable_perspective_flip: boolean;
  readonly params: Partial<CameraMotion>;
}

describe("the 2D warp", () => {
  const cases = readGolden<{ cases: Golden2d[] }>("warp2d/warp2d.json").cases.flatMap((golden) =>
    (["replicate", "wrap"] as const).map((border) => ({ ...golden, border })),
  );

  it("has all 24 golden moves, with both borders", () => expect(cases).toHaveLength(48));

  // OpenCV reads at 1/32 of a pixel, we read exactly: up to 4 levels at hard edges, 0.2 on the mean.
  it.each(cases)("draws Deforum's $id with border $border", async (golden) => {
    const warped = warpImage(
      await readGoldenImage("warp2d/input.png"),
      { ...STILL, ...golden.params },
      {
        mode: "2d",
        border: golden.border,
        perspectiveFlip: golden.enable_perspective_flip,
        deforumExact: true,
      },
    );
    const difference = levelDifference(
      warped,
      await readGoldenPicture(`warp2d/${golden.id}_${golden.border}.png`),
    );
    expect(difference.max).toBeLessThan(4.01);
    expect(difference.mean).toBeLessThan(0.2);
  });
});

interface Golden3d {
  readonly id: string;
  readonly params: Partial<CameraMotion> & { readonly aspect_ratio: number };
  readonly anim: {
    readonly depth_algorithm: string;
    readonly padding_mode: Padding;
    readonly sampling_mode: Sampling;
    readonly aspect_ratio_use_old_formula: boolean;
    readonly enable_perspective_flip: boolean;
    readonly border: "replicate" | "wrap";
  };
  readonly depth: string | null;
  readonly output: string;
  readonly grid?: string;
}

describe("the 3D warp", () => {
  const { cases, ...size } = readGolden<{ width: number; height: number; cases: Golden3d[] }>(
    "warp3d/warp3d.json",
  );
  const rawDepth = readGoldenFloats("warp3d/depth_96x64_f32le.bin");

  function goldenDepth({ depth, anim }: Golden3d): Float32Array | null {
    if (depth === null) return null;
    if (depth.startsWith("constant"))
      return worldDepth(
        rawDepth.map(() => 3),
        "inverse",
      );
    // The "(old)" choices take the network's numbers as they are.
    if (anim.depth_algorithm.endsWith("(old)")) return rawDepth.map((value) => value / 4);
    return worldDepth(rawDepth, anim.depth_algorithm.startsWith("Midas") ? "inverse" : "metric");
  }

  function goldenAspect({ anim, params }: Golden3d): number {
    return anim.aspect_ratio_use_old_formula ? size.width / size.height : params.aspect_ratio;
  }

  it("has all 36 golden moves", () => expect(cases).toHaveLength(36));

  // The flip is a 2D warp first, so it has that warp's tolerance: 4 levels and 0.2 on the mean. The test after this one has the rest.
  it.each(cases)("draws Deforum's $id", async (golden) => {
    const warped = warpImage(
      await readGoldenImage("warp3d/input.png"),
      { ...STILL, ...golden.params, aspect_ratio: goldenAspect(golden) },
      {
        mode: "3d",
        border: golden.anim.border,
        padding: golden.anim.padding_mode,
        sampling: golden.anim.sampling_mode,
        perspectiveFlip: golden.anim.enable_perspective_flip,
        depth: goldenDepth(golden),
        deforumExact: true,
      },
    );
    const difference = levelDifference(warped, await readGoldenPicture(`warp3d/${golden.output}`));
    expect(difference.max).toBeLessThan(golden.anim.enable_perspective_flip ? 4.01 : 1.01);
    expect(difference.mean).toBeLessThan(golden.id === "tz300" ? 0.35 : 0.2);
  });

  it.each(cases.filter(({ anim }) => anim.enable_perspective_flip))(
    "draws Deforum's $id within one level when the flip reads at 1/32 of a pixel, as OpenCV does",
    async (golden) => {
      const motion = { ...STILL, ...golden.params };
      const [a, b, c, d, e, f, g, h, i] = invert(flipMatrix(size, motion, { deforumExact: true }))!;
      const card = resample(
        await readGoldenImage("warp3d/input.png"),
        (row, positions) => {
          for (let column = 0; column < size.width; column++) {
            const w = g * column + h * row + i;
            positions[2 * column] = Math.round((32 * (a * column + b * row + c)) / w) / 32;
            positions[2 * column + 1] = Math.round((32 * (d * column + e * row + f)) / w) / 32;
          }
        },
        "bilinear",
        golden.anim.border === "wrap" ? "wrap" : "border",
      );
      const warped = warp3d(toFloatImage(toByteImage(card)), motion, {
        depth: goldenDepth(golden),
        deforumExact: true,
      });
      const difference = levelDifference(warped, await readGoldenPicture(`warp3d/${golden.output}`));
      expect(difference.max).toBeLessThan(1.01);
    },
  );

  const withGrid = cases.filter((golden) => golden.grid !== undefined);
  it("has 6 golden sampling grids", () => expect(withGrid).toHaveLength(6));

  it.each(withGrid)("looks where Deforum looks: $grid", (golden) => {
    const grid = readGoldenFloats(`warp3d/${golden.grid}`);
    const { width, height } = size;
    const motion = { ...STILL, ...golden.params };
    const locate = locateInDepth(size, motion, goldenDepth(golden), goldenAspect(golden));
    const positions = new Float64Array(2 * width);
    let worst = 0;
    for (let row = 0; row < height; row++) {
      locate(row, positions);
      positions.forEach((position, i) => {
        const normalized = (2 * position + 1) / (i % 2 === 0 ? width : height) - 1;
        worst = Math.max(worst, Math.abs(normalized - grid[row * 2 * width + i]!));
      });
    }
    expect(worst).toBeLessThan(2e-6);
  });
});

/** A picture that differs everywhere and is smooth enough to survive a resampling. */
function waves(width: number, height: number): RgbImage {
  const data = new Float32Array(3 * width * height);
  for (let i = 0; i < data.length; i++) {
    const column = Math.floor(i / 3) % width;
    const row = Math.floor(i / 3 / width);
    data[i] = 0.5 + 0.4 * Math.sin(column / 9 + (i % 3)) * Math.cos(row / 7 - (i % 3));
  }
  return { width, height, data };
}

function worstDifference(a: RgbImage, b: RgbImage): number {
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

const EVERY_WAY: readonly WarpOptions[] = [
  { mode: "2d" },
  { mode: "2d", border: "wrap" },
  { mode: "2d", perspectiveFlip: true },
  ...(["bicubic", "bilinear", "nearest"] as const).flatMap((sampling) =>
    (["border", "reflection", "zeros", "wrap"] as const).map((padding) => ({
      mode: "3d" as const,
      sampling,
      padding,
      perspectiveFlip: true,
    })),
  ),
];

const warp = (mode: "2d" | "3d", change: Partial<CameraMotion>) => () =>
  warpImage(waves(8, 8), { ...STILL, ...change }, { mode, perspectiveFlip: true });
const refusal = (where: string) =>
  expect.objectContaining({ constructor: RenderError, where, hint: expect.any(String) });

/** One bright pixel in the middle; where does it go? */
const brightest = (motion: Partial<CameraMotion>, mode: "2d" | "3d"): { x: number; y: number } => {
  const data = new Float32Array(3 * 41 * 41);
  data.fill(1, 3 * (20 * 41 + 20), 3 * (20 * 41 + 21));
  const warped = warpImage({ width: 41, height: 41, data }, { ...STILL, ...motion }, { mode });
  const at = Math.floor(warped.data.indexOf(Math.max(...warped.data)) / 3);
  return { x: (at % 41) - 20, y: Math.floor(at / 41) - 20 };
};

describe("any warp", () => {
  it.each(EVERY_WAY)("leaves the picture as it is when nothing moves: %o", (options) => {
    for (const [width, height] of [
      [40, 24],
      [8, 8],
      [1, 5],
      [3, 1],
    ] as const) {
      const image = waves(width, height);
      // Float rounding of positions, times the steepest slope of the kernel.
      expect(worstDifference(warpImage(image, STILL, options), image)).toBeLessThan(1e-6);
    }
  });

  it("undoes itself inside the picture when moved forward and back in 2D", () => {
    const image = waves(80, 56);
    fc.assert(
      fc.property(
        fc.double({ min: -8, max: 8, noNaN: true }),
        fc.double({ min: 0.9, max: 1.15, noNaN: true }),
        fc.double({ min: -4, max: 4, noNaN: true }),
        (angle, zoom, shift) => {
          const matrix = matrix2d(image, { ...STILL, angle, zoom, translation_x: shift }, null);
          const back = warp2d(warp2d(image, matrix), invert(matrix)!);
          for (let row = 20; row < 36; row++) {
            for (let i = 3 * (row * 80 + 24); i < 3 * (row * 80 + 56); i++) {
              // Two linear interpolations of waves of curvature 1/49.
              if (Math.abs(back.data[i]! - image.data[i]!) > 0.012) return false;
            }
          }
          return true;
        },
      ),
      { numRuns: 40 },
    );
  });

  it("takes any finite camera and gives a picture of numbers from 0 to 1, the same every time", () => {
    const number = fc.oneof(
      fc.double({ min: -200, max: 200, noNaN: true }),
      fc.constantFrom(0, 1e6, -1e6, 1e-9),
    );
    const lens = fc.oneof(
      fc.double({ min: 1, max: 179, noNaN: true }),
      fc.double({ min: -179, max: -1, noNaN: true }),
    );
    const camera = fc.record({
      angle: number,
      zoom: fc.oneof(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.constant(-1)),
      translation_x: number,
      translation_y: number,
      translation_z: fc.oneof(number, fc.constant(200)),
      transform_center_x: number,
      transform_center_y: number,
      rotation_3d_x: fc.oneof(number, fc.constantFrom(90, 180)),
      rotation_3d_y: fc.oneof(number, fc.constantFrom(90, 180)),
      rotation_3d_z: number,
      fov: lens,
    });
    fc.assert(
      fc.property(
        camera,
        fc.constantFrom(...EVERY_WAY),
        fc.integer({ min: 1, max: 17 }),
        fc.integer({ min: 1, max: 17 }),
        (motion, options, width, height) => {
          const image = waves(width, height);
          const before = image.data.slice();
          const way = { ...options, perspectiveFlip: false };
          const warped = warpImage(image, { ...STILL, ...motion }, way);
          expect(warped.data).toHaveLength(3 * width * height);
          expect(warped.data.every((value) => value >= 0 && value <= 1)).toBe(true);
          expect(warpImage(image, { ...STILL, ...motion }, way)).toEqual(warped);
          expect(image.data).toEqual(before);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("draws the same bits by a matrix as at positions found one by one", () => {
    const number = fc.oneof(
      fc.double({ min: -2, max: 2, noNaN: true }),
      fc.constantFrom(0, -0, 1, -1, 0.5, 1e-5, 40, 1e200),
    );
    const shift = fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(0, 7, -1, 1e300));
    const matrix = fc.tuple(number, number, shift, number, number, shift, fc.constantFrom(1, 3, -0.7));
    fc.assert(
      fc.property(
        matrix,
        fc.constantFrom<Padding>("border", "reflection", "zeros", "wrap", "mirror", "margin"),
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 60 }),
        ([a, b, c, d, e, f, i], padding, width, height) => {
          const image = waves(width, height);
          const view = { kind: "matrix", numbers: [a, b, c, d, e, f, 0, 0, i], depth: null } as const;
          const byMatrix = resample(image, view, "bilinear", padding);
          const oneByOne = resample(image, locateRows(view), "bilinear", padding);
          expect(Buffer.compare(Buffer.from(byMatrix.data.buffer), Buffer.from(oneByOne.data.buffer))).toBe(
            0,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it("refuses what is no camera with the setting and a hint, instead of a picture of nothing", () => {
    expect(warp("2d", { zoom: 0 })).toThrow(refusal("motion"));
    expect(warp("2d", { perspective_flip_phi: 90 })).toThrow(refusal("motion"));
    expect(warp("3d", { perspective_flip_gamma: 90 })).toThrow(refusal("motion"));
    for (const fov of [0, 180, -180, 360]) expect(warp("3d", { fov })).toThrow(refusal("motion.fov"));
    expect(warp("3d", { fov: Number.NaN })).toThrow(refusal("motion.fov"));
    expect(warp("3d", { translation_z: -Infinity })).toThrow(refusal("motion.translation_z"));
    expect(() => warp3d(waves(8, 8), STILL, { aspect: 0 })).toThrow(refusal("motion.aspect_ratio"));
  });

  it("refuses a depth map of another size", () => {
    expect(() => warp3d(waves(8, 8), STILL, { depth: new Float32Array(63) })).toThrow(RangeError);
  });

  it("moves the picture the documented way", () => {
    expect(brightest({ translation_x: 5 }, "2d")).toEqual({ x: 5, y: 0 });
    expect(brightest({ translation_y: 5 }, "2d")).toEqual({ x: 0, y: 5 });
    expect(brightest({ translation_x: 20 }, "3d").x).toBeLessThan(0);
    expect(brightest({ translation_y: 20 }, "3d").y).toBeGreaterThan(0);
    expect(brightest({ rotation_3d_x: 5 }, "3d").y).toBeGreaterThan(0);
    expect(brightest({ rotation_3d_y: 5 }, "3d").x).toBeLessThan(0);
  });
});
