import { describe, expect, it } from "vitest";
import { importFields, importText, notesOf } from "../../test/support/interchange.ts";
import { planFrames } from "../schedule/plan.ts";
import type { OpenedInterchange } from "./open-interchange.ts";

const frames = [
  {
    frame: 0,
    angle: 0,
    angle_delta: 0,
    zoom: 1,
    zoom_delta: 1,
    translation_z: 0,
    translation_z_delta: 0,
    strength: 0.6,
    noise: 0.05,
    scale: 7,
    seed: 100,
    antiblur_amount: 0.2,
    deforum_prompt: "a cat --neg dog",
  },
  {
    frame: 1,
    angle: 5,
    angle_delta: 5,
    zoom: 1.5,
    zoom_delta: 1.5,
    translation_z: 4,
    translation_z_delta: 4,
    strength: 0.5,
    noise: 0.05,
    scale: 8,
    seed: 101,
    antiblur_amount: 0.2,
    deforum_prompt: "a cat --neg dog",
  },
  {
    frame: 2,
    angle: 20,
    angle_delta: 15,
    zoom: 2,
    zoom_delta: 1.5,
    translation_z: 4,
    translation_z_delta: 0,
    strength: 0.4,
    noise: 0.1,
    scale: 9,
    seed: 102,
    antiblur_amount: 0.2,
    deforum_prompt: "a bird --neg dog",
  },
];
const manifest = { options: { output_fps: 20, cadence: 1 }, rendered_frames: frames };

function planOf({ loaded }: OpenedInterchange) {
  return planFrames({ ...loaded.settings, seed: Math.max(0, loaded.settings.seed) });
}

describe("a Parseq manifest in a file of its own", () => {
  const imported = importText(JSON.stringify(manifest));

  it("gives length, speed and cadence, and the differences of its moves", () => {
    const { settings } = imported.loaded;
    expect(settings).toMatchObject({ frames: 3, fps: 20, cadence: 1, mode: "3d", seed_behavior: "schedule" });
    const plan = planOf(imported);
    expect(plan.map(({ motion }) => motion.angle)).toEqual([0, 5, 15]);
    expect(plan.map(({ motion }) => motion.zoom)).toEqual([1, 1.5, 1.5]);
    expect(plan.map(({ motion }) => motion.translation_z)).toEqual([0, 4, 0]);
    expect(plan.map(({ strength }) => strength)).toEqual(
      [0.6, 0.5, 0.4].map((value) => expect.closeTo(value, 12) as number),
    );
    expect(plan.map(({ guidance_scale }) => guidance_scale)).toEqual([7, 8, 9]);
    expect(plan.map(({ seed }) => seed)).toEqual([100, 101, 102]);
    expect(plan.map(({ prompts, negativePrompt }) => [prompts[0]!.text, negativePrompt])).toEqual([
      ["a cat", "dog"],
      ["a cat", "dog"],
      ["a bird", "dog"],
    ]);
  });

  it("says what it has no word about", () => {
    expect(notesOf(imported, "default")["rendered_frames"]).toContain("size, model, sampler");
  });
});

const inside = (fields: object = {}, changes: object = {}) =>
  importFields({
    parseq_manifest: JSON.stringify({ ...manifest, ...changes }),
    max_frames: 5,
    fps: 12,
    ...fields,
  });

describe("a Parseq manifest inside a settings file", () => {
  it("stands above the file's schedules, fps, cadence and length", () => {
    const imported = inside({ angle: "0:(9)", W: 640 });
    expect(imported.loaded.settings).toMatchObject({ frames: 3, fps: 20, cadence: 1, size: { width: 640 } });
    expect(planOf(imported).map(({ motion }) => motion.angle)).toEqual([0, 5, 15]);
  });

  it("leaves the file's fps, cadence and length when told to, and holds its last values", () => {
    const imported = inside({ parseq_non_schedule_overrides: false, diffusion_cadence: 1 });
    expect(imported.loaded.settings).toMatchObject({ frames: 5, fps: 12, cadence: 1 });
    expect(planOf(imported).map(({ strength }) => strength)).toEqual(
      [0.6, 0.5, 0.4, 0.4, 0.4].map((value) => expect.closeTo(value, 12) as number),
    );
  });

  it("is taken by its absolute values without deltas", () => {
    const plan = planOf(inside({ parseq_use_deltas: false }));
    expect(plan.map(({ motion }) => motion.angle)).toEqual([0, 5, 20]);
  });

  it("gets its differences worked out when it has none", () => {
    const bare = frames.map(({ frame, angle, zoom }) => ({ frame, angle, zoom }));
    const plan = planOf(inside({}, { rendered_frames: bare }));
    expect(plan.map(({ motion }) => motion.angle)).toEqual([0, 5, 15]);
    expect(plan.map(({ motion }) => motion.zoom)).toEqual([1, 1.5, 1.5]);
  });

  it("names what animate has nothing for, and what cannot be read", () => {
    const managing = frames.map((frame, index) => ({ ...frame, guided_tweening: index, angle: "x" }));
    const { notes } = inside({ parseq_use_deltas: false }, { rendered_frames: managing });
    const reasons = notes.filter(({ field }) => field === "parseq_manifest").map(({ reason }) => reason);
    expect(reasons.join("\n")).toMatch(/no number for angle/);
    expect(reasons.join("\n")).toMatch(/guided_tweening/);
    for (const [text, reason] of [
      ["{broken", "cannot be read"],
      ["{}", "expected rendered_frames, found nothing"],
      ["https://example.org/m.json", "nothing is fetched"],
    ] as const) {
      expect(notesOf(importFields({ parseq_manifest: text }), "lost")["parseq_manifest"]).toContain(reason);
    }
  });
});

it("leaves the positive box out where a manifest has the prompts, as Deforum does", () => {
  const fields = {
    animation_prompts_positive: "oil",
    prompts: { 0: "a harbour" },
    parseq_manifest: JSON.stringify({ options: {}, rendered_frames: frames }),
  };
  const { settings } = importFields(fields).loaded;
  expect(settings).toMatchObject({
    positive_prompt: "",
    prompts: { 0: "a cat --neg dog", 2: "a bird --neg dog" },
  });
  const without = frames.map((frame) => ({ ...frame, deforum_prompt: undefined }));
  const own = { ...fields, parseq_manifest: JSON.stringify({ options: {}, rendered_frames: without }) };
  expect(importFields(own).loaded.settings).toMatchObject({
    positive_prompt: "oil",
    prompts: { 0: "a harbour" },
  });
});
