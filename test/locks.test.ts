// Two renderers on one folder: the second one leaves at once, and says who is there.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { lockRunFolder } from "../src/render/run-lock.ts";
import { readManifest, runAnimate, startAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";
import { contentOf } from "./support/folder-content.ts";

it("refuses a second renderer within a second, names the first one, and changes nothing", async () => {
  const folder = await temporaryFolder();
  const args = ["-s", await writeSchedule(folder, "thumbnails: { count: 0 }"), "--out", "run"];
  await runAnimate(folder, args);
  const unlock = await lockRunFolder(join(folder, "run"), "other.yaml");
  const before = await contentOf(folder);

  // What else the machine does holds up every start; what counts is what comes after it.
  const refusals: number[] = [];
  const starts: number[] = [];
  for (let round = 0; round < 2; round++) {
    const began = performance.now();
    const { exitCode, stdout, stderr } = await runAnimate(folder, [...args, "--force", "--json"]);
    refusals.push(performance.now() - began);
    expect([exitCode, stdout]).toEqual([4, ""]);
    expect(stderr).toMatch(
      new RegExp(`run: process ${process.pid} is rendering into this folder: other\\.yaml, since \\d{4}-`),
    );
    expect(stderr).toContain(`remove ${join(folder, "run", "run.lock")}`);
    const started = performance.now();
    await runAnimate(folder, ["--version"]);
    starts.push(performance.now() - started);
  }
  expect(Math.min(...refusals) - Math.min(...starts)).toBeLessThan(1000);
  expect(await contentOf(folder)).toEqual(before);
  await unlock();
});

it("goes on where a killed renderer left its lock", async () => {
  const folder = await temporaryFolder();
  const args = ["-s", await writeSchedule(folder, "thumbnails: { count: 0 }"), "--out", "run"];
  const first = startAnimate(folder, [...args, "--json"]);
  await first.printed('"type":"frame"');
  process.kill(-first.process.pid!, "SIGKILL");
  await first.result;
  expect(await readdir(join(folder, "run"))).toContain("run.lock");
  const { exitCode, stderr } = await runAnimate(folder, args);
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect((await readManifest(join(folder, "run"))).status).toBe("complete");
  expect(await readdir(join(folder, "run"))).not.toContain("run.lock");
});

it("leaves no folder behind when a schedule cannot be rendered", async () => {
  const folder = await temporaryFolder();
  const schedule = await writeSchedule(folder);
  const { exitCode } = await runAnimate(folder, ["-s", schedule, "--model", "no-such-model", "--out", "a/b"]);
  expect(exitCode).toBe(3);
  expect(await readdir(folder)).toEqual([schedule]);
});
