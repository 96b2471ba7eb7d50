import { describe, expect, it } from "vitest";
import { choosePrecision } from "../models/precision.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import { chainHashes } from "./chain.ts";
import { runFacts } from "./run-facts.ts";

function planOf(text: string) {
  const { settings } = loadSettings({ file: "a.yaml", text: `prompts: x\nframes: 4\nseed: 1\n${text}` });
  return planFrames(settings);
}

it("keeps the hashes of runs from before ControlNets", () => {
  expect(chainHashes({ model: "m" }, planOf("")).map((hash) => hash.slice(0, 8))).toEqual([
    "9f308846",
    "fa2a9b31",
    "09a5a84b",
    "dcc83422",
  ]);
});

it("changes from the frame on whose input picture changed", () => {
  const plan = planOf("controlnet: [{ model: a, input: dance }]");
  const inputs = [["p0"], ["p1"], ["p2"], [null]];
  const before = chainHashes({}, plan, inputs);
  const after = chainHashes({}, plan, inputs.with(2, ["other"]));
  expect(after.map((hash, i) => hash === before[i])).toEqual([true, true, false, false]);
});

it("changes with a number of a ControlNet at one frame", () => {
  const [one, two] = ["1", '"0:(1), 3:(0.5)"'].map((weight) =>
    chainHashes({}, planOf(`controlnet: [{ model: a, weight: ${weight} }]`)),
  );
  expect(one!.map((hash, i) => hash === two![i])).toEqual([true, false, false, false]);
});

const BASE = "seed: 7\nframes: 3\nprompts: { 0: a cat, 2: a dog }\nsteps: 8\n";

function hashesOf(text: string): string[] {
  const { settings } = loadSettings({ file: "a.yaml", text: BASE + text });
  const plan = planFrames(settings);
  const precision = choosePrecision(settings.precision, "cpu");
  const model = { provider: "cpu", hash: "0".repeat(64), precision };
  return chainHashes({ ...runFacts(settings, plan, { model }), runtime: "1.30.0" }, plan);
}

/** How many frames of a render with `change` are those of the render without. */
function framesKept(change: string): number {
  const before = hashesOf("");
  const after = hashesOf(change);
  const different = after.findIndex((hash, frame) => hash !== before[frame]);
  return different === -1 ? after.length : different;
}

describe("chainHashes", () => {
  it("are those of the third version of the pixels where nothing of later ones is used", () => {
    expect(hashesOf("sampler: DPM++ 2M Karras\nclip_skip: 1\n")).toEqual([
      "c5bb69cf806501b701c47fb5b08f62466d63ab7c24a138d57a5737001403b1df",
      "46810c10bfddfc41e4431ed1cafc88697617dc05312601962984d18b42af10a4",
      "6b3817fd2e83599dc5fe2e062e38baca774b811f8df81864835e606d5a5954b9",
    ]);
  });

  it.each([
    ["fps: 30", 3],
    ["sampler: Euler a", 3],
    ["precision: fp32", 3],
    ["positive_prompt: ''", 3],
    ["positive_prompt: ink", 0],
    ["keyframe_distribution: additive", 3],
    ["keyframe_distribution: keyframes_only", 0],
    ["keyframe_strength: 0.2", 2],
    ["loaded_models: 2", 3],
    ["precision: int8", 0],
    ["sampler: { 0: euler_a, 2: ddim }", 2],
    ['sampler: \'0: ("Euler a"), 1: ("DDIM")\'', 1],
    ["sampler: euler", 0],
    ["clip_skip: { 0: 0, 1: 0, 2: 1 }", 2],
    ["guidance_rescale: 0:(0), 1:(0), 2:(0.7)", 2],
    ["sampling: { ancestral_eta: '0:(1), 1:(1), 2:(0.5)' }", 2],
    ["motion: { aspect_ratio: '0:(1+0), 2:(1.5)' }", 2],
    ["motion: { holes: smear }", 3],
    ["motion: { holes: inpaint }", 0],
    ["motion: { depth: { save: true } }", 3],
    ["subseed: 5", 3],
    ["subseed: 5\nsubseed_strength: '0:(0+0), 1:(0.2)'", 1],
    ["seed_resize_from: 512x512", 0],
    ["image_guidance_scale: '0:(1.5+0), 2:(2)'", 2],
    ["init: { strength: 0.5 }", 3],
    ["sampling: { s_noise: 1.1 }", 0],
    ["sampling: { eta_noise_seed_delta: 31337 }", 0],
    ["sampling: { fractional_strength: true }", 0],
  ])("with %s keep %i of 3 frames", (change, kept) => {
    expect(framesKept(change)).toBe(kept);
  });

  it("tell a sampler that comes back from one that stays", () => {
    expect(
      new Set(
        ["{ 0: ddim, 1: euler, 2: ddim }", "{ 0: ddim, 1: euler }", "{ 0: euler, 1: ddim }"].map(
          (keys) => hashesOf(`sampler: ${keys}`)[2],
        ),
      ).size,
    ).toBe(3);
  });
});
