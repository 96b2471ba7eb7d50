import { describe, expect, it } from "vitest";
import { estimateFlow } from "../flow/estimate.ts";
import type { ByteImage } from "../tensor/image.ts";
import { bend } from "./tween.ts";

/** A soft bright spot on a dark, structured ground. */
function spotAt(x: number): ByteImage {
  const data = new Uint8Array(3 * 64 * 48);
  for (let i = 0; i < 64 * 48; i++) {
    const distance = Math.hypot((i % 64) - x, Math.floor(i / 64) - 24);
    data.fill(30 + 200 * Math.exp(-(distance ** 2) / 40), 3 * i, 3 * i + 3);
  }
  return { width: 64, height: 48, data };
}

/** Columns of the middle row brighter than half, first and last. */
function extent({ data }: ByteImage): [number, number] {
  const bright = Array.from({ length: 64 }, (_, x) => x).filter((x) => data[3 * (24 * 64 + x)]! > 120);
  return [bright[0]!, bright.at(-1)!];
}

describe("a frame between two drawn ones", () => {
  const [older, newer] = [spotAt(24), spotAt(32)];

  it("shows a thing on its way, not once here and once there", async () => {
    const found = extent(await bend(older, newer, 0.5, 1, (a, b) => estimateFlow("farneback", a, b)));
    const [first, last] = extent(spotAt(28));
    expect(Math.abs(found[0] - first)).toBeLessThanOrEqual(1);
    expect(Math.abs(found[1] - last)).toBeLessThanOrEqual(1);
  });

  it("fades without a flow, and is the newer picture in the end", async () => {
    const faded = await bend(older, newer, 0.25, 1, null);
    const at = 3 * (24 * 64 + 24);
    expect(faded.data[at]).toBe(Math.round(older.data[at]! * 0.75 + newer.data[at]! * 0.25));
    expect(await bend(older, newer, 1, 1, () => expect.unreachable())).toBe(newer);
  });
});
