/** The commands about models, and renders from a single-file checkpoint, as a user runs them. */

import { cp, copyFile, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readFloats, readSafetensors } from "../src/models/safetensors.ts";
import { writeSafetensors } from "../src/models/safetensors-writer.ts";
import { zeros } from "../src/tensor/tensor.ts";
import {
  readFrames,
  readManifest,
  runAnimate,
  temporaryFolder,
  TINY_MODEL,
  writeSchedule,
} from "./run-animate.ts";
import { CHECKPOINT, SINGLE_FILE_FOLDER } from "./support/edited-checkpoint.ts";
import { largestDifference } from "./support/golden.ts";

describe("models list", () => {
  it("is what `models` alone does", async () => {
    const folder = await temporaryFolder();
    const [bare, list] = await Promise.all([
      runAnimate(folder, ["models"]),
      runAnimate(folder, ["models", "list"]),
    ]);
    expect(bare).toEqual(list);
    expect(bare.exitCode).toBe(0);
    expect(bare.stdout).toMatch(/^ {2}storybook .*embedded$/m);
  });

  it("leaves no room for other words", async () => {
    const { exitCode, stderr } = await runAnimate(await temporaryFolder(), ["models", "chekc", "storybook"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Unknown argument");
  });
});

describe("models check", () => {
  it("says what a checkpoint is, and runs every part", async () => {
    const { exitCode, stdout } = await runAnimate(SINGLE_FILE_FOLDER, [
      "models",
      "check",
      "tiny-fp16.safetensors",
      "--device",
      "cpu",
    ]);
    expect(exitCode).toBe(0);
    const facts = [
      /^model +tiny-fp16$/m,
      /^family +Stable Diffusion 1\.x, epsilon$/m,
      /^file +\/.*tiny-fp16\.safetensors, 3\.1 MB$/m,
      /^UNet +0\.8 million parameters as F16, 1\.6 MB$/m,
      /^runs on +cpu$/m,
      /^VAE decoder +ran in \d+\.\d\d s with loading, at 4×4 pixels$/m,
      /^peak memory +\d+\.\d MB$/m,
      /^The model can be used\.$/m,
    ];
    for (const fact of facts) expect(stdout).toMatch(fact);
  });

  it("says what a ControlNet is and which models it fits, and runs it, from a file or folder", async () => {
    const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));
    const args = ["models", "check", "tiny-controlnet-sdxl", "--device", "cpu"];
    const { exitCode, stdout, stderr } = await runAnimate(fixtures, args);
    expect(exitCode, stderr).toBe(0);
    const facts = [
      /^ControlNet +tiny-controlnet-sdxl$/m,
      /^family +a model that reads text of width 64: fits its models$/m,
      /^sha256 +[0-9a-f]{64}$/m,
      /^file +.*tiny-controlnet-sdxl\/diffusion_pytorch_model\.safetensors, 0\.4 MB$/m,
      /^weights +0\.2 million parameters as F16, 0\.4 MB$/m,
      /^picture +ran in .* at 4×4 pixels$/m,
      /^ControlNet +ran in .* at 4×4 pixels$/m,
      /^The ControlNet can be used\.$/m,
    ];
    for (const fact of facts) expect(stdout).toMatch(fact);
    const damaged = await temporaryFolder();
    const config = JSON.parse(
      await readFile(join(fixtures, "tiny-controlnet/config.json"), "utf8"),
    ) as object;
    await writeFile(join(damaged, "config.json"), JSON.stringify({ ...config, cross_attention_dim: 768 }));
    const weights = "diffusion_pytorch_model.safetensors";
    await copyFile(join(fixtures, "tiny-controlnet", weights), join(damaged, weights));
    expect(await runAnimate(damaged, ["models", "check", "."])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/attn2\.to_k\.weight` has the shape \[32, 32\], expected \[32, 768\]/),
    });
  });

  it("checks a VAE alone, and a model with another VAE", async () => {
    const vae = "vae/diffusion_pytorch_model.safetensors";
    const alone = await runAnimate(TINY_MODEL, ["models", "check", vae, "--device", "cpu"]);
    expect(alone.exitCode, alone.stderr).toBe(0);
    expect(alone.stdout).toMatch(/^latents +4 channels, a cell for 2×2 pixels$/m);
    expect(alone.stdout).toMatch(/^VAE decoder +ran in /m);
    const tiny = fileURLToPath(new URL("fixtures/tiny-taesd", import.meta.url));
    const other = await runAnimate(TINY_MODEL, ["models", "check", ".", "--vae", tiny, "--device", "cpu"]);
    expect(other.exitCode, other.stderr).toBe(0);
    expect(other.stdout).toMatch(/^file +.*tiny-taesd\/diffusion_pytorch_model\.safetensors, /m);
    expect(other.stdout).toMatch(/^The model can be used\.$/m);
    const missing = await runAnimate(TINY_MODEL, ["models", "check", ".", "--vae", "nowhere"]);
    expect(missing).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("there is no such VAE") });
  });

  it("says what an odd thing is, and what to do", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "empty.safetensors"));
    await writeFile(join(folder, "clip.mp4"), "\0\0\0\u0020ftypisom");
    await symlink("loop.safetensors", join(folder, "loop.safetensors"));
    const messages: [path: string, what: string, hint: string][] = [
      ["empty.safetensors", "it has no `model_index.json`, it is empty", "There is: storybook"],
      ["./clip.mp4", "`clip.mp4` is a video", "Give a model"],
      ["loop.safetensors", "the link leads round in a circle", "Make it anew"],
    ];
    const results = await Promise.all(
      messages.map(([path]) => runAnimate(folder, ["models", "check", path])),
    );
    for (const [i, { exitCode, stderr }] of results.entries()) {
      expect(exitCode).toBe(3);
      expect(stderr).toContain(messages[i]![1]);
      expect(stderr).toContain(`hint: ${messages[i]![2]}`);
    }
  });

  it("exits with 3 and one sentence when a file is no model", async () => {
    const { exitCode, stderr } = await runAnimate(TINY_MODEL, [
      "models",
      "check",
      "unet/diffusion_pytorch_model.safetensors",
    ]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("is the UNet of a model in the diffusers layout");
    expect(stderr).toContain("hint: ");
  });
});

describe("models probe", () => {
  it("writes what the networks give for the tensors of a file", async () => {
    const folder = await temporaryFolder();
    const given = await readSafetensors(join(TINY_MODEL, "inputs.safetensors"));
    const latents = await readFloats(given, "latent");
    await writeSafetensors(
      join(folder, "in.safetensors"),
      new Map([
        ["vae.latents", latents],
        ["note", zeros([1])],
      ]),
    );
    const args = ["models", "probe", TINY_MODEL, "--inputs", "in.safetensors", "--out", "out.safetensors"];
    const { exitCode, stdout } = await runAnimate(folder, args);
    expect(exitCode).toBe(0);
    expect(stdout).toBe("vae.decode [1, 3, 32, 48]\nnot used: note\n");
    const decoded = await readFloats(await readSafetensors(join(folder, "out.safetensors")), "vae.decode");
    const golden = await readSafetensors(join(TINY_MODEL, "golden.safetensors"));
    expect(largestDifference(decoded, await readFloats(golden, "vae.decode"))).toBeLessThan(2e-5);
  });

  it("writes nothing when the inputs cannot be read", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "in.safetensors"), "PK\u0003\u0004 and so on");
    const args = ["models", "probe", "storybook", "--inputs", "in.safetensors", "--out", "out.safetensors"];
    const { exitCode, stderr } = await runAnimate(folder, args);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("this is no safetensors file, but a Python pickle");
    expect(await readdir(folder)).toEqual(["in.safetensors"]);
  });
});

describe("a render from a single-file checkpoint", () => {
  it("finds the file beside the schedule, and for a flag in the working directory", async () => {
    const folder = await temporaryFolder();
    const tokenizer = fileURLToPath(new URL("fixtures/tiny-sd15-singlefile/tokenizer", import.meta.url));
    await cp(tokenizer, join(folder, "tokenizer"), { recursive: true });
    await copyFile(CHECKPOINT, join(folder, "hero.safetensors"));
    await writeSchedule(folder, "");
    const args = ["-s", "flight.yaml", "--frames", "2", "--format", "png"];
    const flag = await runAnimate(folder, [...args, "--model", "hero.safetensors", "--out", "flag"]);
    expect(flag.exitCode, flag.stderr).toBe(0);
    const set = await runAnimate(folder, [...args, "--set", "model=./hero.safetensors", "--out", "set"]);
    expect(set.exitCode, set.stderr).toBe(0);
    const frames = await readFrames(join(folder, "flag"));
    expect(Object.keys(frames)).toHaveLength(2);
    expect(await readFrames(join(folder, "set"))).toEqual(frames);
    expect((await readManifest(join(folder, "flag"))).model.name).toBe("hero");
  });
});
