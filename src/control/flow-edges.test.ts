import { describe, expect, it } from "vitest";
import type { ByteImage } from "../tensor/image.ts";
import { readPicture } from "../tensor/picture-file.ts";
import { findFlowEdges } from "./flow-edges.ts";

const read = (name: string) =>
  readPicture(`test/fixtures/flow-edges/${name}.png`, { width: 128, height: 96 });
const [before, after, golden] = await Promise.all([read("before"), read("after"), read("edges_100_200")]);
const OPTIONS = { low: 100, high: 200, blur: 0 };

/** Pixels that are white. */
function edgesOf({ width, data }: ByteImage): { x: number; y: number }[] {
  return Array.from({ length: data.length / 3 }, (_, i) => i)
    .filter((i) => data[3 * i] === 255)
    .map((i) => ({ x: i % width, y: Math.floor(i / width) }));
}

/** Pixels to the outline of the box in `after.png`. */
function toOutline(x: number, y: number): number {
  const right = Math.max(48 - x, x - 88);
  const down = Math.max(32 - y, y - 68);
  return right <= 0 && down <= 0 ? -Math.max(right, down) : Math.hypot(Math.max(right, 0), Math.max(down, 0));
}

describe("edges of the movement", () => {
  it("are those of OpenCV's flow and edges, up to pixels that rounding decides", () => {
    const found = findFlowEdges(before, after, OPTIONS);
    const isOther = (i: number) => found.data[3 * i] !== golden.data[3 * i];
    const others = Array.from({ length: 128 * 96 }, (_, i) => i).filter(isOther);
    expect(edgesOf(golden).length).toBeGreaterThan(250);
    expect(others.length).toBeLessThan(0.05 * edgesOf(golden).length);
  });

  it("lie along the outline of what moves, all around it, and not on what stands still", () => {
    const edges = edgesOf(findFlowEdges(before, after, OPTIONS));
    const near = edges.filter(({ x, y }) => toOutline(x, y) < 6);
    expect(near.length / edges.length).toBeGreaterThan(0.75);
    for (let along = 50; along < 88; along += 4) {
      for (const y of [32, 67]) {
        expect(
          edges.some((edge) => Math.hypot(edge.x - along, edge.y - y) < 8),
          `${along} ${y}`,
        ).toBe(true);
      }
    }
    expect(Math.max(...edges.map(({ x, y }) => toOutline(x, y)))).toBeLessThan(25);
  });

  it("are none between equal pictures, however much there is in them", () => {
    expect(edgesOf(findFlowEdges(after, after, OPTIONS))).toEqual([]);
  });
});
