import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { locateVideoTools } from "../src/video/locate.ts";
import { probeVideo } from "../src/video/probe.ts";
import { runAnimate, temporaryFolder } from "./run-animate.ts";

const SCHEDULE = `model: not-downloaded-yet
size: 96x64
frames: 12
fps: 10
prompts: { 0: "A héro, at night", 6: a city }
mode: 2d
motion: { zoom: 1.05, translation_x: 2 }
`;

async function folderWithSchedule(changes = ""): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "move.yaml"), SCHEDULE + changes);
  return folder;
}

describe("animate preview", () => {
  it("writes the whole move as a video, without the model being there", async () => {
    const folder = await folderWithSchedule();
    const { exitCode, stdout } = await runAnimate(folder, ["preview", "move.yaml"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("move: 12 frames, 2d, over a grid");
    const { ffprobe } = await locateVideoTools();
    const video = await probeVideo(ffprobe.path, join(folder, "renders/move-preview.mp4"));
    expect(video).toMatchObject({ frames: 12, width: 96, height: 64 });
    // Nothing but the video: no run folder that a render could take for its own.
    expect(await readdir(join(folder, "renders"))).toEqual(["move-preview.mp4"]);
  });

  it("moves over a picture, with depth in 3D, and lays it out as a sheet", async () => {
    const folder = await folderWithSchedule();
    const picture = Buffer.alloc(96 * 64 * 3, 0).map((_, i) => (i * 7) % 256);
    await sharp(picture, { raw: { width: 96, height: 64, channels: 3 } })
      .png()
      .toFile(join(folder, "a.png"));
    const flags = [
      "--mode",
      "3d",
      "--model",
      "storybook",
      "--picture",
      "a.png",
      "--sheet",
      "--out",
      "look.jpg",
    ];
    const { exitCode, stdout } = await runAnimate(folder, ["preview", "move.yaml", ...flags]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("a picture with depth by storybook-depth");
    const { format, width } = await sharp(await readFile(join(folder, "look.jpg"))).metadata();
    expect(format).toBe("jpeg");
    expect(width).toBeGreaterThan(300);
  });

  it.each([
    [["--out", "a.jpg"], "expected a file ending in .mp4"],
    [["--sheet", "--out", "a.png"], "expected a file ending in .jpg"],
    [["--picture", "none.png"], "there is no such file"],
    [["move.yaml"], "expected one schedule, found 2"],
  ])("says what is wrong with %j", async (flags, message) => {
    const folder = await folderWithSchedule();
    const { exitCode, stderr } = await runAnimate(folder, ["preview", "move.yaml", ...flags]);
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("internal error");
  });
});
