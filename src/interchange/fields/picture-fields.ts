/** Deforum's fields of pictures from outside: start picture, masks, guided images. */

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
export const PICTURE_FIELDS: readonly Field[] = [...start, ...mask, ...guided];
