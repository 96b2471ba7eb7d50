import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import yargs from "yargs";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { loadSchedule, scheduleOptions } from "./schedule-options.ts";

it("takes every setting that has a flag of its own from it, also those of several words", async () => {
  const file = join(await temporaryFolder(), "a.yaml");
  await writeFile(file, "prompts: a hero\n");
  const flags =
    "--model=other --size=64x72 --frames=3 --fps=9 --seed=8 --steps=5 --sampler=ddim --guidance-scale=2.5";
  const more =
    "--strength=0.1 --cadence=2 --mode=2d --device=cpu --precision=fp32 --threads=1 --low-memory --format=gif";
  const parsed = await scheduleOptions(yargs([]))
    .parserConfiguration({ "parse-numbers": false, "dot-notation": false })
    .parseAsync(`${flags} ${more} --upscale=2`);
  expect((await loadSchedule(file, parsed)).settings).toMatchObject({
    model: "other",
    size: { width: 64, height: 72 },
    frames: 3,
    fps: 9,
    seed: 8,
    steps: 5,
    sampler: "ddim",
    guidance_scale: 2.5,
    strength: 0.1,
    cadence: 2,
    mode: "2d",
    device: "cpu",
    precision: "fp32",
    threads: 1,
    low_memory: true,
    video: { format: "gif", upscale: 2 },
  });
});
