/** Power cuts: what was flushed to the disk, and in which order, worked out from the calls of a real render. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomStream } from "../src/tensor/random.ts";
import { noteFigures } from "./torture/figures.ts";
import { live } from "./torture/life.ts";
import { createDisk, type DiskState, LOSSES, materialize, promisesOf } from "./torture/power-cut.ts";
import { commandLine, scenarioFolder, SCENARIOS } from "./torture/scenario.ts";
import { patience, tortureSizes } from "./torture/sizes.ts";
import { type FileCall, liveTraced } from "./torture/trace.ts";
import { differencesOf, remainsIn } from "./torture/undisturbed.ts";

const { powerCuts, seed } = tortureSizes();
const scenario = { ...SCENARIOS.find(({ cadence }) => cadence > 1)!, frames: 8 };

describe("a render whose power is cut", () => {
  let folder: string;
  let calls: readonly FileCall[];
  beforeAll(async () => {
    folder = await scenarioFolder(scenario);
    const traced = await liveTraced(folder, scenario);
    expect(traced.life.exitCode).toBe(0);
    calls = traced.calls;
  }, patience(1));
  afterAll(async () => await rm(folder, { recursive: true }));

  /** Calls `look` with each state that the disk may be in after each call, and the frames that were announced before. */
  function eachCut(look: (state: DiskState, announced: readonly number[], cut: string) => void): void {
    const disk = createDisk(join(folder, "renders"));
    const announced: number[] = [];
    for (const [i, call] of calls.entries()) {
      disk.apply(call);
      if (call.kind === "report") announced.push(call.frame);
      for (const loss of LOSSES)
        look(disk.after(loss), announced, `after call ${i}, ${call.kind}, ${loss} lost`);
    }
  }

  it("never has a journal that promises more than the disk holds", () => {
    let promises = 0;
    eachCut((state, _, cut) => {
      const { frames, broken } = promisesOf(state);
      promises += frames.size;
      expect(broken, cut).toEqual([]);
    });
    // All frames, from the moment on when the last one is finished.
    expect(promises).toBeGreaterThan(scenario.frames * LOSSES.length);
  });

  it("has every frame on the disk before the next one is announced", () => {
    eachCut((state, announced, cut) => {
      const { frames } = promisesOf(state);
      expect(
        announced.slice(0, -1).filter((frame) => !frames.has(frame)),
        cut,
      ).toEqual([]);
    });
    expect(calls.filter(({ kind }) => kind === "report")).toHaveLength(scenario.frames);
  });

  it(
    "goes on from whatever is left, and ends with the same bytes",
    async () => {
      const expected = await remainsIn(folder, scenario);
      const states: { state: DiskState; cut: string }[] = [];
      eachCut((state, _, cut) => states.push({ state, cut }));
      const dice = randomStream(seed, "power cuts");
      const count = Math.min(powerCuts, states.length);
      for (let i = 0; i < count; i++) {
        const { state, cut } = states[Math.floor(((i + dice.uniform()) * states.length) / count)]!;
        const place = await scenarioFolder(scenario);
        await materialize(state, join(place, "renders"));
        const { exitCode, stderr } = await live(place, commandLine(scenario));
        expect({ exitCode, stderr }, cut).toEqual({ exitCode: 0, stderr: "" });
        expect(differencesOf(await remainsIn(place, scenario), expected), cut).toEqual([]);
        await rm(place, { recursive: true });
      }
      await noteFigures("power cuts", { states: states.length, resumed: count });
    },
    patience(2 * powerCuts),
  );
});
