/** Models of flow matching, as a user renders them. */

import { describe, expect, it } from "vitest";
import { readFrames, runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";

async function render(folder: string, out: string, ...settings: string[]) {
  const file = await writeSchedule(folder);
  const args = ["-s", file, "--frames", "4", "--format", "png", "--out", out];
  return await runAnimate(folder, [...args, ...settings.flatMap((setting) => ["--set", setting])]);
}

describe("`prediction: flow`", () => {
  it("renders by the levels of flow matching, which `flow_shift` moves", async () => {
    const folder = await temporaryFolder();
    const plain = await render(folder, "plain", "sampler=euler", "prediction=flow");
    expect(plain.exitCode, plain.stderr).toBe(0);
    const shifted = await render(folder, "shifted", "sampler=euler", "prediction=flow", "flow_shift=3");
    expect(shifted.exitCode, shifted.stderr).toBe(0);
    const noise = await render(folder, "noise", "sampler=euler");
    expect(noise.exitCode, noise.stderr).toBe(0);
    const [first, second, third] = [
      await readFrames(`${folder}/plain`),
      await readFrames(`${folder}/shifted`),
      await readFrames(`${folder}/noise`),
    ];
    expect(Object.keys(first)).toHaveLength(4);
    expect(new Set([first, second, third].map((frames) => Object.values(frames)[0])).size).toBe(3);
  });

  it("names the frame with a sampler that cannot walk them, before the first is painted", async () => {
    const folder = await temporaryFolder();
    const sampler = 'sampler=0: ("Euler"), 3: ("DPM++ 2M")';
    const { exitCode, stderr } = await render(folder, "out", "prediction=flow", sampler);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "sampler at frame 3: DPM++ 2M cannot walk a model of flow matching, expected euler or heun",
    );
  });

  it("is what `flow_shift` needs", async () => {
    const { exitCode, stderr } = await render(await temporaryFolder(), "out", "flow_shift=3");
    expect(exitCode).toBe(3);
    expect(stderr).toContain("flow_shift: it is for models of flow matching, and this one predicts epsilon");
  });
});
