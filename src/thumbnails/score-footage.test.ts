/** Scoring footage as it comes: every frame, in order, whoever listens. */
import { expect, it } from "vitest";
import { FileError } from "../errors.ts";
import type { Footage, FootageFrame } from "../footage/footage.ts";
import { openScorePool } from "../scoring/score-pool.ts";
import { scoreFootage } from "./score-footage.ts";

const noStill = () => Promise.reject(new Error("no still was asked for"));

function footage(count: number, failure?: Error): Footage {
  async function* frames(): AsyncGenerator<FootageFrame> {
    for (let frame = 0; frame < count; frame++) {
      const data = new Uint8Array(32 * 18 * 3).map((_, i) => (i * (frame + 3)) & 255);
      yield { frame, timeSeconds: frame / 10, image: { width: 32, height: 18, data } };
    }
    if (failure) throw failure;
  }
  return {
    kind: "video",
    name: "film",
    width: 32,
    height: 18,
    frameCount: count,
    warnings: [],
    frames,
    still: noStill,
  };
}

it.each([undefined, (decoded: number) => decoded])("scores every frame in its place", async (onFrame) => {
  const pool = openScorePool(1);
  try {
    const { frames, tiles } = await scoreFootage(footage(100), { pool, ...(onFrame && { onFrame }) });
    expect(frames.map(({ frame }) => frame)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(tiles.size).toBeGreaterThan(16);
    expect(tiles.size).toBeLessThanOrEqual(64);
  } finally {
    await pool.close();
  }
});

it("keeps what could be read before an error, and tells of it", async () => {
  const pool = openScorePool(1);
  try {
    const broken = footage(5, new FileError("it is cut off", { where: "film.mp4" }));
    const { frames, warnings } = await scoreFootage(broken, { pool });
    expect(frames).toHaveLength(5);
    expect(warnings).toEqual(["it is cut off; the 5 frames before are used"]);
    await expect(scoreFootage(footage(0, new FileError("none")), { pool })).rejects.toThrow(FileError);
  } finally {
    await pool.close();
  }
});
