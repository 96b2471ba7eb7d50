/** Deforum's fields of pictures from outside: start picture, masks, guided images. */

import { parseTextSchedule } from "../../schedule/schedule.ts";
import { carryFile, isUrl } from "../carry-file.ts";
import type { Draft } from "../draft.ts";
import type { ExportSource } from "../export-source.ts";
import { between, type Field, idle, missing, onlyWith, partOf, schedule, toggle, whole } from "./field.ts";
import { SEED_SCHEDULE } from "./run-fields.ts";

const start: readonly Field[] = [
  {
    name: "use_init",
    defaultValue: false,
    paths: ["init.image", "init.strength"],
    carry(draft) {
      if (!draft.isOn("use_init", false)) return;
      const strength = between(0, 1)(draft.number("strength", 0.8));
      if (strength === 0 && draft.isOn("strength_0_no_init", true)) {
        draft.note("idle", "init_image", "counts for nothing with strength 0 and strength_0_no_init");
        return;
      }
      if (draft.file.field("init_image_box", null).value !== null)
        draft.lost("init_image_box", "is no file; name one with init.image");
      if (carryFile(draft, "init_image", "init.image")) draft.set("init.strength", strength, "strength");
    },
    toDeforum: ({ settings }) => settings.init.image !== null,
  },
  partOf("strength", 0.8, ({ settings: { init } }) => (init.image === null ? undefined : init.strength)),
  partOf("strength_0_no_init", true),
  partOf("init_image", null, ({ settings }) => settings.init.image),
  partOf("init_image_box", undefined),
];

const FILLS: Readonly<Record<string, string>> = {
  fill: "fill",
  original: "original",
  "latent noise": "noise",
  "latent nothing": "nothing",
};

const mask: readonly Field[] = [
  {
    name: "use_mask",
    defaultValue: false,
    paths: ["mask.file"],
    carry(draft) {
      if (draft.isOn("use_mask_video", false)) {
        carryFile(draft, "video_mask_path", "mask.file");
        return;
      }
      if (!draft.isOn("use_mask", false)) return;
      if (draft.isOn("use_alpha_as_mask", false))
        draft.lost(
          "use_alpha_as_mask",
          "masks are files of their own; save the start picture's transparency as one",
        );
      else carryFile(draft, "mask_file", "mask.file");
    },
    toDeforum: ({ settings }) => settings.mask.file !== null,
  },
  partOf("use_mask_video", false),
  partOf("video_mask_path", ""),
  partOf("use_alpha_as_mask", false),
  partOf("mask_file", "", ({ settings }) => settings.mask.file ?? ""),
  inMask(toggle("invert_mask", false, "mask.invert")),
  ...["mask_contrast_adjust", "mask_brightness_adjust"].map((name) =>
    missing(
      name,
      1,
      "masks are taken as they are; change the file",
      (draft) => hasMask(draft) && draft.number(name, 1) !== 1,
    ),
  ),
  missing(
    "overlay_mask",
    true,
    "what is outside the mask stays as it was",
    (draft) => hasMask(draft) && !draft.isOn("overlay_mask", true),
  ),
  inMask({
    name: "mask_overlay_blur",
    defaultValue: 4,
    paths: ["mask.blur"],
    carry: (draft) =>
      draft.set("mask.blur", between(0, 40)(draft.number("mask_overlay_blur", 4)), "mask_overlay_blur"),
    toDeforum: ({ settings }) => settings.mask.blur,
  }),
  inMask({
    name: "fill",
    defaultValue: 1,
    paths: ["mask.fill"],
    carry: (draft) =>
      draft.set("mask.fill", FILLS[String(draft.file.field("fill", "original").value)] ?? "original", "fill"),
    toDeforum: ({ settings }) => Object.values(FILLS).indexOf(settings.mask.fill),
  }),
  inMask(toggle("full_res_mask", true, "mask.only_masked")),
  inMask({
    name: "full_res_mask_padding",
    defaultValue: 4,
    paths: ["mask.padding"],
    carry: (draft) =>
      draft.set(
        "mask.padding",
        whole(0, 1024)(draft.number("full_res_mask_padding", 4)),
        "full_res_mask_padding",
      ),
    toDeforum: ({ settings }) => settings.mask.padding,
  }),
  inMask({
    name: "mask_schedule",
    defaultValue: '0: ("{video_mask}")',
    paths: ["mask.schedule"],
    carry(draft) {
      const written = draft.text("mask_schedule", '0: ("{video_mask}")');
      if (!draft.values.has("mask.file") || /^0\s*:\s*\(?["']?\{video_mask\}["']?\)?$/.test(written)) return;
      if (/<[^>]*>/.test(written))
        draft.lost("mask_schedule", "finding things by words takes a network that is not here");
      else draft.set("mask.schedule", written, "mask_schedule");
    },
    toDeforum: (source) => maskScheduleText(source),
  }),
];

/** Undefined for the mask's file as it is. */
function maskScheduleText({
  settings: {
    mask: { schedule: masks },
  },
  context,
}: ExportSource): string | undefined {
  if (masks === null) return undefined;
  const keys = parseTextSchedule(masks).resolve(context);
  return keys.map(({ frame, text }) => `${frame}: ("${text}")`).join(", ");
}

function hasMask(draft: Draft): boolean {
  return draft.isOn("use_mask", false) || draft.isOn("use_mask_video", false);
}

/** Counts only where there is a mask. */
function inMask(field: Field): Field {
  return onlyWith(field, hasMask, "counts only with a mask", ({ settings }) => settings.mask.file !== null);
}

const isGuided = (draft: Draft): boolean => draft.isOn("use_looper", false);

const guides = ({ settings }: ExportSource): boolean => settings.guided.images !== null;

/** Counts only with guided images. */
function inGuided(field: Field): Field {
  return onlyWith(field, isGuided, "belongs to guided images, which are off", guides);
}

/** The field's JSON text as a mapping of frames to paths. */
function carryGuides(draft: Draft): void {
  const written = draft.file.field("init_images", "{}").value;
  const images = typeof written === "string" ? readImages(written) : undefined;
  if (images === undefined || Object.keys(images).length === 0) {
    draft.lost("init_images", 'expected a JSON text such as {"0": "start.png"}; no picture leads');
    return;
  }
  if (Object.values(images).some(isUrl)) {
    draft.lost("init_images", "nothing is fetched from the network; save the files and name their paths");
    return;
  }
  draft.set("guided.images", images, "init_images");
  draft.set("init.strength", between(0, 1)(draft.number("strength", 0.8)), "strength");
  draft.set("seed_behavior", "schedule", "use_looper");
  draft.setSchedule("seed_schedule", "seed_schedule", SEED_SCHEDULE);
}

function readImages(text: string): Record<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value).map(([at, path]) => [
      at.trim(),
      String(path).replaceAll("\\", "/"),
    ]);
    return entries.every(([at, path]) => at !== "" && path !== "") ? Object.fromEntries(entries) : undefined;
  } catch {
    return undefined;
  }
}

const guided: readonly Field[] = [
  {
    name: "use_looper",
    defaultValue: false,
    paths: ["guided.images"],
    carry(draft) {
      if (isGuided(draft)) carryGuides(draft);
    },
    toDeforum: guides,
  },
  partOf(
    "init_images",
    "{}",
    ({
      settings: {
        guided: { images },
      },
      context,
    }) => {
      if (images === null) return "{}";
      const keys = parseTextSchedule(images).resolve(context);
      return JSON.stringify(Object.fromEntries(keys.map(({ frame, text }) => [String(frame), text])));
    },
  ),
  idle("image_strength_schedule", "0:(0.75)", "has no effect in Deforum either"),
  inGuided(schedule("blendFactorMax", "0:(0.35)", "guided.blend_factor_max")),
  inGuided(schedule("blendFactorSlope", "0:(0.25)", "guided.blend_factor_slope")),
  inGuided(schedule("tweening_frames_schedule", "0:(20)", "guided.tweening_frames")),
  inGuided(schedule("color_correction_factor", "0:(0.075)", "guided.color_correction")),
];

/** Fields of pictures from outside, in the order in which they are written. */
export const PICTURE_FIELDS: readonly Field[] = [...start, ...mask, ...guided];
