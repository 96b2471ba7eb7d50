/** Warnings about settings that are legal but probably not what was meant. */

import { drawsSingly } from "../settings/check-mode.ts";
import type { LoadedSettings } from "../settings/load.ts";
import { SAMPLER_FACTS, type SamplerFacts, samplerParts } from "../settings/sampler-names.ts";
import type { Settings } from "../settings/schema.ts";
import { allSettings, scheduledSettingsOf } from "../settings/setting-list.ts";
import { valueAt } from "../settings/value-at.ts";
import { distributes, hasTweens } from "./drawn-frames.ts";
import { scheduleSource } from "./evaluate-settings.ts";
import { lintControlNets } from "./lint-controlnet.ts";
import { lintCurve, type LintedCurve } from "./lint-curve.ts";
import { planModels } from "./model-plan.ts";
import { planSamplers } from "./sampler-plan.ts";
import { parseSchedule, parseTextSchedule } from "./schedule.ts";
import { scheduleContext } from "./schedule-context.ts";
import { startsFromPicture } from "./starts-from-picture.ts";

/** One warning, located. */
export interface LintWarning {
  /** `superman.yaml:30:20`, or the flag. */
  readonly location: string;
  /** Settings path, `motion.rotation_3d_x`. */
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

type Finding = Omit<LintWarning, "location">;

/** Looks for spikes, keys beyond the end, unequal ends, dead formulas and settings without effect. */
export function lintSettings({ settings, locate }: LoadedSettings): LintWarning[] {
  const curves = readCurves(settings);
  const ofCurves = curves.flatMap((curve) =>
    lintCurve(curve).map(({ key, offset, message, hint }) => {
      const { path } = curve.setting;
      const keys = path.split(".");
      const isMapping = typeof scheduleSource(settings, path) === "object";
      const location =
        isMapping && key !== undefined ? locate([...keys, key.at]) : locate(keys, key?.offset ?? offset);
      return { location, path, message, hint };
    }),
  );
  const ofSettings = [
    ...unequalEnds(curves),
    ...strengthLimits(curves),
    ...noNoise(curves),
    ...withoutEffect(settings),
    ...lintControlNets(settings, (path) => curveOf(curves, path).values),
  ].map((finding) => ({ ...finding, location: locate(finding.path.split(".")) }));
  const ofPrompts = unusedPrompts(settings).map((key) => ({
    location: locate(["prompts", key]),
    path: `prompts.${key}`,
    message: `is never used: its key lies outside frames 0 to ${settings.frames - 1}, or another key stands at its frame`,
    hint: "render more frames, or move the key",
  }));
  return [...ofCurves, ...ofPrompts, ...ofSettings];
}

function readCurves(settings: Settings): LintedCurve[] {
  const context = scheduleContext(settings);
  return scheduledSettingsOf(settings).map((setting) => {
    const schedule = parseSchedule(scheduleSource(settings, setting.path));
    return { setting, schedule, keys: schedule.resolve(context), values: schedule.evaluate(context) };
  });
}

/** Curves of one group that end at different frames: some of a move's parts stop before the others. */
function unequalEnds(curves: readonly LintedCurve[]): Finding[] {
  const groups = new Map<string, { path: string; end: number }[]>();
  for (const { setting, keys } of curves) {
    if (keys.length < 2 || setting.path === "seed_schedule") continue;
    const group = setting.path.split(".").slice(0, -1).join(".");
    const end = Math.max(...keys.map(({ frame }) => frame));
    groups.set(group, [...(groups.get(group) ?? []), { path: setting.path, end }]);
  }
  return [...groups].flatMap(([group, ends]) => {
    if (new Set(ends.map(({ end }) => end)).size < 2) return [];
    const list = ends.map(({ path, end }) => `${path.split(".").at(-1)} at ${end}`).join(", ");
    const message = `schedules end at different frames: ${list}`;
    return [
      {
        path: group,
        message,
        hint: "each holds its last value from there on; end them together if the move shall end as one",
      },
    ];
  });
}

/** Strength acts from the second frame on. */
function strengthLimits(curves: readonly LintedCurve[]): Finding[] {
  const values = curveOf(curves, "strength").values;
  const path = "strength";
  const full = firstFrame(values, (value) => value === 1);
  const none = firstFrame(values, (value) => value === 0);
  return [
    ...(full === undefined
      ? []
      : [
          {
            path,
            message: `is 1 at frame ${full}, so the model adds almost nothing there`,
            hint: "0.4 to 0.8 is usual",
          },
        ]),
    ...(none === undefined
      ? []
      : [
          {
            path,
            message: `is 0 at frame ${none}, so nothing of the frame before is kept`,
            hint: "0.4 to 0.8 is usual; 0 is a cut",
          },
        ]),
  ];
}

function firstFrame(values: Float64Array, test: (value: number) => boolean): number | undefined {
  const frame = values.findIndex((value, index) => index > 0 && test(value));
  return frame === -1 ? undefined : frame;
}

function noNoise(curves: readonly LintedCurve[]): Finding[] {
  if (curveOf(curves, "noise.amount").values.some((value) => value !== 0)) return [];
  return [
    {
      path: "noise.amount",
      message: "is 0 on every frame, so moving pictures blur more and more",
      hint: "0.02 to 0.08 is usual",
    },
  ];
}

function curveOf(curves: readonly LintedCurve[], path: string): LintedCurve {
  return curves.find(({ setting }) => setting.path === path)!;
}

/** The keys of prompts that no frame shows. */
function unusedPrompts(settings: Settings): string[] {
  const resolved = parseTextSchedule(settings.prompts).resolve(scheduleContext(settings));
  const used = new Set(resolved.map(({ at }) => at));
  return Object.keys(settings.prompts).filter((key) => !used.has(key));
}

/** Settings that only another choice would read. */
const READ_ONLY_WHEN: readonly {
  paths: readonly string[];
  when: string;
  read: (settings: Settings) => boolean;
}[] = [
  {
    paths: ["motion.angle", "motion.zoom", "motion.transform_center_x", "motion.transform_center_y"],
    when: "with mode: 2d",
    read: ({ mode }) => mode === "2d",
  },
  {
    paths: [
      "motion.translation_z",
      "motion.rotation_3d_x",
      "motion.rotation_3d_y",
      "motion.rotation_3d_z",
      "motion.fov",
      "motion.aspect_ratio",
      "motion.padding",
      "motion.sampling",
    ],
    when: "with mode: 3d",
    read: ({ mode }) => mode === "3d",
  },
  {
    paths: [
      "motion.perspective_flip_theta",
      "motion.perspective_flip_phi",
      "motion.perspective_flip_gamma",
      "motion.perspective_flip_fv",
    ],
    when: "with motion.perspective_flip: true",
    read: ({ motion }) => motion.perspective_flip,
  },
  {
    paths: ["motion.border"],
    when: "with mode: 2d or a perspective flip",
    read: ({ mode, motion }) => mode === "2d" || motion.perspective_flip,
  },
  {
    paths: ["noise.perlin_width", "noise.perlin_height", "noise.octaves", "noise.persistence"],
    when: "with noise.type: perlin",
    read: ({ noise }) => noise.type === "perlin",
  },
  {
    paths: ["sampling.ancestral_eta"],
    when: "by ancestral and SDE samplers",
    read: (settings) => someSampler(settings, ({ eta }) => eta === "ancestral_eta"),
  },
  {
    paths: ["sampling.ddim_eta"],
    when: "with sampler: ddim",
    read: (settings) => someSampler(settings, ({ eta }) => eta === "ddim_eta"),
  },
  {
    paths: ["sampling.tcd_eta"],
    when: "with sampler: tcd",
    read: (settings) => someSampler(settings, ({ eta }) => eta === "tcd_eta"),
  },
  {
    paths: ["sampling.s_churn"],
    when: "by Euler, Heun and DPM2",
    read: (settings) => someSampler(settings, ({ churns = false }) => churns),
  },
  {
    paths: ["sampling.s_tmin", "sampling.s_tmax"],
    when: "with sampling.s_churn",
    read: ({ sampling }) => sampling.s_churn !== 0,
  },
  {
    paths: ["sampling.s_noise", "sampling.eta_noise_seed_delta"],
    when: "by samplers that add noise",
    read: (settings) =>
      settings.sampling.s_churn !== 0 ||
      someSampler(settings, ({ addsNoise, eta }) => addsNoise || eta !== undefined),
  },
  {
    paths: ["guidance_rescale"],
    when: "with a guidance_scale other than 1",
    read: ({ guidance_scale }) => guidance_scale !== 1,
  },
  {
    paths: ["seed_schedule"],
    when: "with seed_behavior: schedule",
    read: ({ seed_behavior }) => seed_behavior === "schedule",
  },
  {
    paths: ["subseed"],
    when: "with subseed_strength",
    read: ({ subseed_strength }) => subseed_strength !== 0,
  },
  {
    paths: ["seed_iter_n"],
    when: "with seed_behavior: iter",
    read: ({ seed_behavior }) => seed_behavior === "iter",
  },
  {
    paths: ["mask.invert", "mask.brightness", "mask.contrast"],
    when: "with mask.file, mask.schedule or noise.mask",
    read: ({ mask, noise }) => mask.file !== null || mask.schedule !== null || noise.mask !== null,
  },
  {
    paths: ["mask.blur", "mask.fill", "mask.only_masked", "mask.padding"],
    when: "with mask.file or mask.schedule",
    read: ({ mask }) => mask.file !== null || mask.schedule !== null,
  },
  { paths: ["mask.padding"], when: "with mask.only_masked: true", read: ({ mask }) => mask.only_masked },
  {
    paths: ["init.strength"],
    when: "with init.image, or over the first picture of hybrid.video",
    read: startsFromPicture,
  },
  {
    paths: [
      "guided.blend_factor_max",
      "guided.blend_factor_slope",
      "guided.tweening_frames",
      "guided.color_correction",
    ],
    when: "with guided.images",
    read: ({ guided }) => guided.images !== null,
  },
  {
    paths: ["init.video", "init.extract_nth_frame", "init.extract_from_frame", "init.extract_to_frame"],
    when: "with mode: video",
    read: ({ mode }) => mode === "video",
  },
  {
    paths: [
      "init.image",
      "noise.amount",
      "noise.mask",
      "hybrid.video",
      "guided.images",
      "flow.redo",
      "flow.diffusion_redo",
    ],
    when: "with mode: 2d or 3d",
    read: (settings) => !drawsSingly(settings),
  },
  {
    paths: ["hybrid.composite", "hybrid.motion", "hybrid.first_frame_as_init"],
    when: "with hybrid.video",
    read: ({ hybrid }) => hybrid.video !== null,
  },
  {
    paths: ["hybrid.alpha", "hybrid.mask.type"],
    when: "with hybrid.composite",
    read: ({ hybrid }) => hybrid.composite !== "none",
  },
  {
    paths: ["hybrid.flow_method", "hybrid.flow_factor", "hybrid.flow_consistency"],
    when: "with hybrid.motion: optical_flow",
    read: ({ hybrid }) => hybrid.motion === "optical_flow",
  },
  {
    paths: ["hybrid.consistency_blur"],
    when: "with hybrid.flow_consistency: true",
    read: ({ hybrid }) => hybrid.flow_consistency,
  },
  { paths: ["flow.cadence"], when: "with cadence above 1 or keyframe_distribution", read: hasTweens },
  { paths: ["keyframe_distribution"], when: "with cadence above 1", read: distributes },
  {
    paths: ["keyframe_strength"],
    when: "where one prompt gives way to another, in the modes 2d, 3d and video",
    read: ({ prompts, mode }) => mode !== "interpolation" && Object.keys(prompts).length > 1,
  },
  {
    paths: ["cadence"],
    when: "without keyframe_distribution: keyframes_only",
    read: ({ keyframe_distribution }) => keyframe_distribution !== "keyframes_only",
  },
  {
    paths: ["loaded_models"],
    when: "with several models over time",
    read: (settings) => new Set(planModels(settings.model, scheduleContext(settings))).size > 1,
  },
  { paths: ["flow.cadence_factor"], when: "with flow.cadence", read: ({ flow }) => flow.cadence !== "none" },
  { paths: ["flow.redo_factor"], when: "with flow.redo", read: ({ flow }) => flow.redo !== "none" },
];

/** Whether a sampler of any frame is so. */
function someSampler(settings: Settings, test: (facts: SamplerFacts) => boolean): boolean {
  return planSamplers(settings.sampler, scheduleContext(settings)).some((name) =>
    test(SAMPLER_FACTS[samplerParts(name)!.base]),
  );
}

function withoutEffect(settings: Settings): Finding[] {
  return READ_ONLY_WHEN.filter(({ read }) => !read(settings)).flatMap(({ paths, when }) =>
    paths
      .filter((path) => !isDefault(settings, path))
      .map((path) => ({
        path,
        message: `has no effect: it is read only ${when}`,
        hint: "remove it, or change the other setting",
      })),
  );
}

function isDefault(settings: Settings, path: string): boolean {
  const setting = allSettings.find((candidate) => candidate.path === path);
  return valueAt(settings, path.split(".")) === setting?.defaultValue;
}
