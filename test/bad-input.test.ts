import { execFileSync } from "node:child_process";
import { cp, mkdir, readFile, readdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { TINY_MODEL, runAnimate, startAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";
import { canFindChildren, inferenceProcessOf } from "./support/inference-process.ts";

interface BadInput {
  readonly name: string;
  /** YAML of the schedule; without it no file is written. */
  readonly schedule?: string;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  readonly exitCode: number;
  /** What stderr has to say, in order. */
  readonly says: readonly string[];
}

const TINY_CONTROLNET = fileURLToPath(new URL("fixtures/tiny-controlnet", import.meta.url));
const TINY_SDXL = fileURLToPath(new URL("fixtures/tiny-sdxl", import.meta.url));
const PROMPT = "prompts: a hero";

const BAD_INPUTS: readonly BadInput[] = [
  {
    name: "a missing file",
    exitCode: 6,
    says: ["bad.yaml: expected a schedule file, found no such file", "hint: "],
  },
  {
    name: "broken YAML",
    schedule: `${PROMPT}\nmotion: { zoom: [1\nfps: 15\n`,
    exitCode: 2,
    says: ["bad.yaml:"],
  },
  {
    name: "an unknown key",
    schedule: `${PROMPT}\nmotion:\n  zooom: 1.02\n`,
    exitCode: 2,
    says: ["bad.yaml:3:3 motion.zooom: ", "zoom"],
  },
  {
    name: "a bad formula",
    schedule: `${PROMPT}\nmotion:\n  zoom: "0:(1+sine(t))"\n`,
    exitCode: 2,
    says: ["bad.yaml:3:15 motion.zoom: ", "sine", "hint: ", "sin"],
  },
  {
    name: "the unquoted shorthand of schedules",
    schedule: `${PROMPT}\nmotion:\n  translation_x: 0: (0), 30: (15)\n`,
    exitCode: 2,
    says: ["bad.yaml:3:", "hint: ", 'translation_x: "0: (0), 30: (15)"'],
  },
  {
    name: "a size that is no multiple of 8",
    schedule: `${PROMPT}\nsize: 250x256\n`,
    exitCode: 2,
    says: ["bad.yaml:2:7 size: ", "248", "256"],
  },
  {
    name: "weights of stills that there are none of",
    schedule: `${PROMPT}\nmodel: ${TINY_MODEL}\nthumbnails: { weights: landscpe }\n`,
    exitCode: 2,
    says: ["bad.yaml:3:24 thumbnails.weights: expected default, bold", "hint: did you mean landscape?"],
  },
  {
    name: "a missing model",
    schedule: `${PROMPT}\nmodel: ./nowhere\n`,
    exitCode: 3,
    says: ["bad.yaml:2:8 model: ", "nowhere: there is no such model", "hint: ", "storybook"],
  },
  {
    name: "names of LoRAs, embeddings, ControlNets, VAEs and networks that stand for nothing",
    schedule: [
      `prompts: { 0: "a hero <lora:gone-too:0.5>" }`,
      `model: ${TINY_MODEL}`,
      "vae: no-vae",
      "loras: [{ name: gone }]",
      "embeddings:\n  - { name: no-word }",
      "controlnet:\n  - model: no-edges\n    preprocessor: no-lines.onnx",
      "motion: { depth: { model: no-depth } }",
      "video: { upscale: 2, upscaler: no-upscaler }",
    ].join("\n"),
    exitCode: 3,
    says: [
      "bad.yaml:1:29 prompts: gone-too: there is no such LoRA",
      "bad.yaml:3:6 vae: no-vae: there is no such VAE",
      "hint: ",
      "bad.yaml:4:17 loras.0.name: gone: there is no such LoRA",
      "bad.yaml:6:13 embeddings.0.name: no-word: there is no such embedding",
      "bad.yaml:8:12 controlnet.0.model: no-edges: there is no such ControlNet",
      "bad.yaml:9:19 controlnet.0.preprocessor: no-lines.onnx: there is no such preprocessor",
      "bad.yaml:10:27 motion.depth.model: no-depth: there is no such depth network",
      "bad.yaml:11:32 video.upscaler: no-upscaler: there is no such upscaler",
    ],
  },
  {
    name: "models over time that stand for nothing",
    schedule: `${PROMPT}\nmodel:\n  0: ${TINY_MODEL}\n  30: ./gone\n  9999: gone-too\n`,
    exitCode: 3,
    says: [
      "bad.yaml:4:7 model.30: ",
      "gone: there is no such model",
      "bad.yaml:5:9 model.9999: gone-too: there is no such model",
      "hint: ",
    ],
  },
  {
    name: "models over time of different families",
    schedule: `${PROMPT}\nmodel: { 0: ${TINY_MODEL}, 5: ${TINY_SDXL} }\n`,
    exitCode: 3,
    says: [
      "bad.yaml:2:",
      ` model.5: ${TINY_SDXL}: expected a model made like tiny-sd15 (sd1), found one of family sdxl`,
      "hint: Take a fine-tune of the same base model",
    ],
  },
  {
    name: "a LoRA that the text before all prompts names and that is not there",
    schedule: `${PROMPT}\nmodel: ${TINY_MODEL}\npositive_prompt: ink <lora:gone:0.5>\n`,
    exitCode: 3,
    says: ["bad.yaml:3:28 positive_prompt: gone: there is no such LoRA", "hint: "],
  },
  {
    name: "files of another kind than where they are named",
    schedule: [
      PROMPT,
      `model: ${TINY_MODEL}`,
      `loras: [{ name: ${TINY_MODEL}/vae/diffusion_pytorch_model.safetensors }]`,
      `vae: ${TINY_CONTROLNET}`,
      `controlnet: [{ model: ${TINY_MODEL}/vae }]`,
    ].join("\n"),
    exitCode: 3,
    says: [
      "bad.yaml:3:17 loras.0.name: ",
      "expected a LoRA, found a VAE",
      "hint: name it as `vae`",
      `bad.yaml:4:6 vae: ${TINY_CONTROLNET}: expected a VAE, found a ControlNet`,
      "hint: list it under `controlnet`",
      "bad.yaml:5:23 controlnet.0.model: ",
      "expected a ControlNet, found a VAE",
    ],
  },
  {
    name: "a ControlNet for models of another family",
    schedule: `${PROMPT}\nmodel: ${TINY_MODEL}\nsize: 64x64\ncontrolnet:\n  - model: ${TINY_CONTROLNET}-sdxl\n`,
    exitCode: 3,
    says: [
      `bad.yaml:5:12 controlnet.0.model: ${TINY_CONTROLNET}-sdxl: `,
      "is not for the model `tiny-sd15`: it was trained with texts of width 64, the model's are 32 wide",
      "hint: ",
    ],
  },
  {
    name: "a pickle",
    schedule: `${PROMPT}\nmodel: ./model.ckpt\n`,
    exitCode: 3,
    says: ["model.ckpt", "pickle", "hint: "],
  },
  {
    name: "no ffmpeg where FFMPEG_PATH points",
    schedule: `${PROMPT}\nmodel: ${TINY_MODEL}\nsize: 64x64\n`,
    env: { FFMPEG_PATH: "/nowhere/ffmpeg" },
    exitCode: 5,
    says: ["/nowhere/ffmpeg", "hint: "],
  },
  {
    name: "a bad flag",
    schedule: PROMPT,
    args: ["--frames", "many"],
    exitCode: 2,
    says: ["--frames: expected a whole number from 1 to 100000"],
  },
  {
    name: "an unknown flag",
    schedule: PROMPT,
    args: ["--framez", "3"],
    exitCode: 2,
    says: ["command line: ", "framez", "hint: "],
  },
  {
    name: "an option that is there twice",
    schedule: PROMPT,
    args: ["--out", "one", "--out", "two"],
    exitCode: 2,
    says: ["--out: expected it once, found it several times", "hint: "],
  },
  {
    name: "a mask that is not there",
    schedule: `${PROMPT}\nmodel: ${TINY_MODEL}\nsize: 64x64\nmask: { file: none.png }\n`,
    exitCode: 6,
    says: ["bad.yaml:4:15 mask.file ", "none.png: there is no such file or folder", "hint: "],
  },
  {
    name: "a start picture that is not there",
    schedule: `${PROMPT}\nmodel: ${TINY_MODEL}\nsize: 64x64\ninit: { image: none.png }\n`,
    exitCode: 6,
    says: ["bad.yaml:4:16 init.image: ", "none.png: there is no such file", "hint: "],
  },
];

describe("bad input", () => {
  it.each(BAD_INPUTS)("says what is wrong with $name, and leaves nothing behind", async (bad) => {
    const folder = await temporaryFolder();
    if (bad.schedule !== undefined) await writeFile(join(folder, "bad.yaml"), bad.schedule);
    const before = await readdir(folder);
    const args = ["--schedule", "bad.yaml", ...(bad.args ?? [])];
    const { exitCode, stdout, stderr } = await runAnimate(folder, args, bad.env);
    expect(stdout).toBe("");
    expect(stderr.startsWith("error: ")).toBe(true);
    let position = 0;
    for (const words of bad.says) {
      position = stderr.indexOf(words, position);
      expect(position, `${JSON.stringify(words)} in\n${stderr}`).toBeGreaterThanOrEqual(0);
    }
    expect(exitCode).toBe(bad.exitCode);
    expect(stderr).not.toContain("    at ");
    expect(await readdir(folder)).toEqual(before);
  });

  it("names all mistakes of a file at once, each at its place", async () => {
    const folder = await temporaryFolder();
    const lines = ["fps: fast", "frames: 0", PROMPT, "motion:", "  zoom: '0:(1), 10:(oops)'", "mood: happy"];
    await writeFile(join(folder, "bad.yaml"), `${lines.join("\n")}\n`);
    const { stderr } = await runAnimate(folder, ["--schedule", "bad.yaml"]);
    for (const place of [
      "bad.yaml:1:6 fps: ",
      "bad.yaml:2:9 frames: ",
      "bad.yaml:5:",
      "bad.yaml:6:1 mood: ",
    ]) {
      expect(stderr).toContain(place);
    }
  });

  it("says which weight file is cut off", async () => {
    const folder = await temporaryFolder();
    await cp(TINY_MODEL, join(folder, "model"), { recursive: true });
    const weights = join(folder, "model/unet/diffusion_pytorch_model.safetensors");
    await truncate(weights, 1_000_000);
    await writeSchedule(folder, "");
    const { exitCode, stderr } = await runAnimate(folder, ["-s", "flight.yaml", "--model", "./model"]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("model/unet/diffusion_pytorch_model.safetensors");
    expect(await readdir(folder)).toEqual(["flight.yaml", "model"]);
  });

  const note = canFindChildren ? "" : " (skipped: children are looked up in /proc)";
  it.skipIf(!canFindChildren)(
    `keeps finished frames and says so when the inference process dies, and the one after it${note}`,
    async () => {
      const folder = await temporaryFolder();
      await writeSchedule(folder);
      const command = startAnimate(folder, ["-s", "flight.yaml", "--json"]);
      await command.printed('"type":"frame","frame":1');
      process.kill(await inferenceProcessOf(command.process.pid!), "SIGKILL");
      await command.printed("it is started anew");
      process.kill(await inferenceProcessOf(command.process.pid!), "SIGKILL");
      const { exitCode, stderr } = await command.result;
      expect(exitCode).toBe(4);
      expect(stderr).toMatch(/error: frame \d: the inference process ended \(signal SIGKILL\) .* twice/);
      expect(stderr).toContain("--resume");
      const files = await readdir(join(folder, "renders/flight"));
      expect(files.filter((file) => file.endsWith(".partial") || file.startsWith("video"))).toEqual([]);
      const { stdout } = await runAnimate(folder, ["-s", "flight.yaml", "--resume"]);
      expect(stdout).toMatch(/\([1-5] were there already\)/);
    },
  );
});

describe("a full disk", () => {
  const mountable = canMount();

  it.skipIf(!mountable)(
    `stops with the file and its size, and the render continues when there is room${mountable ? "" : " (skipped: no right to mount a small disk)"}`,
    async () => {
      const folder = await temporaryFolder();
      await writeSchedule(folder, "");
      const disk = join(folder, "disk");
      await mkdir(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]);
      onTestFinished(() => void execFileSync("umount", [disk]));
      const args = ["-s", "flight.yaml", "--format", "png", "--out", "disk/run"];
      const { exitCode, stderr } = await runAnimate(folder, args);
      expect(exitCode).toBe(6);
      expect(stderr).toMatch(
        /error: .*disk\/run\/.*: cannot write \d+ bytes: the disk is full\n {2}hint: free space/,
      );
      const frames = await readdir(join(disk, "run/frames"));
      expect(frames.filter((file) => !/^\d{6}\.png$/.test(file))).toEqual([]);

      execFileSync("mount", ["-o", "remount,size=16m", disk]);
      const again = await runAnimate(folder, args);
      expect(again.exitCode).toBe(0);
      expect(again.stdout).toMatch(/\([1-5] were there already\)/);
    },
  );
});

function canMount(): boolean {
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

describe("plan, lint and doctor", () => {
  it("prints the plan as CSV with one column per schedule, in full precision", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    const { exitCode, stdout } = await runAnimate(folder, ["plan", "flight.yaml", "--csv"]);
    expect(exitCode).toBe(0);
    const [header = "", ...rows] = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    expect(header[0]).toBe("frame");
    expect(rows).toHaveLength(6);
    expect(rows.map((row) => row[(header as string[]).indexOf("motion.translation_z")])).toEqual([
      "0",
      "2",
      "4",
      "6",
      "8",
      "10",
    ]);
  });

  it("prints the plan as JSON with the same values", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    const { stdout } = await runAnimate(folder, ["plan", "flight.yaml", "--json"]);
    const rows = JSON.parse(stdout) as Record<string, number>[];
    expect(rows[3]).toMatchObject({ frame: 3, "motion.translation_z": 6, "motion.rotation_3d_z": 1 });
  });

  it("warns about the spike and the keys past the end in the example schedule", async () => {
    const example = new URL("../schedules/superman.yaml", import.meta.url).pathname;
    const { exitCode, stdout } = await runAnimate(await temporaryFolder(), ["lint", example]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/superman\.yaml:\d+:\d+ motion\.rotation_3d_x: warning: jumps from 0 to 150/);
    expect(stdout).toMatch(/motion\.rotation_3d_z: warning: the keys? .*500 lies? beyond the last frame/);
  });

  it("reports what was found on this machine", async () => {
    const { exitCode, stdout } = await runAnimate(await temporaryFolder(), ["doctor"]);
    expect(exitCode).toBe(0);
    for (const found of [
      "Node ",
      "ffmpeg ",
      "libx264",
      "ONNX Runtime 1.30.0",
      "CUDA: ",
      "memory: ",
      "model storybook",
    ]) {
      expect(stdout).toContain(found);
    }
  });

  it("does not run a schedule's text through the terminal", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "bad.yaml"), 'prompts: a\n"\\e[2Jevil": 1\n');
    const { stderr } = await runAnimate(folder, ["-s", "bad.yaml"]);
    expect(stderr).not.toContain("\u001b");
  });
});

it("ships the schema that the examples name in their first line", async () => {
  const schema = JSON.parse(
    await readFile(new URL("../presets/schedule.schema.json", import.meta.url), "utf8"),
  );
  expect(schema.properties).toHaveProperty("motion");
});
