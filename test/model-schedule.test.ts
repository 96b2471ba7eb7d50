/** Several models in one animation, as a user renders them. */

import { cp } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  readFrames,
  readManifest,
  runAnimate,
  temporaryFolder,
  TINY_MODEL,
  writeSchedule,
} from "./run-animate.ts";

const RUN = ["-s", "flight.yaml", "--device", "cpu", "--set", "steps=2", "--set", "thumbnails.count=0"];
const FIXTURES = join(TINY_MODEL, "..");

/** A folder with a schedule and a second model, whose UNet was trained for other guidance. */
async function workplace(): Promise<string> {
  const folder = await temporaryFolder();
  await cp(TINY_MODEL, join(folder, "other"), { recursive: true });
  await cp(join(FIXTURES, "tiny-lcm/unet"), join(folder, "other/unet"), { recursive: true, force: true });
  await cp(TINY_MODEL, join(folder, "first"), { recursive: true });
  await writeSchedule(folder);
  return folder;
}

async function render(folder: string, out: string, model: string, ...flags: readonly string[]) {
  const set = ["--set", `model=${model}`];
  const { exitCode, stderr } = await runAnimate(folder, [...RUN, ...set, ...flags, "--out", out]);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  return Object.values(await readFrames(join(folder, out)));
}

async function statuses(folder: string, out: string): Promise<string[]> {
  return (await readManifest(join(folder, out))).frames.map(({ status }) => status);
}

describe("a render with several models", () => {
  it("is the render with the first alone, file by file, until the second comes in", async () => {
    const folder = await workplace();
    const alone = await render(folder, "alone", "./first");
    const both = await render(folder, "both", "{0: ./first, 3: ./other}");
    expect(both.map((frame, i) => frame === alone[i])).toEqual([true, true, true, false, false, false]);
    const manifest = await readManifest(join(folder, "both"));
    expect(manifest.models?.map(({ name }) => name)).toEqual(["first", "other"]);
    expect(manifest.model).toMatchObject(manifest.models![0]!);
    const before = await readManifest(join(folder, "alone"));
    expect(before).not.toHaveProperty("models");
    const chains = manifest.frames.map(({ chain }, i) => chain === before.frames[i]!.chain);
    expect(chains).toEqual([true, true, true, false, false, false]);
  });

  it("draws again only what follows an edited model, to the same bytes as from the start", async () => {
    const folder = await workplace();
    await render(folder, "run", "{0: ./first, 2: ./other, 4: ./first}");
    const edited = await render(folder, "run", "{0: ./first, 2: ./other}");
    expect(await statuses(folder, "run")).toEqual([
      ...Array<string>(4).fill("reused"),
      ...Array<string>(2).fill("rendered"),
    ]);
    expect(edited).toEqual(await render(folder, "anew", "{0: ./first, 2: ./other}"));
  });

  it("goes back and forth to the same bytes, however many models stay in memory", async () => {
    const folder = await workplace();
    const often = "{0: ./first, 1: ./other, 2: ./first, 4: ./other}";
    const one = await render(folder, "one", often);
    expect(await render(folder, "two", often, "--set", "loaded_models=2")).toEqual(one);
    // Another place is no other model.
    await cp(join(folder, "first"), join(folder, "copy"), { recursive: true });
    const copied = await runAnimate(folder, [
      ...RUN,
      "--set",
      "model={0: ./first, 1: ./other, 2: ./copy, 4: ./other}",
      "--out",
      "one",
    ]);
    expect(copied.stdout).toContain("(6 were there already)");
  });

  it("goes on from the middle of the second model's frames, with frames between drawn ones", async () => {
    const folder = await workplace();
    const schedule = "{0: ./first, 2: ./other}";
    const flags = ["--set", "motion.translation_z=2", "--set", "cadence=2"];
    const whole = await render(folder, "whole", schedule, ...flags);
    await render(folder, "parts", schedule, ...flags, "--frames", "4");
    expect(await render(folder, "parts", schedule, ...flags)).toEqual(whole);
    expect(await statuses(folder, "parts")).toEqual([
      ...Array<string>(4).fill("reused"),
      ...Array<string>(2).fill("rendered"),
    ]);
  });
});
