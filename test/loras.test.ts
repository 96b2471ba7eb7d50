/** LoRAs and embeddings in renders, as a user runs them. */

import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readFrames, readManifest, runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";
import { KOHYA_LORA, randomTensors } from "./support/lora-file.ts";

const RENDER = [
  "--schedule",
  "flight.yaml",
  "--device",
  "cpu",
  "--frames",
  "4",
  "--set",
  "steps=2",
  "--set",
  "thumbnails.count=0",
];
const TAGGED = "{ 0: a hero, 3: '<lora:style:0.9> a city at night' }";

/** @param prompts of the schedule; those of the tiny schedule when not given */
async function render(
  folder: string,
  out: string,
  changes: string,
  prompts?: string,
): Promise<Record<string, string>> {
  await writeSchedule(folder, changes);
  const flags = prompts === undefined ? [] : ["--set", `prompts=${prompts}`];
  const { exitCode, stderr } = await runAnimate(folder, [...RENDER, ...flags, "--out", out]);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  return await readFrames(join(folder, out));
}

async function pixels(frame: string): Promise<Buffer> {
  return await sharp(Buffer.from(frame, "base64")).raw().toBuffer();
}

describe("a render with a LoRA", () => {
  it("is the same as without it while its weight is 0, and another from there on", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "loras"));
    await copyFile(KOHYA_LORA, join(folder, "loras/style.safetensors"));
    const plain = await render(folder, "plain", "");
    const styled = await render(folder, "styled", 'loras: [{ name: style, weight: "0:(0), 2:(0), 3:(1)" }]');
    const [plainRun, styledRun] = [
      await readManifest(join(folder, "plain")),
      await readManifest(join(folder, "styled")),
    ];
    const chains = plainRun.frames.map(({ chain }, i) => chain === styledRun.frames[i]!.chain);
    expect(chains).toEqual([true, true, true, false]);
    // The recipes in the files differ, so pixels are compared.
    const same = Object.keys(plain).map(async (frame) =>
      (await pixels(plain[frame]!)).equals(await pixels(styled[frame]!)),
    );
    expect(await Promise.all(same)).toEqual([true, true, true, false]);
    expect(styledRun.loras).toEqual([{ name: "style", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    expect(plainRun).not.toHaveProperty("loras");
  });

  it("takes over the frames of a run without it, up to where it comes in", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "loras"));
    await copyFile(KOHYA_LORA, join(folder, "loras/style.safetensors"));
    const before = await render(folder, "run", "");
    const after = await render(folder, "other", "", TAGGED);
    const inPlace = await render(folder, "run", "", TAGGED);
    const frames = Object.keys(before);
    expect(frames.map((frame) => inPlace[frame] === before[frame])).toEqual([true, true, true, false]);
    // The same pixels, whether painted with the LoRA at 0 or without it.
    expect(after["000003.png"]).toBe(inPlace["000003.png"]);
    const { frames: states } = await readManifest(join(folder, "run"));
    expect(states.map(({ status }) => status)).toEqual(["reused", "reused", "reused", "rendered"]);
  });

  it("stops before the first frame when there is no such LoRA, or it is for another model", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder, "loras: [{ name: nowhere }]");
    const absent = await runAnimate(folder, RENDER);
    expect(absent.exitCode).toBe(3);
    expect(absent.stderr).toContain("nowhere: there is no such LoRA");
    const attention = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k";
    const sdxl = await randomTensors({
      [`${attention}.lora_down.weight`]: [4, 2048],
      [`${attention}.lora_up.weight`]: [1280, 4],
    });
    await writeSchedule(folder, `loras: [{ name: ${sdxl} }]`);
    const other = await runAnimate(folder, RENDER);
    expect(other.exitCode).toBe(3);
    expect(other.stderr).toContain("the LoRA was made for Stable Diffusion XL");
  });
});

describe("a render with an embedding", () => {
  it("changes where its word stands in a prompt, and nowhere before", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "embeddings"));
    const prompts = "{ 0: a hero, 3: a glowmoss city }";
    const without = await render(folder, "without", "", prompts);
    await copyFile(
      await randomTensors({ emb_params: [2, 32] }),
      join(folder, "embeddings/glowmoss.safetensors"),
    );
    const withIt = await render(folder, "with", "", prompts);
    const frames = Object.keys(without);
    expect(frames.map((frame) => withIt[frame] === without[frame])).toEqual([true, true, true, false]);
    const { embeddings } = await readManifest(join(folder, "with"));
    expect(embeddings?.map(({ name }) => name)).toEqual(["glowmoss"]);
  });

  it("takes one from elsewhere under another word", async () => {
    const folder = await temporaryFolder();
    const file = await randomTensors({ emb_params: [2, 32] });
    await render(folder, "out", `embeddings: [{ name: ${file}, word: sparkle }]\nnegative_prompt: Sparkle`);
    const { embeddings } = await readManifest(join(folder, "out"));
    expect(embeddings?.map(({ name }) => name)).toEqual(["sparkle"]);
  });

  it("is found by the token that diffusers wrote into its file", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "embeddings"));
    const file = await randomTensors({ "<cat-toy>": [2, 32] });
    await copyFile(file, join(folder, "embeddings/learned.safetensors"));
    await render(folder, "out", "", "a <cat-toy> in space");
    const { embeddings } = await readManifest(join(folder, "out"));
    expect(embeddings?.map(({ name }) => name)).toEqual(["<cat-toy>"]);
  });

  it("refuses a pickle that a prompt calls", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "embeddings"));
    await writeFile(join(folder, "embeddings/easynegative.pt"), "PK");
    await writeSchedule(folder, "negative_prompt: easynegative");
    const { exitCode, stderr } = await runAnimate(folder, RENDER);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("`easynegative.pt` is a Python pickle");
  });
});
