/** Deforum's fields of the video and of what happens to finished frames. */

import { carryFile } from "../carry-file.ts";
import type { Draft } from "../draft.ts";
import { between, type Field, idle, missing, missingWith, number, partOf } from "./field.ts";

const interpolates = (draft: Draft): boolean => draft.text("frame_interpolation_engine", "None") !== "None";
const upscales = (draft: Draft): boolean => draft.isOn("r_upscale_video", false);

/** Frames alone, and a GIF, take no sound. */
const makesNoFilm = (draft: Draft): boolean => draft.isOn("skip_video_creation", false);

const NO_INTERPOLATION = "frames between frames are not made; raise the cadence for a similar effect";

/** Fields of the output, in the order in which they are written. */
export const OUTPUT_FIELDS: readonly Field[] = [
  {
    name: "skip_video_creation",
    defaultValue: false,
    paths: ["video.format"],
    carry(draft) {
      if (draft.isOn("skip_video_creation", false)) draft.set("video.format", "png", "skip_video_creation");
    },
    toDeforum: ({ settings }) => settings.video.format === "png",
  },
  number("fps", 15, "fps", between(1, 120)),
  {
    name: "make_gif",
    defaultValue: false,
    paths: [],
    carry(draft) {
      if (!draft.isOn("make_gif", false)) return;
      if (draft.isOn("skip_video_creation", false)) draft.set("video.format", "gif", "make_gif");
      else
        draft.lost("make_gif", "a run makes one video; `--format gif` makes the other from the same frames");
    },
    toDeforum: ({ settings }) => settings.video.format === "gif",
  },
  idle("delete_imgs", false, "frames stay: they are what a run continues from"),
  idle("delete_input_frames", false, "input frames are read where they lie"),
  idle("image_path", undefined, "is for the interface only"),
  {
    name: "add_soundtrack",
    defaultValue: "None",
    paths: ["video.soundtrack"],
    carry(draft) {
      const source = draft.text("add_soundtrack", "None");
      if (source === "None" || makesNoFilm(draft)) return;
      carryFile(draft, source === "File" ? "soundtrack_path" : "video_init_path", "video.soundtrack");
    },
    toDeforum: ({ settings }) => (settings.video.soundtrack === null ? "None" : "File"),
  },
  partOf("soundtrack_path", "", ({ settings }) => settings.video.soundtrack ?? ""),
  {
    name: "r_upscale_video",
    defaultValue: false,
    paths: ["video.upscale"],
    carry(draft) {
      if (!upscales(draft)) return;
      const factor = Number(draft.text("r_upscale_factor", "x2").slice(1));
      if (factor === 3)
        draft.changed("r_upscale_factor", "upscalers here double and double again; taken as x4");
      draft.set("video.upscale", factor === 3 || factor === 4 ? 4 : 2, "r_upscale_factor");
    },
    toDeforum: ({ settings }) => settings.video.upscale > 1,
  },
  partOf("r_upscale_factor", "x2", ({ settings }) => (settings.video.upscale === 4 ? "x4" : "x2")),
  missingWith(
    "r_upscale_model",
    "realesr-animevideov3",
    "the upscaler is that of the model, or an .onnx file: set video.upscaler",
    upscales,
  ),
  idle("r_upscale_keep_imgs", true, "both kinds of frames stay"),
  idle("store_frames_in_ram", false, "frames go to the disk at once, so that nothing is lost"),
  missing("frame_interpolation_engine", "None", NO_INTERPOLATION, interpolates),
  missingWith("frame_interpolation_x_amount", 2, NO_INTERPOLATION, interpolates),
  missing(
    "frame_interpolation_slow_mo_enabled",
    false,
    NO_INTERPOLATION,
    (draft) => interpolates(draft) && draft.isOn("frame_interpolation_slow_mo_enabled", false),
  ),
  missingWith("frame_interpolation_slow_mo_amount", 2, NO_INTERPOLATION, interpolates),
  idle("frame_interpolation_keep_imgs", false, "belongs to frame_interpolation_engine"),
  missingWith("frame_interpolation_use_upscaled", false, NO_INTERPOLATION, interpolates),
];
