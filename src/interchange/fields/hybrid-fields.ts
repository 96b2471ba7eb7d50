/** Deforum's fields of the input video and of hybrid video. */

import { carryFile } from "../carry-file.ts";
import type { Draft } from "../draft.ts";
import type { ExportSource } from "../export-source.ts";
import {
  between,
  choice,
  type Field,
  idle,
  missing,
  number,
  onlyWith,
  partOf,
  schedule,
  toggle,
  whole,
} from "./field.ts";
import { flowChoice } from "./flow-choice.ts";

/** Only the camera modes have it. */
const isHybrid = (draft: Draft): boolean =>
  !["Video Input", "Interpolation"].includes(draft.text("animation_mode", "2D")) &&
  (draft.text("hybrid_composite", "None") !== "None" || draft.text("hybrid_motion", "None") !== "None");

const isVideoMode = (draft: Draft): boolean => draft.text("animation_mode", "2D") === "Video Input";

const exportsHybrid = ({ settings: { hybrid } }: ExportSource): boolean =>
  hybrid.composite !== "none" || hybrid.motion !== "none";

/** Counts only where there is hybrid video. */
function inHybrid(field: Field): Field {
  return onlyWith(field, isHybrid, "belongs to hybrid video, which is off", exportsHybrid);
}

const NO_COMPOSITE = { instead: "none", reason: "there is no such composite" };
const NO_MOTION = { instead: "none", reason: "there is no such motion" };
const NO_MASK = { instead: "none", reason: "there is no such mask" };

/** Deforum can mix the start picture in where the video would be; one picture is a video that stands still. */
function carryVideo(draft: Draft): void {
  if (isVideoMode(draft)) {
    if (!carryFile(draft, "video_init_path", "init.video")) draft.set("mode", "2d", "animation_mode");
    return;
  }
  if (!isHybrid(draft)) return;
  const mixesPicture = draft.isOn("hybrid_use_init_image", false);
  const moves = draft.text("hybrid_motion", "None") !== "None";
  if (!carryFile(draft, mixesPicture && !moves ? "init_image" : "video_init_path", "hybrid.video")) return;
  if (mixesPicture && moves) carryFile(draft, "init_image", "hybrid.image");
  draft.note("changed", "max_frames", "stays; Deforum makes it the number of the video's frames");
}

/** Chooses pictures of the video, which one mode draws over and the others follow; they are counted, so that none is taken by time. */
function extraction(name: string, defaultValue: number, fit: (value: number) => number): Field {
  const ofInit = number(name, defaultValue, `init.${name}`, fit);
  const ofHybrid = number(name, defaultValue, `hybrid.${name}`, fit);
  return {
    name,
    defaultValue,
    paths: [...ofInit.paths, ...ofHybrid.paths],
    carry(draft) {
      if (isVideoMode(draft)) ofInit.carry(draft);
      else if (isHybrid(draft)) ofHybrid.carry(draft);
      else draft.note("idle", name, "belongs to input videos, of which there is none");
    },
    toDeforum(source) {
      if (source.settings.mode === "video") return ofInit.toDeforum?.(source);
      if (!exportsHybrid(source)) return undefined;
      if (source.value(`hybrid.${name}`) !== 0 || name !== "extract_nth_frame")
        return ofHybrid.toDeforum?.(source);
      source.note("hybrid.extract_nth_frame", "is by time; Deforum takes every picture, whatever its time");
      return 1;
    },
  };
}

const video: readonly Field[] = [
  {
    name: "video_init_path",
    defaultValue: "",
    paths: ["hybrid.video", "init.video", "hybrid.image"],
    carry: carryVideo,
    toDeforum: ({ settings: { mode, hybrid, init } }) => (mode === "video" ? init.video : hybrid.video) ?? "",
  },
  extraction("extract_nth_frame", 1, whole(1, 10_000)),
  extraction("extract_from_frame", 0, whole(0, 10_000_000)),
  extraction("extract_to_frame", -1, whole(-1, 10_000_000)),
  idle("overwrite_extracted_frames", false, "pictures are read where they lie; nothing is extracted"),
];

/** A composite without anything to mix in would be refused. */
function needsVideo(field: Field, path: string): Field {
  return {
    ...field,
    carry(draft) {
      if (draft.values.has("hybrid.video")) field.carry(draft);
      else draft.values.set(path, "none");
    },
  };
}

const composite: readonly Field[] = [
  needsVideo(
    choice(
      "hybrid_composite",
      "None",
      "hybrid.composite",
      {
        None: "none",
        Normal: "normal",
        "Before Motion": "before_motion",
        "After Generation": "after_generation",
      },
      NO_COMPOSITE,
    ),
    "hybrid.composite",
  ),
  schedule("hybrid_comp_alpha_schedule", "0:(0.5)", "hybrid.alpha"),
  choice(
    "hybrid_comp_mask_type",
    "None",
    "hybrid.mask.type",
    { None: "none", Depth: "depth", "Video Depth": "video_depth", Blend: "blend", Difference: "difference" },
    NO_MASK,
  ),
  toggle("hybrid_comp_mask_inverse", false, "hybrid.mask.inverse"),
  choice(
    "hybrid_comp_mask_equalize",
    "None",
    "hybrid.mask.equalize",
    { None: "none", Before: "before", After: "after", Both: "both" },
    NO_MASK,
  ),
  schedule("hybrid_comp_mask_blend_alpha_schedule", "0:(0.5)", "hybrid.mask.blend_alpha"),
  schedule("hybrid_comp_mask_contrast_schedule", "0:(1)", "hybrid.mask.contrast"),
  toggle("hybrid_comp_mask_auto_contrast", false, "hybrid.mask.auto_contrast"),
  schedule(
    "hybrid_comp_mask_auto_contrast_cutoff_high_schedule",
    "0:(100)",
    "hybrid.mask.auto_contrast_cutoff_high",
  ),
  schedule(
    "hybrid_comp_mask_auto_contrast_cutoff_low_schedule",
    "0:(0)",
    "hybrid.mask.auto_contrast_cutoff_low",
  ),
  partOf("hybrid_use_init_image", false, ({ settings }) => settings.hybrid.image !== null),
  toggle("hybrid_comp_save_extra_frames", false, "hybrid.save_extra_frames"),
];

const motion: readonly Field[] = [
  needsVideo(
    choice(
      "hybrid_motion",
      "None",
      "hybrid.motion",
      { None: "none", "Optical Flow": "optical_flow", Perspective: "perspective", Affine: "affine" },
      NO_MOTION,
    ),
    "hybrid.motion",
  ),
  {
    name: "hybrid_motion_use_prev_img",
    defaultValue: false,
    paths: ["hybrid.motion_from"],
    carry(draft) {
      const usesPrevious = draft.isOn("hybrid_motion_use_prev_img", false);
      draft.set("hybrid.motion_from", usesPrevious ? "previous" : "video", "hybrid_motion_use_prev_img");
    },
    toDeforum: ({ settings }) => settings.hybrid.motion_from === "previous",
  },
  flowChoice("hybrid_flow_method", "RAFT", "hybrid.flow_method"),
  schedule("hybrid_flow_factor_schedule", "0:(1)", "hybrid.flow_factor"),
  toggle("hybrid_flow_consistency", false, "hybrid.flow_consistency"),
  number("hybrid_consistency_blur", 2, "hybrid.consistency_blur", between(0, 20)),
  toggle("hybrid_use_first_frame_as_init_image", true, "hybrid.first_frame_as_init"),
  idle(
    "hybrid_generate_inputframes",
    false,
    "pictures are taken from the video itself, whether they lie extracted or not",
  ),
];

/** Fields of videos that lead the animation, in the order in which they are written. */
export const HYBRID_FIELDS: readonly Field[] = [
  ...video,
  ...composite.map(inHybrid),
  ...motion.map(inHybrid),
  missing(
    "hybrid_generate_human_masks",
    "None",
    "people are not cut out here; make the masks with a matting program and name them as mask.file",
    (draft) => draft.text("hybrid_generate_human_masks", "None") !== "None",
  ),
];
