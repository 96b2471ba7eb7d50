/** Deforum's fields of pictures and videos from outside: start picture, masks, input video, hybrid video, guided images. */

import type { Draft } from "../draft.ts";
import { carryFile } from "../carry-file.ts";
import { between, type Field, idle, missing, missingWith, partOf, toggle, whole } from "./field.ts";

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
  missing(
    "mask_schedule",
    '0: ("{video_mask}")',
    "masks put together from several are not there yet",
    (draft) =>
      hasMask(draft) &&
      !/^\s*0\s*:\s*\(?["']?\{video_mask\}["']?\)?\s*$/.test(draft.text("mask_schedule", "")),
  ),
];

function hasMask(draft: Draft): boolean {
  return draft.isOn("use_mask", false) || draft.isOn("use_mask_video", false);
}

/** Counts only where there is a mask. */
function inMask(field: Field): Field {
  const { toDeforum } = field;
  return {
    ...field,
    toDeforum: (source) => (source.settings.mask.file === null ? undefined : toDeforum?.(source)),
    carry(draft) {
      if (hasMask(draft)) field.carry(draft);
      else draft.note("idle", field.name, "counts only with a mask");
    },
  };
}

const INPUT_VIDEO = "there is no mode Video Input yet";

const video: readonly Field[] = [
  missing("video_init_path", "", INPUT_VIDEO, usesVideo),
  ...(
    [
      ["extract_nth_frame", 1],
      ["extract_from_frame", 0],
      ["extract_to_frame", -1],
      ["overwrite_extracted_frames", false],
    ] as const
  ).map(([name, value]) => missingWith(name, value, INPUT_VIDEO, usesVideo)),
];

function usesVideo(draft: Draft): boolean {
  return draft.text("animation_mode", "2D") === "Video Input" || isHybrid(draft);
}

const isHybrid = (draft: Draft): boolean =>
  draft.text("hybrid_composite", "None") !== "None" || draft.text("hybrid_motion", "None") !== "None";

const HYBRID = "hybrid video is not there yet";

const hybrid: readonly Field[] = [
  missing("hybrid_composite", "None", HYBRID, (draft) => draft.text("hybrid_composite", "None") !== "None"),
  missing("hybrid_motion", "None", HYBRID, (draft) => draft.text("hybrid_motion", "None") !== "None"),
  missing(
    "hybrid_generate_human_masks",
    "None",
    "human masks are not made",
    (draft) => draft.text("hybrid_generate_human_masks", "None") !== "None",
  ),
  ...(
    [
      ["hybrid_comp_alpha_schedule", "0:(0.5)"],
      ["hybrid_comp_mask_blend_alpha_schedule", "0:(0.5)"],
      ["hybrid_comp_mask_contrast_schedule", "0:(1)"],
      ["hybrid_comp_mask_auto_contrast_cutoff_high_schedule", "0:(100)"],
      ["hybrid_comp_mask_auto_contrast_cutoff_low_schedule", "0:(0)"],
      ["hybrid_flow_factor_schedule", "0:(1)"],
      ["hybrid_generate_inputframes", false],
      ["hybrid_use_first_frame_as_init_image", true],
      ["hybrid_motion_use_prev_img", false],
      ["hybrid_flow_consistency", false],
      ["hybrid_consistency_blur", 2],
      ["hybrid_flow_method", "RAFT"],
      ["hybrid_use_init_image", false],
      ["hybrid_comp_mask_type", "None"],
      ["hybrid_comp_mask_inverse", false],
      ["hybrid_comp_mask_equalize", "None"],
      ["hybrid_comp_mask_auto_contrast", false],
      ["hybrid_comp_save_extra_frames", false],
    ] as const
  ).map(([name, value]) => missingWith(name, value, HYBRID, isHybrid)),
];

const GUIDED = "guided images are not there yet";

const isGuided = (draft: Draft): boolean => draft.isOn("use_looper", false);

const guided: readonly Field[] = [
  missing("use_looper", false, GUIDED, isGuided),
  missingWith("init_images", "{}", GUIDED, isGuided),
  idle("image_strength_schedule", "0:(0.75)", "has no effect in Deforum either"),
  missingWith("blendFactorMax", "0:(0.35)", GUIDED, isGuided),
  missingWith("blendFactorSlope", "0:(0.25)", GUIDED, isGuided),
  missingWith("tweening_frames_schedule", "0:(20)", GUIDED, isGuided),
  missingWith("color_correction_factor", "0:(0.075)", GUIDED, isGuided),
];

/** Fields of pictures from outside, in the order in which they are written. */
export const PICTURE_FIELDS: readonly Field[] = [...start, ...mask, ...video, ...hybrid, ...guided];
