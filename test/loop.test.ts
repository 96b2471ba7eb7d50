/** A video that repeats, drawn by the embedded model: the jump from its last frame to its first beside those between neighbors. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPngBytes } from "../src/tensor/picture-file.ts";
import { runAnimate, temporaryFolder } from "./run-animate.ts";

const FRAMES = 24;
const FLIGHT = `model: storybook
size: 128x128
fps: 8
frames: ${FRAMES}
seed: 4
sampler: dpmpp_2m_karras
steps: 6
guidance_scale: 3
strength: 0.5
mode: 2d
prompts: { 0: a balloon over mountains, 10: a balloon over the sea at night }
motion: { zoom: 1.02 }
noise: { amount: 0.02 }
feedback: { color_match: none }
video: { format: png }
thumbnails: { count: 0 }
`;

/** Mean difference of levels from the last frame to the first, and the median of those between neighbors. */
async function seamOf(changes: string): Promise<{ seam: number; usual: number }> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "flight.yaml"), FLIGHT + changes);
  const { exitCode, stderr } = await runAnimate(folder, ["-s", "flight.yaml", "--out", "run"]);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  const frames = await Promise.all(
    Array.from({ length: FRAMES }, (_, frame) =>
      readPngBytes(join(folder, `run/frames/${String(frame).padStart(6, "0")}.png`)),
    ),
  );
  const difference = (a: number, b: number): number => {
    const [from, to] = [frames[a]!.data, frames[b]!.data];
    return from.reduce((sum, level, i) => sum + Math.abs(level - to[i]!), 0) / from.length;
  };
  const steps = frames.slice(1).map((_, i) => difference(i, i + 1));
  return {
    seam: difference(FRAMES - 1, 0),
    usual: steps.toSorted((a, b) => a - b)[steps.length >> 1]!,
  };
}

describe("animate with loop: true", () => {
  it("draws a flight from day to night that repeats without a jump", async () => {
    const open = await seamOf("");
    const closed = await seamOf("loop: true\n");
    expect(open.seam).toBeGreaterThan(3 * open.usual);
    expect(closed.seam).toBeLessThan(1.5 * closed.usual);
  });
});
