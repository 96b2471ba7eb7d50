// Names, defaults and choices of deforum-art/sd-webui-deforum 32242685.
import { describe, expect, it } from "vitest";
import { importFields, interchangeFixture } from "../../../test/support/interchange.ts";
import { findSetting } from "../../settings/setting-list.ts";
import { ALL_FIELDS } from "./all-fields.ts";

interface Fact {
  readonly default: unknown;
  readonly choices?: readonly string[];
}

const groups = JSON.parse(interchangeFixture("defaults.json")) as Record<string, Record<string, Fact>>;
const facts = new Map<string, Fact>();
for (const [group, fields] of Object.entries(groups)) {
  for (const [name, fact] of Object.entries(fields)) {
    const names = group.startsWith("ControlNet")
      ? [1, 2, 3, 4, 5].map((unit) => `cn_${unit}_${name}`)
      : [name];
    for (const each of names) facts.set(each, fact);
  }
}

/** Fields whose default in our table is another one, and why. */
const OTHER_DEFAULTS: ReadonlyMap<string, string> = new Map([
  ["fill", "files have the number of the choice"],
  ["legacy_colormatch", "files from before there was this field mean the old way"],
  ["parseq_manifest", "files have an empty text"],
  ["init_image_box", "is never in a file"],
  ["image_path", "is never in a file"],
]);

/** Everything switched on, so that each field can do something. */
const ALL_ON = {
  animation_mode: "3D",
  max_frames: 12,
  seed_behavior: "schedule",
  enable_steps_scheduling: true,
  steps_schedule: "0: (12)",
  ddim_eta_schedule: "0: (0.2)",
  ancestral_eta_schedule: "0: (0.2)",
  sampler_schedule: '0: ("Heun")',
  enable_subseed_scheduling: true,
  enable_clipskip_scheduling: true,
  enable_ddim_eta_scheduling: true,
  enable_ancestral_eta_scheduling: true,
  enable_sampler_scheduling: true,
  use_noise_mask: true,
  use_init: true,
  init_image: "start.png",
  use_mask: true,
  mask_file: "mask.png",
  use_looper: true,
  hybrid_composite: "Normal",
  hybrid_motion: "Affine",
  video_init_path: "in.mp4",
  optical_flow_cadence: "RAFT",
  optical_flow_redo_generation: "RAFT",
  frame_interpolation_engine: "FILM",
  add_soundtrack: "File",
  r_upscale_video: true,
  sd_model_name: "known.safetensors",
  legacy_colormatch: false,
  ...Object.fromEntries(
    [1, 2, 3, 4, 5].flatMap((unit) => [
      [`cn_${unit}_enabled`, true],
      [`cn_${unit}_model`, "canny [0123abcd]"],
      [`cn_${unit}_module`, "canny"],
      [`cn_${unit}_vid_path`, "edges.mp4"],
    ]),
  ),
};
const LIBRARY = ["model known", "controlnet canny", "controlnet other"];

/** Switches under which other fields can be seen to act. */
const CONTEXTS: ReadonlyMap<string, object> = new Map<string, object>([
  ["sampler", { enable_sampler_scheduling: false }],
  ["steps", { enable_steps_scheduling: false }],
  ["checkpoint_schedule", { enable_checkpoint_scheduling: true, sd_model_name: null }],
  ["strength_0_no_init", { strength: 0 }],
  ["video_mask_path", { use_mask_video: true, video_mask_path: "one.mp4" }],
  ["color_coherence_image_path", { color_coherence: "Image", color_coherence_image_path: "one.png" }],
  ["color_coherence_video_every_N_frames", { color_coherence: "Video Input" }],
  ["seed_resize_from_w", { seed_resize_from_w: 128, seed_resize_from_h: 64 }],
  ["seed_resize_from_h", { seed_resize_from_w: 64, seed_resize_from_h: 128 }],
  ["parseq_use_deltas", { parseq_manifest: manifest() }],
  ["parseq_non_schedule_overrides", { parseq_manifest: manifest() }],
]);

function manifest(): string {
  const rendered_frames = [0, 1, 2].map((frame) => ({ frame, angle: 5 * frame, angle_delta: 5 }));
  return JSON.stringify({ options: { output_fps: 7, cadence: 3 }, rendered_frames });
}

/** Another value of the same kind. */
function changed(name: string, { default: value, choices }: Fact): unknown {
  if (name === "fill") return 0;
  if (name === "init_image_box") return "picture";
  if (name === "diffusion_redo") return "2";
  if (name === "checkpoint_schedule") return '0: ("known.safetensors")';
  if (name === "cn_1_loopback_mode") return true;
  if (name === "parseq_manifest") return manifest();
  if (["mask_schedule", "noise_mask_schedule"].includes(name)) return '0: ("{everywhere}")';
  if (name === "sampler_schedule") return '0: ("DDIM")';
  if (name.endsWith("_model") && name.startsWith("cn_")) return "other";
  if (choices !== undefined)
    return choices.find((choice) => choice !== (ALL_ON as Record<string, unknown>)[name] && choice !== value);
  if (typeof value === "boolean") return !((ALL_ON as Record<string, unknown>)[name] ?? value);
  if (typeof value === "number") return Number.isInteger(value) ? Math.abs(value) + 2 : value / 2;
  return typeof value === "string" && /^\d+:/.test(value) ? "0: (0.5), 5: (0.75)" : "changed";
}

const NO_CONTEXT = {};

/** A file in which every field stands that can. */
const DEFAULTS = Object.fromEntries(
  ALL_FIELDS.filter(({ name, defaultValue }) => defaultValue !== undefined && name !== "prompts").map(
    ({ name, defaultValue }) => [name, defaultValue],
  ),
);

function outcome(fields: object): string {
  const { loaded, notes } = importFields(fields, LIBRARY);
  // Without the lines of notes: they move when a field is put in.
  return JSON.stringify([loaded.settings, notes.map(({ kind, field, reason }) => [kind, field, reason])]);
}

describe("the table of Deforum's fields", () => {
  it("has each of Deforum's fields once", () => {
    const names = ALL_FIELDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect([...facts.keys()].filter((name) => !names.includes(name))).toEqual([]);
  });

  it("has Deforum's defaults", () => {
    for (const { name, defaultValue } of ALL_FIELDS) {
      const fact = facts.get(name);
      const isDemo = typeof fact?.default === "string" && fact.default.startsWith("<demo");
      if (fact === undefined || isDemo || OTHER_DEFAULTS.has(name)) continue;
      expect(defaultValue, name).toEqual(fact.default);
    }
  });

  it("leads to settings that there are", () => {
    for (const { name, paths } of ALL_FIELDS) {
      for (const path of paths) expect(findSetting(path.split(".")), `${name} → ${path}`).toBeDefined();
    }
  });

  const unchanged = new Map<object, string>();

  it.each([...facts])("carries %s over, or names it with the reason", (name, fact) => {
    const context = CONTEXTS.get(name) ?? NO_CONTEXT;
    const value = changed(name, fact);
    expect(value).toBeDefined();
    const before = { ...DEFAULTS, ...ALL_ON, ...context };
    const known = unchanged.get(context) ?? outcome(before);
    unchanged.set(context, known);
    expect(outcome({ ...before, [name]: value })).not.toBe(known);
  });
});
