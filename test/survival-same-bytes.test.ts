/** The same schedule gives the same bytes, however the work is shared out. */

import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { locateVideoTools } from "../src/video/locate.ts";
import { live } from "./torture/life.ts";
import { remainsOf } from "./torture/remains.ts";
import { commandLine, runFolders, type Scenario, scenarioFolder, SCENARIOS } from "./torture/scenario.ts";
import { patience } from "./torture/sizes.ts";
import { differencesOf, remainsIn, withUndisturbed } from "./torture/undisturbed.ts";

const run = promisify(execFile);
const scenario: Scenario = {
  name: "2D with cadence 2",
  schedules: ["mode: 2d\ncadence: 2\nthumbnails: { count: 1 }"],
  frames: 8,
  cadence: 2,
};

/** A hash of what is in the video of a render, whatever it tells about its making. */
async function pictureHash(folder: string, runFolder: string): Promise<string> {
  const { ffmpeg } = await locateVideoTools();
  const video = join(folder, runFolder, "video.mp4");
  const args = ["-v", "error", "-i", video, "-map", "0", "-c", "copy", "-f", "md5", "-"];
  return (await run(ffmpeg.path, args)).stdout;
}

/** Of a frame, or of the state after one. */
const isPicture = ([file]: [string, string]): boolean => /^(frames|state)\//.test(file);

describe("renders of one schedule", () => {
  it(
    "have the same bytes when it is rendered twice, and the same pictures with 1, 2 and 4 threads",
    async () => {
      await withUndisturbed(scenario, async (one) => {
        const [name] = runFolders(scenario) as [string];
        for (const threads of [1, 2, 4]) {
          const folder = await scenarioFolder(scenario);
          const flags = ["--set", `threads=${threads}`];
          const { exitCode } = await live(folder, [...commandLine(scenario), ...flags]);
          expect(exitCode).toBe(0);
          if (threads === 1) {
            expect(differencesOf(await remainsIn(folder, scenario), one.remains)).toEqual([]);
          }
          const remains = await remainsOf(folder, name);
          expect(Object.entries(remains).filter(isPicture)).toEqual(
            Object.entries(one.remains[0]!).filter(isPicture),
          );
          // The number of threads is among the settings that a video tells.
          expect(await pictureHash(folder, name)).toBe(await pictureHash(one.folder, name));
          await rm(folder, { recursive: true });
        }
      });
    },
    patience(5),
  );

  it(
    "have the same bytes when one process renders all shots, and when two share them",
    async () => {
      const shots = SCENARIOS.find(({ flags }) => flags?.includes("--jobs"))!;
      await withUndisturbed({ ...shots, flags: ["--jobs", "1"] }, async ({ remains }) => {
        await withUndisturbed(shots, async (two) => expect(two.remains).toEqual(remains));
      });
    },
    patience(2),
  );

  it(
    "have the same bytes in a batch as alone",
    async () => {
      const batch: Scenario = { ...scenario, schedules: ["mode: 2d", "mode: 3d\nseed: 8"], cadence: 1 };
      await withUndisturbed(batch, async ({ folder: together }) => {
        const alone = await scenarioFolder(batch);
        for (const [i, schedule] of ["b.yaml", "a.yaml"].entries()) {
          const { exitCode } = await live(alone, ["-s", schedule, "--json"]);
          expect(exitCode).toBe(0);
          const name = runFolders(batch)[1 - i]!;
          expect(await remainsOf(alone, name)).toEqual(await remainsOf(together, name));
        }
        await rm(alone, { recursive: true });
      });
    },
    patience(4),
  );
});
