/** Depth and larger videos as a user gets them: through the built command, with the embedded networks. */

import { copyFile, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { ByteImage } from "../src/tensor/image.ts";
import { readPngBytes } from "../src/tensor/picture-file.ts";
import { readFrames, readManifest, runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";
import { interrupt } from "./support/interrupt.ts";
import { readVideo } from "./support/read-video.ts";

const FIXTURES = fileURLToPath(new URL("fixtures/picture-networks/", import.meta.url));
/** Random weights: the size and the bytes count here, not the looks. */
const UPSCALER = join(FIXTURES, "tiny-upscale");
/** A model that no upscaler belongs to. */
const TINY_MODEL = join(FIXTURES, "../tiny-sd15");

/** For tests of several renders each, in milliseconds: they share the processor with each other. */
const PATIENT = 300_000;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

// In scene.png.
const SUN: Box = { left: 30, top: 14, right: 92, bottom: 72 };
const HEAD: Box = { left: 146, top: 32, right: 200, bottom: 88 };

/** How far the content of a box of `before` has gone sideways in `after`, in pixels: where the squared difference is least. */
function sidewaysShift(before: ByteImage, after: ByteImage, box: Box): number {
  let best = { shift: 0, sum: Infinity };
  for (let shift = -40; shift <= 10; shift++) {
    let sum = 0;
    for (let y = box.top; y < box.bottom; y++) {
      for (let x = box.left; x < box.right; x++) {
        if (x + shift < 0) continue;
        const [a, b] = [3 * (y * before.width + x), 3 * (y * after.width + x + shift)];
        for (let c = 0; c < 3; c++) sum += (before.data[a + c]! - after.data[b + c]!) ** 2;
      }
    }
    if (sum < best.sum) best = { shift, sum };
  }
  return best.shift;
}

/** Frame 0 is the drawing, kept as it is; the others are only moved, four times 8/200 of a world unit. */
async function writeFlight(folder: string): Promise<void> {
  await copyFile(join(FIXTURES, "scene.png"), join(folder, "scene.png"));
  const lines = [
    "size: 256x256",
    "frames: 5",
    "cadence: 5",
    "seed: 1",
    "steps: 4",
    "init: { image: scene.png, strength: 1 }",
    "prompts: a superhero with a red cape flies over a city",
    "motion: { translation_x: 8, depth: { far: 10 } }",
    "noise: { amount: 0 }",
    "feedback: { color_match: none, sharpen: { amount: 0 } }",
    "video: { format: png }",
    "thumbnails: { count: 0 }",
    "device: cpu",
  ];
  await writeFile(join(folder, "flight.yaml"), `${lines.join("\n")}\n`);
}

async function shiftsOf(folder: string): Promise<{ sun: number; head: number }> {
  const before = await readPngBytes(join(folder, "frames/000000.png"));
  const after = await readPngBytes(join(folder, "frames/000004.png"));
  return { sun: sidewaysShift(before, after, SUN), head: sidewaysShift(before, after, HEAD) };
}

describe("a 3D render with depth", () => {
  it(
    "moves the hero much farther than the sun behind him; as a plane, both alike",
    async () => {
      const folder = await temporaryFolder();
      await writeFlight(folder);
      const deep = await runAnimate(folder, ["-s", "flight.yaml", "--out", "deep"]);
      expect(deep.exitCode, deep.stderr).toBe(0);
      // 7.3 pixels a frame at depth 1, a tenth of it in the sky.
      const { sun, head } = await shiftsOf(join(folder, "deep"));
      expect(head).toBeLessThanOrEqual(-23);
      expect(head).toBeGreaterThanOrEqual(-31);
      expect(Math.abs(sun + 3)).toBeLessThanOrEqual(2);
      expect((await readManifest(join(folder, "deep"))).depth).toMatchObject({ name: "storybook-depth" });

      const plane = ["-s", "flight.yaml", "--set", "motion.depth.model=plane", "--out", "plane"];
      expect((await runAnimate(folder, plane)).exitCode).toBe(0);
      const flat = await shiftsOf(join(folder, "plane"));
      expect(Math.abs(flat.sun - flat.head)).toBeLessThanOrEqual(1);
      expect((await readManifest(join(folder, "plane"))).depth).toBeNull();
    },
    PATIENT,
  );

  it(
    "saves the depth of its frames when asked, of a finished run without rendering it again",
    async () => {
      const folder = await temporaryFolder();
      await writeFlight(folder);
      const args = ["-s", "flight.yaml", "--set", "mode=2d", "--set", "cadence=1", "--out", "run"];
      expect((await runAnimate(folder, args)).exitCode).toBe(0);
      const again = await runAnimate(folder, [...args, "--set", "motion.depth.save=true", "--json"]);
      expect(again.exitCode, again.stderr).toBe(0);
      expect(again.stdout).not.toContain('"type":"frame"');
      expect(await readdir(join(folder, "run/depth"))).toHaveLength(5);
      const { data } = await sharp(join(folder, "run/depth/000000.png"))
        .toColorspace("grey16")
        .raw({ depth: "ushort" })
        .toBuffer({ resolveWithObject: true });
      const levels = new Uint16Array(data.buffer, data.byteOffset, 256 * 256);
      const mean = ({ left, top, right, bottom }: Box): number => {
        const inside = levels.filter(
          (_, i) => i % 256 >= left && i % 256 < right && i >= 256 * top && i < 256 * bottom,
        );
        return inside.reduce((sum, level) => sum + level, 0) / inside.length;
      };
      expect(mean(HEAD)).toBeGreaterThan(4 * mean(SUN));
    },
    PATIENT,
  );

  it(
    "goes on to the same bytes, and renders anew when the depth changes",
    async () => {
      const folder = await temporaryFolder();
      await writeSchedule(folder, "video: { format: png }\nthumbnails: { count: 0 }");
      const args = ["-s", "flight.yaml", "--set", "motion.depth={model: storybook-depth, far: 4}"];
      await runAnimate(folder, [...args, "--out", "whole"]);
      await interrupt(folder, [...args, "--out", "parts"], '"type":"frame","frame":3', "SIGKILL");
      const { exitCode } = await runAnimate(folder, [...args, "--out", "parts", "--resume"]);
      expect(exitCode).toBe(0);
      const frames = await readFrames(join(folder, "whole"));
      expect(await readFrames(join(folder, "parts"))).toEqual(frames);

      const plane = ["-s", "flight.yaml", "--set", "motion.depth.model=plane", "--out", "parts"];
      const { stdout } = await runAnimate(folder, plane);
      expect(stdout).toContain("6 frames rendered in");
      const flat = await readFrames(join(folder, "parts"));
      // Frame 0 has no camera behind it.
      expect(Object.keys(frames).filter((file) => flat[file] === frames[file])).toEqual(["000000.png"]);
    },
    PATIENT,
  );

  it("says which depth networks there are when a name fits none", async () => {
    const folder = await temporaryFolder();
    await writeFlight(folder);
    const args = ["-s", "flight.yaml", "--set", "motion.depth.model=midas"];
    const { exitCode, stderr } = await runAnimate(folder, args);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("midas: there is no such depth network");
    expect(stderr).toContain("Embedded: storybook-depth.");
  });
});

describe("--upscale", () => {
  it(
    "doubles the video and keeps the frames, and a finished run is enlarged without rendering",
    async () => {
      const folder = await temporaryFolder();
      await writeSchedule(folder, `video: { upscaler: ${UPSCALER} }\nthumbnails: { count: 0 }`);
      const args = ["-s", "flight.yaml", "--frames", "4", "--size", "72x64"];
      await runAnimate(folder, args);
      const frames = await readFrames(join(folder, "renders/flight"));

      const { exitCode, stdout, stderr } = await runAnimate(folder, [...args, "--upscale", "2"]);
      expect(exitCode, stderr).toBe(0);
      expect(stdout).toContain("0 frames rendered (4 were there already)");
      const runFolder = join(folder, "renders/flight");
      const video = await readVideo(join(runFolder, "video.mp4"));
      expect(video).toMatchObject({ width: 144, height: 128, frames: 4 });
      expect(await readFrames(runFolder)).toEqual(frames);
      for (const file of Object.keys(frames)) {
        expect(await sharp(join(runFolder, "upscaled", file)).metadata()).toMatchObject({
          width: 144,
          height: 128,
        });
      }
      expect((await readManifest(runFolder)).upscaler).toMatchObject({ name: "tiny-upscale" });
    },
    PATIENT,
  );

  it(
    "gives the same bytes when it goes on after a kill, and makes damaged pictures again",
    async () => {
      const folder = await temporaryFolder();
      await writeSchedule(folder, `video: { upscale: 2, upscaler: ${UPSCALER} }\nthumbnails: { count: 0 }`);
      await runAnimate(folder, ["-s", "flight.yaml", "--out", "whole"]);
      const parts = ["-s", "flight.yaml", "--out", "parts"];
      await interrupt(folder, parts, '"type":"frame","frame":3', "SIGKILL");
      await rm(join(folder, "parts/upscaled/000000.png"), { force: true });
      await writeFile(join(folder, "parts/upscaled/000001.png"), "no picture");
      const { exitCode } = await runAnimate(folder, ["-s", "flight.yaml", "--out", "parts"]);
      expect(exitCode).toBe(0);
      const files = await readdir(join(folder, "whole/upscaled"));
      expect(files).toHaveLength(6);
      for (const file of [...files.map((name) => `upscaled/${name}`), "video.mp4"]) {
        expect(await readFile(join(folder, "parts", file))).toEqual(
          await readFile(join(folder, "whole", file)),
        );
      }
    },
    PATIENT,
  );

  it("refuses a factor that the upscaler never gives, and a video without an upscaler", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder, "thumbnails: { count: 0 }");
    const args = ["-s", "flight.yaml", "--frames", "1", "--upscale"];
    const third = await runAnimate(folder, [...args, "3", "--set", `video.upscaler=${UPSCALER}`]);
    expect(third.exitCode).toBe(4);
    expect(third.stderr).toContain("video.upscale: this upscaler enlarges by 2, which never gives 3");
    const { exitCode, stderr } = await runAnimate(folder, [...args, "2", "--model", TINY_MODEL]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("video.upscale: no upscaler belongs to this model");
  });
});

describe("models check", () => {
  it("knows depth networks and upscalers", async () => {
    const folder = await temporaryFolder();
    const [depth, upscaler, list] = await Promise.all([
      runAnimate(folder, ["models", "check", "storybook-depth", "--device", "cpu"]),
      runAnimate(folder, ["models", "check", UPSCALER, "--device", "cpu"]),
      runAnimate(folder, ["models", "list"]),
    ]);
    expect(depth.stdout).toMatch(/^kind +depth network, gives nearness from 0 to 1$/m);
    expect(depth.stdout).toMatch(/^The model can be used\.$/m);
    expect(upscaler.stdout).toMatch(/^kind +upscaler, 2 times$/m);
    expect(upscaler.stdout).toMatch(/^file +.*diffusion_pytorch_model\.safetensors, \d\.\d MB$/m);
    expect(list.stdout).toMatch(/storybook-upscale +video\.upscaler +embedded/);
    expect(list.stdout).toMatch(/storybook-depth +motion\.depth\.model +embedded/);
  });
});
