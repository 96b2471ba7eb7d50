import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { SettingsError } from "../errors.ts";
import { drawSeed } from "../settings/draw-seed.ts";
import { loadSettings } from "../settings/load.ts";
import { planFrames } from "./plan.ts";

function settingsOf(text: string) {
  return loadSettings({ file: "a.yaml", text: `prompts: x\nseed: 1000\n${text}` }).settings;
}

function planOf(text: string) {
  return planFrames(settingsOf(text));
}

function seeds(text: string): number[] {
  return planOf(`frames: 6\n${text}`).map(({ seed }) => seed);
}

function strengths(text: string): number[] {
  return planOf(`frames: 3\nstrength: 0.4\n${text}`).map(({ strength }) => strength);
}

describe("the plan", () => {
  it("has one entry per frame, with time in seconds", () => {
    const plan = planOf("frames: 4\nfps: 8");
    expect(plan.map(({ frame, timeSeconds }) => [frame, timeSeconds])).toEqual([
      [0, 0],
      [1, 0.125],
      [2, 0.25],
      [3, 0.375],
    ]);
  });

  it("holds every scheduled value under the name of its setting", () => {
    const plan = planOf(
      "frames: 11\nmotion:\n  zoom: 0:(1), 10:(2)\n  fov: 60+t\nfeedback: { sharpen: { sigma: { 0: 2, 10: 3 } } }",
    );
    expect(plan[5]).toEqual({
      frame: 5,
      timeSeconds: 5 / 15,
      diffuse: true,
      seed: 1005,
      prompts: [{ text: "x", weight: 1 }],
      negativePrompt: "",
      promptKey: 0,
      promptTransition: 0,
      strength: 0.65,
      guidance_scale: 7,
      guidance_rescale: 0,
      sampler: "euler_a",
      sampling: {
        ancestral_eta: 1,
        ddim_eta: 0,
        tcd_eta: 0.3,
        s_noise: 1,
        s_churn: 0,
        s_tmin: 0,
        s_tmax: 0,
        eta_noise_seed_delta: 0,
      },
      image_guidance_scale: 1.5,
      clip_skip: 0,
      steps: 25,
      motion: {
        angle: 0,
        zoom: 1.5,
        translation_x: 0,
        translation_y: 0,
        translation_z: 0,
        transform_center_x: 0.5,
        transform_center_y: 0.5,
        rotation_3d_x: 0,
        rotation_3d_y: 0,
        rotation_3d_z: 0,
        fov: 65,
        aspect_ratio: 1,
        perspective_flip_theta: 0,
        perspective_flip_phi: 0,
        perspective_flip_gamma: 0,
        perspective_flip_fv: 53,
      },
      noise: { amount: 0.065, multiplier: 1.05 },
      feedback: { contrast: 1, sharpen: { amount: 0.1, kernel: 5, sigma: 2.5, threshold: 0 } },
    });
  });

  it("cuts whole numbers towards zero, as Deforum does", () => {
    const plan = planOf("frames: 3\nsteps: 0:(10), 2:(11)\nfeedback: { sharpen: { kernel: 0:(3.9) } }");
    expect(plan.map(({ steps }) => steps)).toEqual([10, 10, 11]);
    expect(plan[1]!.feedback.sharpen.kernel).toBe(3);
  });

  it("diffuses frame 0 and then every n-th, and steps the seed only there", () => {
    const plan = planOf("frames: 8\ncadence: 3");
    expect(plan.map(({ diffuse }) => diffuse)).toEqual([true, false, false, true, false, false, true, false]);
    expect(plan.map(({ seed }) => seed)).toEqual([1000, 1000, 1000, 1001, 1001, 1001, 1002, 1002]);
  });

  it("follows the seed behavior of the settings", () => {
    // Sequences of deforum-art/sd-webui-deforum 32242685.
    expect(seeds("seed_behavior: fixed")).toEqual([1000, 1000, 1000, 1000, 1000, 1000]);
    expect(seeds("seed_iter_n: 3")).toEqual([1000, 1001, 1001, 1001, 1002, 1002]);
    expect(seeds("seed_behavior: ladder")).toEqual([1000, 1002, 1001, 1003, 1002, 1004]);
    expect(seeds("seed_behavior: alternate")).toEqual([1000, 1001, 1000, 1001, 1000, 1001]);
    expect(seeds('cadence: 2\nseed_behavior: schedule\nseed_schedule: "0:(t+7)"')).toEqual([
      7, 7, 9, 9, 11, 11,
    ]);
  });

  it("is the same every time, also with random seeds", () => {
    const text = "frames: 30\nseed_behavior: random";
    expect(planOf(text)).toEqual(planOf(text));
    expect(new Set(planOf(text).map(({ seed }) => seed)).size).toBe(30);
  });

  it("gives formulas the seed and the last frame", () => {
    expect(planOf("frames: 5\nmotion: { angle: s + max_f + t }").map(({ motion }) => motion.angle)).toEqual([
      1004, 1005, 1006, 1007, 1008,
    ]);
  });

  it("needs a drawn seed", () => {
    const settings = { ...settingsOf(""), seed: -1 };
    expect(() => planFrames(settings)).toThrow(
      expect.objectContaining({
        constructor: SettingsError,
        message: "plan seed: expected a drawn seed, found -1\n    hint: draw the seed first",
      }),
    );
    expect(planFrames(drawSeed(settings, () => 42))[0]!.seed).toBe(42);
    expect(drawSeed({ ...settings, seed: 3 }, () => 42).seed).toBe(3);
    expect(drawSeed(settings).seed).toBeGreaterThanOrEqual(0);
  });

  it("of 100,000 frames takes seconds of the processor, not minutes", () => {
    const settings = settingsOf(`frames: 100000\nnoise: { amount: "0:(-0.06*(cos(3.141*t/15)**100)+0.06)" }`);
    const start = process.cpuUsage();
    expect(planFrames(settings)).toHaveLength(100_000);
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(10);
  });
});

describe("the flight of schedules/superman.yaml", () => {
  interface Golden {
    readonly id: string;
    readonly schedule: string;
    readonly webui: readonly number[];
  }
  // Computed with deforum-art/sd-webui-deforum 32242685, 501 frames.
  const goldens: readonly Golden[] = JSON.parse(
    readFileSync("test/fixtures/deforum/schedules/schedules.json", "utf8"),
  );

  it.each(["superman", "superman-sd15"])("of %s.yaml is Deforum's on all 501 frames", (name) => {
    const text = readFileSync(`schedules/${name}.yaml`, "utf8");
    const { settings } = loadSettings({ file: `${name}.yaml`, text }, [
      { path: "frames", value: 501, location: "--frames" },
    ]);
    const plan = planFrames(settings);
    const columns = {
      tut_translation_x: plan.map(({ motion }) => motion.translation_x),
      tut_translation_z: plan.map(({ motion }) => motion.translation_z),
      tut_rotation_3d_x: plan.map(({ motion }) => motion.rotation_3d_x),
      tut_rotation_3d_y: plan.map(({ motion }) => motion.rotation_3d_y),
      tut_rotation_3d_z: plan.map(({ motion }) => motion.rotation_3d_z),
      tut_noise: plan.map(({ noise }) => noise.amount),
    };
    for (const [id, values] of Object.entries(columns)) {
      const golden = goldens.find((candidate) => candidate.id === id)!.webui;
      expect(golden).toHaveLength(501);
      for (const [frame, value] of values.entries()) {
        expect(Math.abs(value - golden[frame]!), `${id} at ${frame}`).toBeLessThanOrEqual(
          1e-9 * Math.max(1, Math.abs(golden[frame]!)),
        );
      }
    }
  });

  it("changes its prompt at frames 0, 60, 120, 180 and 220", () => {
    for (const name of ["superman", "superman-sd15"]) {
      const text = readFileSync(`schedules/${name}.yaml`, "utf8");
      expect(Object.keys(loadSettings({ file: name, text }).settings.prompts)).toEqual([
        "0",
        "60",
        "120",
        "180",
        "220",
      ]);
    }
  });
});

it("schedules/channel-intro.yaml lasts 5 seconds in 16:9 and comes to rest", () => {
  const text = readFileSync("schedules/channel-intro.yaml", "utf8");
  const { settings } = loadSettings({ file: "channel-intro.yaml", text });
  expect(settings.frames / settings.fps).toBe(5);
  expect(settings.size.width / settings.size.height).toBeCloseTo(16 / 9, 10);
  const plan = planFrames(settings);
  expect([plan[0]!.motion.zoom, plan.at(-1)!.motion.zoom]).toEqual([1, 1]);
  expect(plan.at(-1)!.motion.translation_y).toBe(0);
});

it("every shipped schedule names the JSON Schema in its first line", () => {
  for (const name of ["superman", "superman-sd15", "channel-intro"]) {
    const [first] = readFileSync(`schedules/${name}.yaml`, "utf8").split("\n");
    expect(first).toBe("# yaml-language-server: $schema=../presets/schedule.schema.json");
  }
});

describe("the plan of frame 0", () => {
  it("keeps init.strength of a start picture, and the schedule's from the second frame on", () => {
    expect(strengths("init: { image: a.png, strength: 0.9 }")).toEqual([0.9, 0.4, 0.4]);
    expect(strengths("hybrid: { video: a.mp4 }")).toEqual([0.8, 0.4, 0.4]);
  });

  it("follows the schedule where there is no start picture", () => {
    expect(strengths("init: { strength: 0.9 }")).toEqual([0.4, 0.4, 0.4]);
    expect(strengths("hybrid: { video: a.mp4, first_frame_as_init: false }")).toEqual([0.4, 0.4, 0.4]);
  });
});

describe("the plan with deforum_exact", () => {
  // Counts of deforum-art/sd-webui-deforum 32242685, which writes a block when the next one is diffused.
  it.each([
    [9, 3, 6],
    [10, 3, 9],
    [9, 2, 8],
    [8, 1, 8],
    [3, 4, 3],
  ])("has, of %i frames at cadence %i, %i with deforum_exact", (frames, cadence, written) => {
    const text = `frames: ${frames}\ncadence: ${cadence}\ndeforum_exact: true\nmotion: { zoom: "0:(1), max_f:(2)" }`;
    const plan = planOf(text);
    expect(plan).toHaveLength(written);
    // The end that schedules know stays.
    expect(plan[1]!.motion.zoom).toBeCloseTo(1 + 1 / (frames - 1), 12);
  });

  it("writes the last block when told to, and omits it without deforum_exact when told to", () => {
    expect(planOf("frames: 9\ncadence: 3\ndeforum_exact: true\nlast_block: write")).toHaveLength(9);
    expect(planOf("frames: 9\ncadence: 3\nlast_block: omit")).toHaveLength(6);
  });

  it("draws the grain of a scheduled seed from the run's seed with deforum_exact, and anew on every frame", () => {
    const text = 'frames: 4\nseed_behavior: schedule\nseed_schedule: "0:(5), 3:(5)"';
    const plan = planOf(`${text}\ndeforum_exact: true`);
    expect(plan.map(({ seed }) => seed)).toEqual([5, 5, 5, 5]);
    expect(new Set(plan.map(({ noiseSeed }) => noiseSeed)).size).toBe(4);
    expect(planOf(text)[1]).not.toHaveProperty("noiseSeed");
    expect(planOf("frames: 2\ndeforum_exact: true")[1]).not.toHaveProperty("noiseSeed");
  });
});
