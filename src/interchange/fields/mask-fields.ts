/** Deforum's fields of masks. */

import { parseTextSchedule } from "../../schedule/schedule.ts";
import type { Settings } from "../../settings/schema.ts";
import { carryFile } from "../carry-file.ts";
import type { Draft } from "../draft.ts";
import type { ExportSource } from "../export-source.ts";
import { writeTextKeys } from "../text-keys.ts";
import { between, type Field, number, onlyWith, partOf, toggle, whole } from "./field.ts";

const VIDEO_MASK = '0: ("{video_mask}")';

const FILLS: Readonly<Record<string, string>> = {
  fill: "fill",
  original: "original",
  "latent noise": "noise",
  "latent nothing": "nothing",
};

/** Fields of masks, in the order in which they are written. */
export const MASK_FIELDS: readonly Field[] = [
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
  inAnyMask(toggle("invert_mask", false, "mask.invert")),
  inAnyMask(adjustment("mask_contrast_adjust", "mask.contrast")),
  inAnyMask(adjustment("mask_brightness_adjust", "mask.brightness")),
  inMask({
    name: "overlay_mask",
    defaultValue: true,
    paths: ["mask.outside"],
    carry: (draft) =>
      draft.set("mask.outside", draft.isOn("overlay_mask", true) ? "start" : "moved", "overlay_mask"),
    toDeforum: ({ settings }) => settings.mask.outside === "start",
  }),
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
    defaultValue: VIDEO_MASK,
    paths: ["mask.schedule"],
    carry(draft) {
      const written = draft.text("mask_schedule", VIDEO_MASK);
      if (!draft.values.has("mask.file") || /^0\s*:\s*\(?["']?\{video_mask\}["']?\)?$/.test(written)) return;
      carryExpressions(draft, "mask_schedule", "mask.schedule");
    },
    toDeforum: (source) => scheduleText(source, source.settings.mask.schedule),
  }),
  partOf("use_noise_mask", false, ({ settings }) => settings.noise.mask !== null),
  onlyWith(
    {
      name: "noise_mask_schedule",
      defaultValue: VIDEO_MASK,
      paths: ["noise.mask"],
      carry: (draft) => carryExpressions(draft, "noise_mask_schedule", "noise.mask"),
      toDeforum: (source) => scheduleText(source, source.settings.noise.mask),
    },
    hasNoiseMask,
    "is switched off by use_noise_mask",
    ({ settings }) => settings.noise.mask !== null,
  ),
];

/** The field's masks as they are written, if all in them is there. */
function carryExpressions(draft: Draft, field: string, path: string): void {
  const written = draft.text(field, VIDEO_MASK);
  if (/<[^>]*>/.test(written))
    draft.lost(
      field,
      "finding things by words takes a network: name it as mask.words_model, and write the masks into the schedule yourself",
    );
  else if (/\{\s*video_mask\s*\}/.test(written) && !draft.values.has("mask.file"))
    draft.lost(field, "there is no mask file for {video_mask}");
  else draft.set(path, written, field);
}

/** Undefined where there is none. */
function scheduleText({ context }: ExportSource, masks: Settings["mask"]["schedule"]): string | undefined {
  if (masks === null) return undefined;
  const keys = parseTextSchedule(masks).resolve(context);
  return writeTextKeys(keys.map(({ frame, text }) => [frame, text]));
}

/** A factor on the gray levels. Deforum's two are wired the wrong way round; a file that has one is told so. */
function adjustment(name: string, path: string): Field {
  const field = number(name, 1, path, between(0, 10));
  return {
    ...field,
    carry(draft) {
      field.carry(draft);
      if (draft.number(name, 1) !== 1)
        draft.changed(name, "Deforum mixes brightness and contrast up; here each is what its name says");
    },
  };
}

function hasMask(draft: Draft): boolean {
  return draft.isOn("use_mask", false) || draft.isOn("use_mask_video", false);
}

function hasNoiseMask(draft: Draft): boolean {
  return draft.isOn("use_noise_mask", false);
}

/** Counts only where there is a mask. */
function inMask(field: Field): Field {
  return onlyWith(field, hasMask, "counts only with a mask", ({ settings }) => settings.mask.file !== null);
}

/** Counts where there is a mask, or one of the noise. */
function inAnyMask(field: Field): Field {
  return onlyWith(
    field,
    (draft) => hasMask(draft) || hasNoiseMask(draft),
    "counts only with a mask",
    ({ settings: { mask, noise } }) => mask.file !== null || noise.mask !== null,
  );
}
