import { describe, expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import { planFrames } from "../schedule/plan.ts";
import { chainBasis, hashBasis } from "./chain.ts";
import { agreeOnPins, type Start } from "./drift.ts";
import type { EarlierRun } from "./earlier-run.ts";
import { comparePins, type Pins } from "./pins.ts";
import { runFacts } from "./run-facts.ts";

const PINS: Pins = {
  animate: "1.0.0",
  node: "20.19.0",
  pixels: 3,
  onnxruntime: "1.30.0",
  provider: "cpu",
  optimization: "all",
  precision: "fp32",
  processor: { name: "One", platform: "linux-x64", instructions: ["avx2", "avx512f"] },
  graphics: null,
  ffmpeg: { version: "7.0", build: "aa" },
  networks: { "model hero": "a".repeat(64), "LoRA cape": "b".repeat(64) },
};

describe("comparePins", () => {
  it("tells everything that is another one, and not what decides nothing", () => {
    const now: Pins = {
      animate: "2.0.0",
      node: "24.0.0",
      pixels: 4,
      onnxruntime: "1.31.0",
      provider: "cuda",
      optimization: "extended",
      precision: "fp16",
      processor: { name: "Two", platform: "linux-x64", instructions: ["avx2"] },
      graphics: "NVIDIA H200",
      ffmpeg: { version: "7.0", build: "bb" },
      networks: { "model hero": "c".repeat(64), "model other": "d".repeat(64) },
    };
    expect(comparePins(PINS, now)).toEqual({
      frames: [
        "model hero has other contents",
        "pixels of version 3 → 4",
        "onnxruntime 1.30.0 → 1.31.0",
        "provider cpu → cuda",
        "graph optimization all → extended",
        "precision fp32 → fp16",
      ],
      video: ["ffmpeg 7.0 is another build"],
    });
  });

  it("looks at the instructions of a processor that computes, and at the name of a graphics card that does", () => {
    const processor = { name: "Two", platform: "linux-x64", instructions: ["amx_tile", "avx2"] };
    expect(comparePins(PINS, { ...PINS, processor }).frames).toEqual([
      "processor without avx512f",
      "processor with amx_tile",
    ]);
    const onCard = { ...PINS, provider: "cuda", graphics: "NVIDIA A100" };
    expect(comparePins(onCard, { ...onCard, processor }).frames).toEqual([]);
    expect(comparePins(onCard, { ...onCard, graphics: "NVIDIA H200" }).frames).toEqual([
      "graphics card NVIDIA A100 → NVIDIA H200",
    ]);
  });

  it("takes what is not known for no difference", () => {
    expect(comparePins({}, PINS)).toEqual({ frames: [], video: [] });
    const silent = { ...PINS.processor, instructions: null };
    expect(comparePins({ ...PINS, processor: silent }, PINS).frames).toEqual([]);
    expect(comparePins({ ...PINS, ffmpeg: null }, PINS).video).toEqual([]);
  });

  it("takes what the settings ask for differently for an edit", () => {
    const now = { ...PINS, provider: "cuda", precision: "fp16", graphics: "NVIDIA H200" };
    expect(comparePins(PINS, now, (setting) => setting !== "device")).toEqual({ frames: [], video: [] });
  });
});

function start(pins: Pins, changes = ""): Start {
  const text = `model: hero\nframes: 4\nseed: 7\nprompts: { 0: a hero }\nloras: [{ name: cape }]\n${changes}`;
  const { settings } = loadSettings({ file: "flight.yaml", text }, []);
  const plan = planFrames(settings);
  const model = {
    hash: pins.networks["model hero"]!,
    provider: pins.provider,
    precision: pins.precision as "fp32",
  };
  const facts = { ...runFacts(settings, plan, { model }), pixels: pins.pixels, runtime: pins.onnxruntime };
  const frames = plan.map((frame) => ({
    ...frame,
    loras: [{ name: pins.networks["LoRA cape"]!, weight: 1, text_weight: 1 }],
  }));
  return { settings, pins, basis: chainBasis(facts, frames) };
}

/** What a run leaves in its folder. */
function left({ settings, basis, pins }: Start, drift: EarlierRun["drift"] = []): EarlierRun {
  const entries = hashBasis(basis).map((chain, frame) => {
    return { frame, chain, picture: { file: "", sha256: "" }, state: null, seconds: 1 };
  });
  return { settings, pins, drift, entries };
}

const rendered = (frame: number) => ({ frame, status: "rendered" as const });
const reused = (frame: number) => ({ frame, status: "reused" as const });

describe("agreeOnPins", () => {
  it("has the hashes of always where nothing is another one", () => {
    const same = start(PINS);
    const agreement = agreeOnPins(same, left(same));
    expect(agreement).toMatchObject({
      chain: hashBasis(same.basis),
      differences: [],
      found: 4,
      isDrifted: false,
    });
    expect(agreement.record([reused(0), rendered(1)], [])).toEqual({ pins: PINS });
  });

  it.each<[string, Partial<Pins>]>([
    ["another runtime", { onnxruntime: "1.31.0" }],
    ["other pixels", { pixels: 4 }],
    ["another model", { networks: { ...PINS.networks, "model hero": "c".repeat(64) } }],
    ["another LoRA", { networks: { ...PINS.networks, "LoRA cape": "c".repeat(64) } }],
    ["another provider and precision", { provider: "cuda", precision: "fp16" }],
    ["another processor", { processor: { ...PINS.processor, instructions: ["avx2"] } }],
    [
      "all of it",
      {
        onnxruntime: "1.31.0",
        pixels: 4,
        provider: "cuda",
        precision: "fp16",
        networks: { "model hero": "d".repeat(64), "LoRA cape": "e".repeat(64) },
      },
    ],
  ])("finds the frames of earlier pins again, %s", (_, changes) => {
    const before = left(start(PINS));
    const agreement = agreeOnPins(start({ ...PINS, ...changes }), before);
    expect(agreement.chain).toEqual(before.entries.map(({ chain }) => chain));
    expect(agreement.differences.length).toBeGreaterThan(0);
    expect(agreement).toMatchObject({ found: 4, isDrifted: true });
    // And the way back.
    const back = agreeOnPins(start(PINS), left(start({ ...PINS, ...changes })));
    expect(back.found).toBe(4);
  });

  it("sees an edit of the device as an edit: nothing to drift from", () => {
    const now = start({ ...PINS, provider: "cuda", precision: "fp16" }, "device: cuda");
    const agreement = agreeOnPins(now, left(start(PINS)));
    expect(agreement).toMatchObject({
      chain: hashBasis(now.basis),
      differences: [],
      found: 0,
      isDrifted: false,
    });
  });

  it("asks nothing where an edit changes every frame anyway", () => {
    const now = start({ ...PINS, onnxruntime: "1.31.0" }, "steps: 9");
    expect(agreeOnPins(now, left(start(PINS)))).toMatchObject({ differences: [], found: 0 });
  });

  it("asks about ffmpeg only where the video would stay", () => {
    const pins = { ...PINS, ffmpeg: { version: "8.0", build: "cc" } };
    const before = left(start(PINS));
    const asked = agreeOnPins(start(pins), before);
    expect(asked).toMatchObject({ differences: ["ffmpeg 7.0 → 8.0"], isDrifted: false });
    expect(asked.record([reused(0)], [])).toEqual({ pins });
    expect(agreeOnPins(start(pins, "fps: 30"), before).differences).toEqual([]);
  });

  it("records which frames were made under which pins, and does not ask again for them", () => {
    const pins = { ...PINS, onnxruntime: "1.31.0" };
    const before = left(start(PINS));
    const first = agreeOnPins(start(pins), before);
    // Ahead of the frames, and after them.
    const planned = [0, 1, 2, 3].map((frame) => ({ frame }));
    expect(first.record([reused(0), reused(1)], planned)).toEqual({
      pins: PINS,
      drift: [{ pins, frames: "2-3" }],
    });
    expect(first.record([reused(0), reused(1), rendered(2)], [])).toEqual({
      pins: PINS,
      drift: [{ pins, frames: "2" }],
    });

    const again = agreeOnPins(start(pins), left(start(PINS), [{ pins, frames: [2] }]));
    expect(again).toMatchObject({ differences: [], isDrifted: true });
    expect(again.record([reused(0), reused(1), reused(2), rendered(3)], [])).toEqual({
      pins: PINS,
      drift: [{ pins, frames: "2-3" }],
    });

    // Back under the first pins: frame 2 stays what it is, frame 3 is as its hash says.
    const back = agreeOnPins(start(PINS), left(start(PINS), [{ pins, frames: [2, 3] }]));
    expect(back).toMatchObject({ differences: [], isDrifted: true });
    expect(back.record([reused(0), reused(2), rendered(3)], [])).toEqual({
      pins: PINS,
      drift: [{ pins, frames: "2" }],
    });
  });
});
