import { describe, expect, it } from "vitest";
import { readGolden, readGoldenImage } from "../../test/support/deforum-fixtures.ts";
import { IDENTITY, type Matrix3 } from "../motion/matrix3.ts";
import { warp2d } from "../motion/warp2d.ts";
import { toByteImage } from "../tensor/image.ts";
import { estimateFlow } from "./estimate.ts";
import { fitMotion } from "./fit-motion.ts";
import { grayPlane } from "./gray-plane.ts";

const SIZE = { width: 64, height: 64 };

interface Golden {
  readonly op: string;
  readonly mode: "Affine" | "Perspective";
  readonly true_affine: readonly (readonly number[])[];
  readonly estimated: readonly (readonly number[])[];
}

const goldens = readGolden<{ cases: Golden[] }>("flow/flow.json").cases.filter(({ op }) => op === "matrix");

/** The flow of a move. */
function flowOf([a, b, c, d, e, f, g, h, i]: Matrix3): Float32Array {
  return Float32Array.from({ length: 2 * 64 * 64 }, (_, index) => {
    const [x, y] = [(index >> 1) % 64, index >> 7];
    const w = g * x + h * y + i;
    return index % 2 === 0 ? (a * x + b * y + c) / w - x : (d * x + e * y + f) / w - y;
  });
}

/** Where a matrix sends a place. */
function send([a, b, c, d, e, f, g, h, i]: Matrix3, x: number, y: number): [number, number] {
  const w = g * x + h * y + i;
  return [(a * x + b * y + c) / w, (d * x + e * y + f) / w];
}

/** Where the matrices send the corners and the middle, and how far apart. */
function farthest(found: Matrix3, expected: Matrix3): number {
  const places = [0, 32, 63].flatMap((x) => [0, 32, 63].map((y) => [x, y] as const));
  return Math.max(
    ...places.map(([x, y]) => {
      const [p, q] = [send(found, x, y), send(expected, x, y)];
      return Math.hypot(p[0] - q[0], p[1] - q[1]);
    }),
  );
}

const textured = Float32Array.from({ length: 64 * 64 }, (_, i) => 128 + 60 * Math.sin(i * 1.7));

describe("the move that explains a flow", () => {
  const similarity: Matrix3 = [0.98, -0.05, 4, 0.05, 0.98, -3, 0, 0, 1];
  const perspective: Matrix3 = [1.02, 0.03, 2, -0.01, 0.99, -1, 4e-4, -3e-4, 1];

  it("is found again, as shift, turn and zoom, and as perspective", () => {
    expect(farthest(fitMotion(flowOf(similarity), textured, SIZE, "affine"), similarity)).toBeLessThan(1e-3);
    expect(farthest(fitMotion(flowOf(perspective), textured, SIZE, "perspective"), perspective)).toBeLessThan(
      1e-3,
    );
  });

  it("is not led astray by a third of the picture that moves otherwise", () => {
    const flow = flowOf(similarity).map((value, i) => (i >> 7 < 21 ? 20 - value : value));
    expect(farthest(fitMotion(flow, textured, SIZE, "affine"), similarity)).toBeLessThan(1e-2);
  });

  it.each([
    ["affine", "Affine"],
    ["perspective", "Perspective"],
  ] as const)("of two pictures is the true %s one to 0.6 pixels, as Deforum's is", async (model, mode) => {
    const golden = goldens.find((one) => one.mode === mode)!;
    const truth = [...golden.true_affine.flat(), 0, 0, 1] as unknown as Matrix3;
    const before = await readGoldenImage("flow/est_a.png");
    const after = toByteImage(warp2d(before, truth, "mirror"));
    const flow = estimateFlow("dis_fine", toByteImage(before), after);
    const found = fitMotion(flow, grayPlane(toByteImage(before)), SIZE, model);
    expect(farthest(found, truth)).toBeLessThan(0.6);
    const theirs = [...golden.estimated.flat(), 0, 0, 1].slice(0, 9) as unknown as Matrix3;
    expect(farthest(theirs, truth)).toBeLessThan(0.6);
  });

  it("is none in a picture without texture", () => {
    expect(fitMotion(flowOf(similarity), new Float32Array(64 * 64).fill(9), SIZE, "affine")).toBe(IDENTITY);
  });
});
