/** Deforum's fields of the run: size, seed, sampler, model, mode, length. */

import { samplerLabel } from "../../settings/sampler-names.ts";
import type { Draft } from "../draft.ts";
import type { ExportSource } from "../export-source.ts";
import { carryModel, checkpointScheduleText, firstCheckpoint } from "../model-names.ts";
import { runName } from "../run-name.ts";
import { carrySampler, carrySamplerSchedule, samplerScheduleText } from "../sampler-fields.ts";
import {
  choice,
  type Field,
  idle,
  missing,
  missingSwitch,
  number,
  onlyWith,
  partOf,
  same,
  schedule,
  switchedSchedule,
  whole,
} from "./field.ts";

const size: readonly Field[] = [
  {
    name: "W",
    defaultValue: 512,
    paths: ["size"],
    carry(draft) {
      const width = fitSize(draft, "W");
      draft.set("size", `${width}x${fitSize(draft, "H")}`, "W");
    },
    toDeforum: ({ settings }) => settings.size.width,
  },
  partOf("H", 512, ({ settings }) => settings.size.height),
];

/** Deforum's model rounds down to a multiple of 8, too. */
function fitSize(draft: Draft, field: "W" | "H"): number {
  const value = draft.number(field, 512);
  const fitted = fitSide(value);
  if (fitted !== value)
    draft.note("changed", field, `is ${value}: taken as ${fitted}, a multiple of 8 from 64 to 2048`);
  return fitted;
}

function fitSide(value: number): number {
  return Math.min(2048, Math.max(64, value - (value % 8)));
}

/** Deforum's own. */
export const SEED_SCHEDULE = '0:(s), 1:(-1), "max_f-2":(-1), "max_f-1":(s)';

/** Interpolation mode varies always. */
const hasSubseeds = (draft: Draft): boolean =>
  draft.isOn("enable_subseed_scheduling", false) || draft.text("animation_mode", "2D") === "Interpolation";

const hasVariation = (source: ExportSource): boolean =>
  source.values("subseed_strength").some((strength) => strength > 0);

/** Counts only where seeds vary. */
function inSubseeds(field: Field): Field {
  return onlyWith(field, hasSubseeds, "is switched off by enable_subseed_scheduling", hasVariation);
}

const seed: readonly Field[] = [
  number("seed", -1, "seed", (value) => (value < 0 ? -1 : whole(0, Number.MAX_SAFE_INTEGER)(value))),
  choice(
    "seed_behavior",
    "iter",
    "seed_behavior",
    same("iter", "fixed", "random", "ladder", "alternate", "schedule"),
    { instead: "iter", reason: "there is no such behavior; taken as iter" },
  ),
  number("seed_iter_N", 1, "seed_iter_n", whole(1, 100_000)),
  {
    ...schedule("seed_schedule", SEED_SCHEDULE, "seed_schedule"),
    carry(draft) {
      const isUsed = draft.text("seed_behavior", "iter") === "schedule";
      if (isUsed) draft.setSchedule("seed_schedule", "seed_schedule", SEED_SCHEDULE);
      else draft.note("idle", "seed_schedule", "counts only with seed_behavior schedule");
    },
  },
  partOf("enable_subseed_scheduling", false, hasVariation),
  inSubseeds(schedule("subseed_schedule", "0: (1)", "subseed")),
  inSubseeds(schedule("subseed_strength_schedule", "0: (0)", "subseed_strength")),
  {
    name: "seed_resize_from_w",
    defaultValue: 0,
    paths: ["seed_resize_from"],
    carry(draft) {
      const [width, height] = [draft.number("seed_resize_from_w", 0), draft.number("seed_resize_from_h", 0)];
      if (width > 0 && height > 0)
        draft.set("seed_resize_from", `${fitSide(width)}x${fitSide(height)}`, "seed_resize_from_w");
    },
    toDeforum: ({ settings }) => settings.seed_resize_from?.width ?? 0,
  },
  partOf("seed_resize_from_h", 0, ({ settings }) => settings.seed_resize_from?.height ?? 0),
];

const sampling: readonly Field[] = [
  {
    name: "sampler",
    defaultValue: "Euler a",
    paths: ["sampler"],
    carry: carrySampler,
    toDeforum: ({ settings: { sampler } }) =>
      typeof sampler === "string" ? samplerLabel(sampler) : "Euler a",
  },
  partOf("enable_sampler_scheduling", false, (source) => samplerScheduleText(source) !== undefined),
  {
    name: "sampler_schedule",
    defaultValue: '0: ("Euler a")',
    paths: ["sampler"],
    carry: carrySamplerSchedule,
    toDeforum: samplerScheduleText,
  },
  {
    name: "steps",
    defaultValue: 25,
    paths: ["steps"],
    carry(draft) {
      if (!draft.isOn("enable_steps_scheduling", false))
        draft.set("steps", whole(1, 1000)(draft.number("steps", 25)), "steps");
    },
    toDeforum: (source) => Math.trunc(source.values("steps")[0]!),
  },
  ...switchedSchedule("steps_schedule", "0: (25)", "steps", {
    name: "enable_steps_scheduling",
    defaultValue: false,
  }),
  schedule("cfg_scale_schedule", "0: (7)", "guidance_scale"),
  schedule("pix2pix_img_cfg_scale_schedule", "0:(1.5)", "image_guidance_scale"),
  ...switchedSchedule("ddim_eta_schedule", "0: (0)", "sampling.ddim_eta", {
    name: "enable_ddim_eta_scheduling",
    defaultValue: false,
    whileOff: 0,
  }),
  ...switchedSchedule("ancestral_eta_schedule", "0: (1)", "sampling.ancestral_eta", {
    name: "enable_ancestral_eta_scheduling",
    defaultValue: false,
    whileOff: 1,
  }),
  partOf("enable_clipskip_scheduling", false, skipsLayers),
  {
    name: "clipskip_schedule",
    defaultValue: "0: (2)",
    paths: ["clip_skip"],
    carry: carryClipSkip,
    toDeforum: (source) =>
      skipsLayers(source) ? source.mapped("clip_skip", (layers) => Math.trunc(layers) + 1) : undefined,
  },
];

function skipsLayers(source: ExportSource): boolean {
  return source.values("clip_skip").some((layers) => layers >= 1);
}

/** Deforum counts the layer that is used from the end, 1 for the last; we count the layers left out. */
function carryClipSkip(draft: Draft): void {
  if (!draft.isOn("enable_clipskip_scheduling", false)) {
    draft.note("idle", "clipskip_schedule", "is switched off by enable_clipskip_scheduling");
    return;
  }
  const { value } = draft.file.field("clipskip_schedule", "0: (2)");
  draft.setMapped("clip_skip", "clipskip_schedule", value, (layer) =>
    Math.min(4, Math.max(0, Math.trunc(layer) - 1)),
  );
}

const model: readonly Field[] = [
  {
    name: "sd_model_name",
    defaultValue: null,
    paths: ["model"],
    carry: carryModel,
    toDeforum: firstCheckpoint,
  },
  idle("sd_model_hash", undefined, "only tells which model it was; models are found by name"),
  idle("deforum_git_commit_id", undefined, "only tells which Deforum it was"),
  partOf("enable_checkpoint_scheduling", false, (source) => checkpointScheduleText(source) !== undefined),
  partOf("checkpoint_schedule", '0: ("model1.ckpt"), 100: ("model2.safetensors")', checkpointScheduleText),
];

const cadence = number("diffusion_cadence", 2, "cadence", whole(1, 50));

const run: readonly Field[] = [
  {
    name: "batch_name",
    defaultValue: "Deforum_{timestring}",
    paths: ["name"],
    carry(draft) {
      const written = draft.text("batch_name", "Deforum_{timestring}") || "Deforum";
      const name = runName(written, draft.file);
      if (name !== written) {
        draft.note(
          "changed",
          "batch_name",
          `becomes ${name}: a run keeps its folder, so that it can be continued`,
        );
      }
      draft.set("name", name, "batch_name");
    },
    toDeforum: ({ settings }) => settings.name,
  },
  number("max_frames", 120, "frames", whole(1, 100_000)),
  {
    ...cadence,
    carry(draft) {
      const mode = draft.text("animation_mode", "2D");
      if (mode === "Interpolation" || mode === "Video Input") {
        draft.note("idle", "diffusion_cadence", `counts for nothing in mode ${mode}`);
        draft.set("cadence", 1, "diffusion_cadence");
      } else cadence.carry(draft);
    },
  },
  choice(
    "animation_mode",
    "2D",
    "mode",
    { "2D": "2d", "3D": "3d", Interpolation: "interpolation", "Video Input": "video" },
    { instead: "2d", reason: "there is no such mode; taken as 2D" },
  ),
  missingSwitch("tiling", "pictures that can be tiled are not there yet"),
  missingSwitch("restore_faces", "there is no face restoration"),
  missingSwitch("motion_preview_mode", "frames are drawn; animate preview shows the move without a model"),
  missing("reroll_blank_frames", "ignore", "black pictures are kept; the log of the run shows them"),
  idle("reroll_patience", 10, "belongs to reroll_blank_frames"),
  idle("show_info_on_ui", true, "is for the interface only"),
  missingSwitch("resume_from_timestring", "runs resume by themselves: the same command continues"),
  idle("resume_timestring", "20230129210106", "belongs to resume_from_timestring"),
  missing(
    "override_settings_with_file",
    undefined,
    "give all files to animate; it renders one after the other",
    (draft) => draft.isOn("override_settings_with_file", false),
  ),
  idle("custom_settings_file", undefined, "belongs to override_settings_with_file"),
];

/** Fields of the run, in the order in which they are written. */
export const RUN_FIELDS: readonly Field[] = [...size, ...run, ...seed, ...sampling, ...model];
