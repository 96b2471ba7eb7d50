/** `animate brainstorm`, as a user runs it. */

import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { BrainstormRecord } from "../src/brainstorm/record.ts";
import { readPngText } from "../src/tensor/png-text.ts";
import { runAnimate, temporaryFolder, TINY_MODEL } from "./run-animate.ts";
import { interrupt } from "./support/interrupt.ts";
import { KOHYA_LORA } from "./support/lora-file.ts";

const TINY = ["--model", TINY_MODEL, "--channel", "tiny.yaml", "--best", "1", "--device", "cpu"];

async function folderWithChannel(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(
    join(folder, "tiny.yaml"),
    'templates: ["{title} by day", "{title} by night"]\nsize: 64x64\nsteps: 3\nsampler: euler_a\n',
  );
  return folder;
}

async function readRecord(folder: string): Promise<BrainstormRecord> {
  return JSON.parse(await readFile(join(folder, "brainstorm.json"), "utf8")) as BrainstormRecord;
}

const pixels = (file: string) => sharp(file).raw().toBuffer();

describe("animate brainstorm", () => {
  it("paints a title with the embedded model, marks and exports the best, and takes finished pictures over", async () => {
    const folder = await temporaryFolder();
    const args = [
      "brainstorm",
      "--title",
      'Baby in a "space" suit 🚀',
      "--count",
      "4",
      "--best",
      "1",
      "--size",
      "128x128",
      "--steps",
      "4",
      "--seed",
      "3",
      "--device",
      "cpu",
    ];
    const first = await runAnimate(folder, args);
    expect(first.exitCode).toBe(0);
    expect(first.stderr).toContain("storybook was never taught baby; it draws superhero, rocket");
    expect(first.stdout).toContain("4 pictures painted in");
    const out = join(folder, "renders/baby-in-a-space-suit-brainstorm");
    expect((await readdir(out)).toSorted()).toEqual([
      "best",
      "brainstorm.json",
      "grid.jpg",
      "pictures",
      "pictures.ndjson",
    ]);
    const record = await readRecord(out);
    expect(record).toMatchObject({
      status: "complete",
      seed: 3,
      grid: "grid.jpg",
      columns: ["seed 3", "seed 4"],
    });
    expect(record.pictures.map(({ status }) => status)).toEqual(Array(4).fill("painted"));
    expect(record.rows[0]).toContain("in space with a planet");
    const still = await sharp(join(out, record.best[0]!.file)).metadata();
    expect([still.width, still.height, still.format]).toEqual([1280, 720, "jpeg"]);

    const [picture] = record.pictures;
    const texts = new Map(
      readPngText(await readFile(join(out, picture!.file!))).map(({ keyword, text }) => [keyword, text]),
    );
    expect(texts.get("parameters")).toContain(
      `${record.rows[0]}\nNegative prompt: \nSteps: 4, Sampler: DPM++ 2M Karras, CFG scale: 4, Seed: 3`,
    );
    expect(JSON.parse(texts.get("animate")!)).toMatchObject({ plan: { seed: 3, frame: 0 } });

    const sheet = await readFile(join(out, "grid.jpg"));
    // One picture is lost, one damaged.
    await rm(join(out, record.pictures[1]!.file!));
    await writeFile(join(out, record.pictures[2]!.file!), "not a picture");
    const again = await runAnimate(folder, args);
    expect(again.stdout).toContain("2 pictures painted (2 were there already)");
    expect((await readFile(join(out, "grid.jpg"))).equals(sheet)).toBe(true);
    const rerun = await readRecord(out);
    expect(rerun.pictures.map(({ sha256 }) => sha256)).toEqual(record.pictures.map(({ sha256 }) => sha256));
  });

  it("sets weights of a LoRA against seeds on one loaded model, and goes on from any picture", async () => {
    const folder = await folderWithChannel();
    await mkdir(join(folder, "loras"));
    await cp(KOHYA_LORA, join(folder, "loras/style.safetensors"));
    const axes = ["--x", "seed=5,6", "--y", "lora:style=0,0.5,1"];
    const { exitCode, stdout } = await runAnimate(folder, [
      "brainstorm",
      "--title",
      "a hero",
      ...TINY,
      ...axes,
      "--out",
      "plot",
      "--json",
    ]);
    expect(exitCode).toBe(0);
    expect(stdout.match(/"type":"loading"/g)).toHaveLength(1);
    const { pictures, rows } = await readRecord(join(folder, "plot"));
    expect(rows).toEqual(["style 0", "style 0.5", "style 1"]);
    expect(new Set(pictures.map(({ sha256 }) => sha256)).size).toBe(6);

    const written = await runAnimate(folder, ["brainstorm", "--as-schedule", "6", "--out", "plot"]);
    expect(written.stdout).toContain("picture-6.yaml");
    const render = await runAnimate(folder, [
      "--schedule",
      "plot/picture-6.yaml",
      "--frames",
      "1",
      "--device",
      "cpu",
      "--out",
      "flight",
      "--set",
      "motion.depth.model=plane",
    ]);
    expect(render.exitCode).toBe(0);
    const frame = await pixels(join(folder, "flight/frames/000000.png"));
    expect(frame.equals(await pixels(join(folder, "plot", pictures[5]!.file!)))).toBe(true);
  });

  it("compares the checkpoints of a folder, and leaves out the one that is broken", async () => {
    const folder = await folderWithChannel();
    for (const name of ["step-9", "step-10", "step-8"])
      await cp(TINY_MODEL, join(folder, "training", name), { recursive: true });
    await writeFile(join(folder, "training/step-9/unet/config.json"), "{}");
    const args = [
      "brainstorm",
      "--title",
      "a hero",
      "--channel",
      "tiny.yaml",
      "--y",
      "checkpoint=training",
      "--x",
      "seed=1,2,3,4",
      "--out",
      "plot",
    ];
    const { exitCode, stdout, stderr } = await runAnimate(folder, args);
    expect(exitCode).toBe(4);
    expect(stdout).toContain("4 pictures painted (4 were there already), 4 failed");
    expect(stderr).toContain("--y checkpoint model: ");
    expect(stderr).toContain("step-9");
    const { rows, pictures } = await readRecord(join(folder, "plot"));
    expect(rows).toEqual(["step-8", "step-9", "step-10"]);
    expect(pictures.map(({ status }) => status)).toEqual([
      ...Array(4).fill("painted"),
      ...Array(4).fill("failed"),
      ...Array(4).fill("reused"),
    ]);
    expect(pictures[7]!.error).toContain("left out after 3 failures in a row");
    // The same weights, so the same pictures.
    expect(pictures[8]!.hash).toBe(pictures[0]!.hash);
  });

  it("goes on after a kill with the seed that was drawn, and stops after the picture at Ctrl-C", async () => {
    const folder = await folderWithChannel();
    const args = ["brainstorm", "--title", "a hero", ...TINY, "--count", "40", "--out", "plot"];
    await interrupt(folder, args, '"done":3,', "SIGKILL");
    const { seed, status } = await readRecord(join(folder, "plot"));
    expect(status).toBe("running");
    const { exitCode } = await interrupt(folder, args, '"done":6,', "SIGINT");
    expect(exitCode).toBe(130);
    const stopped = await readRecord(join(folder, "plot"));
    expect(stopped).toMatchObject({ status: "stopped", seed, grid: "grid.jpg" });
    const count = (kind: string) => stopped.pictures.filter((picture) => picture.status === kind).length;
    expect(count("reused")).toBeGreaterThanOrEqual(3);
    expect(count("painted")).toBeGreaterThanOrEqual(1);
    expect(count("planned")).toBeGreaterThanOrEqual(1);
  });

  it("tells a mistake in a flag with a hint, and writes nothing", async () => {
    const folder = await temporaryFolder();
    const { exitCode, stderr } = await runAnimate(folder, ["brainstorm", "--title", "a", "--count", "401"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      "--count: expected a whole number from 1 to 400, found 401\n    hint: such as --count 24",
    );
    expect(await readdir(folder)).toEqual([]);
  });
});
