import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { runAnimate, temporaryFolder } from "./run-animate.ts";
import { interrupt } from "./support/interrupt.ts";
import { makeVideo } from "./support/make-video.ts";
import { commandsNaming } from "./support/running-commands.ts";

/** Three scenes of a second each: test patterns with black between. */
const THREE_SCENES = [
  ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=10:d=1"],
  ["-f", "lavfi", "-i", "color=black:s=320x180:r=10:d=1"],
  ["-f", "lavfi", "-i", "testsrc=s=320x180:r=10:d=1"],
  ["-filter_complex", "[0:v][1:v][2:v]concat=n=3", "-pix_fmt", "yuv420p", "film.mp4"],
].flat();

describe("animate thumbnails", () => {
  it("writes stills of a video, a contact sheet and a summary, and leaves nothing else", async () => {
    const folder = await temporaryFolder();
    await makeVideo(folder, THREE_SCENES);
    const { exitCode, stdout, stderr } = await runAnimate(folder, ["thumbnails", "film.mp4", "--count", "2"]);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^film: 30 frames scored in .*\n {2}left out .*10 black/);

    const out = join(folder, "renders/film-thumbnails");
    const summary = JSON.parse(await readFile(join(out, "thumbnails.json"), "utf8"));
    expect(summary).toMatchObject({ kind: "video", width: 320, height: 180, frames: 30 });
    expect((await readdir(out)).toSorted()).toEqual(summary.files);
    for (const told of ["candidate-sheet.jpg", "rejected-sheet.jpg", "report.html", "scores.svg"]) {
      expect(summary.files).toContain(told);
    }
    const rows = (await readFile(join(out, "scores.csv"), "utf8")).trimEnd().split("\n");
    expect(rows).toHaveLength(31);
    expect(rows[16]).toMatch(/^15,1\.5,.*,black,,$/);
    expect(await readdir(join(folder, "renders"))).toEqual(["film-thumbnails"]);
    const frames: number[] = summary.thumbnails.map(({ frame }: { frame: number }) => frame);
    frames.sort((a, b) => a - b);
    expect(frames[0]).toBeLessThan(10);
    expect(frames[1]).toBeGreaterThanOrEqual(20);
    for (const { file } of summary.thumbnails) {
      expect(await sharp(file).metadata()).toMatchObject({ format: "jpeg", width: 1280, height: 720 });
    }
  });

  it("takes a run by the frames that it has, under its name and with its settings", async () => {
    const folder = await temporaryFolder();
    await makeVideo(folder, [...THREE_SCENES.slice(0, -1), "film.mp4"]);
    await mkdir(join(folder, "run/frames"), { recursive: true });
    await makeVideo(folder, ["-i", "film.mp4", "-start_number", "0", "run/frames/%06d.png"]);
    await writeFile(join(folder, "run/frames/.000030.png.0123456789ab.partial"), "half");
    const settings = {
      name: "flight",
      fps: 10,
      size: { width: 320, height: 180 },
      thumbnails: { count: 1, width: 640, height: 360, max_bytes: 100_000 },
    };
    await writeFile(join(folder, "run/manifest.json"), JSON.stringify({ status: "running", settings }));
    const { exitCode, stdout } = await runAnimate(folder, ["thumbnails", "run", "--json"]);
    expect(exitCode).toBe(0);
    const report = JSON.parse(stdout.trim().split("\n").at(-1)!);
    expect(report).toMatchObject({ type: "done", name: "flight", kind: "run", frames: 30 });
    expect(report.folder).toBe(join(folder, "renders/flight-thumbnails"));
    expect(report.thumbnails).toHaveLength(1);
    expect(await sharp(report.thumbnails[0].file).metadata()).toMatchObject({ width: 640, height: 360 });
  });

  it("takes a folder of pictures in natural order, and names the one that is damaged", async () => {
    const folder = await temporaryFolder();
    await makeVideo(folder, THREE_SCENES);
    await mkdir(join(folder, "pictures"));
    await makeVideo(folder, [
      "-i",
      "film.mp4",
      "-vf",
      "select=not(mod(n\\,5))",
      "-vsync",
      "0",
      "pictures/%d.png",
    ]);
    await writeFile(join(folder, "pictures/7.png"), "no picture");
    const { exitCode, stdout, stderr } = await runAnimate(folder, [
      "thumbnails",
      "pictures",
      "--out",
      "best",
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      "pictures/7.png: expected a picture (PNG, JPEG, WEBP), found other bytes; left out",
    );
    expect(stdout).toMatch(/^pictures: 6 pictures scored/);
    expect(await readdir(join(folder, "best"))).toContain("thumbnails.json");
  });

  it("never replaces stills unasked, nor other files at all", async () => {
    const folder = await temporaryFolder();
    await makeVideo(folder, THREE_SCENES);
    const args = ["thumbnails", "film.mp4", "--out", "stills"];
    expect((await runAnimate(folder, args)).exitCode).toBe(0);
    const again = await runAnimate(folder, args);
    expect(again.exitCode).toBe(6);
    expect(again.stderr).toContain("there are stills already");
    await writeFile(join(folder, "stills/notes.txt"), "mine");
    expect((await runAnimate(folder, [...args, "--force", "--count", "1"])).exitCode).toBe(0);
    const files = await readdir(join(folder, "stills"));
    expect(files.filter((file) => /^\d+-frame-.*\.jpg$/.test(file))).toHaveLength(1);
    expect(files).toContain("notes.txt");

    await mkdir(join(folder, "mine"));
    await writeFile(join(folder, "mine/notes.txt"), "mine");
    const other = await runAnimate(folder, ["thumbnails", "film.mp4", "--out", "mine", "--force"]);
    expect(other.exitCode).toBe(6);
    expect(other.stderr).toContain("expected a new or empty folder, found other files");
  });
});

describe("animate thumbnails, when a film has nothing to give", () => {
  it("takes the least bad frame of a black film, and says that all are black", async () => {
    const folder = await temporaryFolder();
    await makeVideo(folder, ["-f", "lavfi", "-i", "color=black:s=160x90:r=10:d=1", "dark.mp4"]);
    const { exitCode, stdout, stderr } = await runAnimate(folder, ["thumbnails", "dark.mp4"]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /^warning: no frame is worth a still: of 10 frames 10 black; the still is the least bad$/m,
    );
    expect(stdout.match(/ thumbnail /g)).toHaveLength(1);
  });

  it("names a file that is no video, and leaves no folder", async () => {
    const folder = await temporaryFolder();
    await makeVideo(folder, ["-f", "lavfi", "-i", "sine=d=1", "sound.m4a"]);
    const { exitCode, stderr } = await runAnimate(folder, ["thumbnails", "sound.m4a"]);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/sound\.m4a: expected a video, found only audio\n {2}hint: /);
    expect(await readdir(folder)).toEqual(["sound.m4a"]);
  });
});

it("ends with its ffmpeg at Ctrl-C, and leaves nothing half-written", async () => {
  const folder = await temporaryFolder();
  const long = [
    "-f",
    "lavfi",
    "-i",
    "testsrc2=s=320x180:r=30:d=4",
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
  ];
  await makeVideo(folder, [...long, "part.mp4"]);
  await makeVideo(folder, ["-stream_loop", "200", "-i", "part.mp4", "-c", "copy", "long.mp4"]);
  const args = ["thumbnails", "long.mp4"];
  const { exitCode, stderr } = await interrupt(folder, args, '"type":"progress"', "SIGINT");
  expect(exitCode).toBe(130);
  expect(stderr).toBe("stopped; nothing was written\n");
  expect(await readdir(join(folder, "renders"))).toEqual([]);
  expect(await commandsNaming(join(folder, "long.mp4"))).toEqual([]);
});
