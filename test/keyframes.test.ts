/** Prompts that decide which frames are drawn, as a user renders them. */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readFrames, readManifest, runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";

const RUN = ["-s", "flight.yaml", "--device", "cpu", "--set", "steps=2", "--set", "thumbnails.count=0"];
const KEYED = "keyframe_distribution: additive\ncadence: 4\nkeyframe_strength: 0.3";

async function render(
  folder: string,
  out: string,
  frames: number,
  ...flags: readonly string[]
): Promise<Record<string, string>> {
  const { exitCode, stderr } = await runAnimate(folder, [
    ...RUN,
    "--frames",
    String(frames),
    ...flags,
    "--out",
    out,
  ]);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  return await readFrames(join(folder, out));
}

describe("a render whose prompts decide which frames are drawn", () => {
  it("draws again from the block on that an edited key cuts, to the same bytes as from the start", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder, KEYED);
    await render(folder, "run", 8);
    const edited = ["--set", "prompts={0: a hero, 3: a city at night, 6: a dragon}"];
    const inPlace = await render(folder, "run", 8, ...edited);
    const { frames } = await readManifest(join(folder, "run"));
    // Drawn were 0, 3 and 4; a key at 6 ends the last block there.
    expect(frames.map(({ status }) => status)).toEqual([
      ...Array<string>(4).fill("reused"),
      ...Array<string>(4).fill("rendered"),
    ]);
    expect(await render(folder, "anew", 8, ...edited)).toEqual(inPlace);
  });

  it("goes on in a shorter run of the same schedule", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder, KEYED);
    const whole = await render(folder, "whole", 8);
    await render(folder, "parts", 6);
    expect(await render(folder, "parts", 8)).toEqual(whole);
    const { frames } = await readManifest(join(folder, "parts"));
    expect(frames.filter(({ status }) => status === "reused")).toHaveLength(6);
  });
});
