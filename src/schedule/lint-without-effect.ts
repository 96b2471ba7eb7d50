/** Settings that say something which no frame reads, because another setting has it otherwise. */

import { drawsSingly } from "../settings/check-mode.ts";
import { SAMPLER_FACTS, type SamplerFacts, samplerParts } from "../settings/sampler-names.ts";
import type { Settings } from "../settings/schema.ts";
import { allSettings } from "../settings/setting-list.ts";
import { valueAt } from "../settings/value-at.ts";
import { distributes, hasTweens } from "./drawn-frames.ts";
import type { LintWarning } from "./lint.ts";
import { masksByWords } from "./mask-plan.ts";
import { planModels } from "./model-plan.ts";
import { planSamplers } from "./sampler-plan.ts";
import { scheduleContext } from "./schedule-context.ts";
import { startsFromPicture } from "./starts-from-picture.ts";

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
      "motion.fov_zoom",
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
  {
    paths: ["mask.words_model"],
    when: "with <words> in mask.schedule or noise.mask",
    read: masksByWords,
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
      "shots",
    ],
    when: "with mode: 2d or 3d",
    read: (settings) => !drawsSingly(settings),
  },
  {
    paths: [
      "hybrid.composite",
      "hybrid.motion",
      "hybrid.first_frame_as_init",
      "hybrid.extract_nth_frame",
      "hybrid.extract_from_frame",
      "hybrid.extract_to_frame",
      "hybrid.save_extra_frames",
    ],
    when: "with hybrid.video",
    read: ({ hybrid }) => hybrid.video !== null,
  },
  {
    paths: ["hybrid.alpha", "hybrid.mask.type", "hybrid.image"],
    when: "with hybrid.composite",
    read: ({ hybrid }) => hybrid.composite !== "none",
  },
  {
    paths: ["hybrid.flow_method", "hybrid.flow_factor", "hybrid.flow_consistency"],
    when: "with hybrid.motion: optical_flow",
    read: ({ hybrid }) => hybrid.motion === "optical_flow",
  },
  {
    paths: ["hybrid.flow_picture"],
    when: "with hybrid.save_extra_frames: true",
    read: ({ hybrid }) => hybrid.save_extra_frames,
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

/** A warning for each setting that is not at its default and not read. */
export function withoutEffect(settings: Settings): Omit<LintWarning, "location">[] {
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
