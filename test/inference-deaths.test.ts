/** Renders whose inference process dies, and processes whose render dies. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  countOf,
  readFrames,
  runAnimate,
  type RunningCommand,
  startAnimate,
  temporaryFolder,
  writeSchedule,
} from "./run-animate.ts";
import { canFindChildren, inferenceProcessOf } from "./support/inference-process.ts";

const DEATHS = 4;
const [FRAME, STEP, WARNING] = ['"type":"frame"', '"type":"step"', '"type":"warning"'];

describe.skipIf(!canFindChildren)(
  `the inference process of a render${canFindChildren ? "" : " (skipped: children are looked up in /proc)"}`,
  () => {
    it(`may die ${DEATHS} times: each is told, and the frames and the video are those of an undisturbed render`, async () => {
      const folder = await temporaryFolder();
      await writeSchedule(folder);
      const args = ["-s", "flight.yaml", "--frames", "14", "--set", "thumbnails.count=0"];
      await runAnimate(folder, [...args, "--out", "whole"]);
      const command = startAnimate(folder, [...args, "--out", "parts", "--json"]);
      for (let deaths = 0; deaths < DEATHS; deaths++) {
        // By turns between two frames and in the middle of one; a frame survives one death, not two.
        const moment = deaths % 2 === 0 ? FRAME : STEP;
        await command.printed(FRAME, countOf(FRAME, command.output()) + 1);
        await command.printed(moment, countOf(moment, command.output()) + (moment === STEP ? 1 : 0));
        process.kill(await inferenceProcessOf(command.process.pid!), "SIGKILL");
        await command.printed(WARNING, deaths + 1);
      }
      const { exitCode, stdout, stderr } = await command.result;
      expect(exitCode, stderr).toBe(0);
      const events = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { type: string; message?: string; restarts?: number });
      const warnings = events.filter(({ type }) => type === "warning");
      expect(warnings).toHaveLength(DEATHS);
      for (const { message } of warnings) {
        expect(message).toMatch(/^the inference process ended \(signal SIGKILL\) at frame \d+; /);
      }
      expect(events.at(-1)).toMatchObject({ type: "done", restarts: DEATHS });
      expect(await readFrames(join(folder, "parts"))).toEqual(await readFrames(join(folder, "whole")));
      const video = (run: string) => readFile(join(folder, run, "video.mp4"));
      expect((await video("parts")).equals(await video("whole"))).toBe(true);
    }, 300_000);

    it.each([
      ["is killed", 1, (command: RunningCommand) => void command.process.kill("SIGKILL")],
      [
        "gets Ctrl-C twice",
        2,
        (command: RunningCommand) => void process.kill(-command.process.pid!, "SIGINT"),
      ],
    ])("ends with a render that %s, whatever it is at", async (_, times, end) => {
      const folder = await temporaryFolder();
      await writeSchedule(folder);
      const steps = ["--set", "size=160x160", "--set", "steps=400"];
      const command = startAnimate(folder, ["-s", "flight.yaml", "--json", ...steps]);
      await command.printed('"type":"step"');
      const child = await inferenceProcessOf(command.process.pid!);
      onTestFinished(() => void (isThere(child) && process.kill(child, "SIGKILL")));
      for (let i = 0; i < times; i++) {
        end(command);
        await sleep(100);
      }
      await command.result;
      for (let i = 0; i < 100 && isThere(child); i++) await sleep(100);
      expect(isThere(child)).toBe(false);
    });
  },
);

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
