// Runs that go on under other conditions than they began: another runtime, processor or ffmpeg, another file behind the model's name.
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import type { Manifest } from "../src/render/manifest.ts";
import { readManifest, runAnimate, temporaryFolder, TINY_MODEL, writeSchedule } from "./run-animate.ts";
import { contentOf } from "./support/folder-content.ts";

async function pixelsOf(run: string): Promise<Record<string, Buffer>> {
  const files = (await readdir(join(run, "frames"))).toSorted();
  const entries = files.map(async (file) => [
    file,
    await sharp(join(run, "frames", file))
      .raw()
      .toBuffer(),
  ]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, Buffer>;
}

it(
  "asks before it goes on under other conditions, goes on bit for bit, or starts over",
  { timeout: 400_000 },
  async () => {
    const folder = await temporaryFolder();
    const run = join(folder, "run");
    await cp(TINY_MODEL, join(folder, "hero"), { recursive: true });
    const schedule = await writeSchedule(folder, "thumbnails: { count: 0 }");
    const args = [
      "-s",
      schedule,
      "--out",
      "run",
      "--set",
      "model=./hero",
      "--set",
      "motion={rotation_3d_z: 1}",
    ];
    expect((await runAnimate(folder, [...args, "--frames", "4"])).exitCode).toBe(0);
    const { pins } = await readManifest(run);
    expect(Object.keys(pins.networks!)).toEqual(["model ./hero"]);

    // Another machine and other versions: all differences at once, and nothing is touched.
    const file = join(run, "manifest.json");
    const text = await readFile(file, "utf8");
    const instructions = [...(pins.processor!.instructions ?? []), "avx9000"];
    const elsewhere: Partial<Manifest> = {
      pins: {
        ...pins,
        onnxruntime: "1.29.0",
        processor: { ...pins.processor!, instructions },
        ffmpeg: { version: "4.0", build: "0" },
      },
    };
    await writeFile(file, JSON.stringify({ ...(JSON.parse(text) as Manifest), ...elsewhere }));
    const before = await contentOf(folder);
    const refused = await runAnimate(folder, args);
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain(
      "run: the 4 finished frames here were made under other conditions: onnxruntime 1.29.0 → ",
    );
    expect(refused.stderr).toContain(
      pins.processor!.instructions ? ", processor without avx9000, ffmpeg 4.0 → " : ", ffmpeg 4.0 → ",
    );
    expect(refused.stderr).toContain(
      "hint: Add --allow-drift to go on from them as they are, --force to render every frame anew",
    );
    expect(await contentOf(folder)).toEqual(before);

    // The file behind the model's name is another one, which happens to draw the same.
    await writeFile(file, text);
    const config = join(folder, "hero", "unet", "config.json");
    await writeFile(config, `${await readFile(config, "utf8")}\n`);
    const replaced = await runAnimate(folder, args);
    expect(replaced.exitCode).toBe(4);
    expect(replaced.stderr).toContain("made under other conditions: model ./hero has other contents\n");

    const allowed = await runAnimate(folder, [...args, "--allow-drift"]);
    expect([allowed.exitCode, allowed.stderr]).toEqual([0, ""]);
    expect(allowed.stdout).toContain("2 frames rendered (4 were there already)");
    const drifted = await readManifest(run);
    expect(drifted.pins.networks).toEqual(pins.networks);
    expect(drifted.drift).toEqual([
      { frames: "4-5", pins: expect.objectContaining({ onnxruntime: pins.onnxruntime }) },
    ]);
    expect(drifted.drift![0]!.pins.networks).not.toEqual(pins.networks);
    const pixels = await pixelsOf(run);

    // What was allowed once is not asked again.
    const again = await runAnimate(folder, [...args, "--fps", "20"]);
    expect([again.exitCode, again.stderr]).toEqual([0, ""]);
    expect(again.stdout).toContain("0 frames rendered (6 were there already)");
    expect((await readManifest(run)).drift).toEqual(drifted.drift);

    const anew = await runAnimate(folder, [...args, "--force"]);
    expect(anew.stdout).toContain("6 frames rendered in");
    const whole = await readManifest(run);
    expect(whole).not.toHaveProperty("drift");
    expect(whole.pins.networks).toEqual(drifted.drift![0]!.pins.networks);
    expect(await pixelsOf(run)).toEqual(pixels);
  },
);
