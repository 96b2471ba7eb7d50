/** Scoring in threads: the same numbers, the caller's pixels untouched, and a clean end. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { openScorePool } from "./score-pool.ts";
import { scoreFrame } from "./score.ts";

const run = promisify(execFile);

function frame(index: number) {
  const data = new Uint8Array(96 * 64 * 3).map((_, i) => ((i >> 4) * (index + 3)) & 255);
  return { width: 96, height: 64, data };
}

it("scores many frames at once as one thread would, and leaves them with the caller", async () => {
  const pool = openScorePool(2);
  try {
    const frames = Array.from({ length: 40 }, (_, index) => frame(index));
    const scores = await Promise.all(frames.map((image) => pool.score(image)));
    expect(scores).toEqual(frames.map(scoreFrame));
    expect(frames[7]).toEqual(frame(7));
  } finally {
    await pool.close();
  }
});

it("passes an error on and goes on scoring", async () => {
  const pool = openScorePool(1);
  try {
    await expect(pool.score({ width: -1, height: 4, data: new Uint8Array(12) })).rejects.toThrow(RangeError);
    expect(await pool.score(frame(1))).toEqual(scoreFrame(frame(1)));
  } finally {
    await pool.close();
  }
});

it("finishes what is under way when it is closed, and takes nothing afterwards", async () => {
  const pool = openScorePool(1);
  const scores = Array.from({ length: 10 }, (_, index) => pool.score(frame(index)));
  await pool.close();
  expect(await Promise.all(scores)).toHaveLength(10);
  await expect(pool.score(frame(0))).rejects.toThrow("the scoring threads have ended");
});

it("lets the built program end by itself with code 0", async () => {
  const built = new URL("../../dist/scoring/score-pool.js", import.meta.url).href;
  const program = `
    const { openScorePool } = await import(${JSON.stringify(built)});
    const pool = openScorePool(2);
    const score = await pool.score({ width: 8, height: 8, data: new Uint8Array(192) });
    await pool.close();
    console.log(score.dud);
  `;
  const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "-e", program], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    timeout: 30_000,
  });
  expect(stdout).toBe("black\n");
  expect(stderr).toBe("");
});
