/** Deforum's fields of what happens to a picture before the model sees it again: noise, strength, colors, contrast, sharpening. */

import { carryFile } from "../carry-file.ts";
import type { Draft } from "../draft.ts";
import {
  between,
  choice,
  type Field,
  number,
  partOf,
  same,
  schedule,
  switchedSchedule,
  toggle,
  whole,
} from "./field.ts";
import { flowChoice } from "./flow-choice.ts";

const noise: readonly Field[] = [
  schedule("noise_schedule", "0: (0.065)", "noise.amount"),
  choice("noise_type", "perlin", "noise.type", same("perlin", "uniform"), {
    instead: "perlin",
    reason: "there is no such noise; taken as perlin",
  }),
  number("perlin_w", 8, "noise.perlin_width", whole(1, 16)),
  number("perlin_h", 8, "noise.perlin_height", whole(1, 16)),
  number("perlin_octaves", 4, "noise.octaves", whole(1, 7)),
  number("perlin_persistence", 0.5, "noise.persistence", between(0, 1)),
  ...switchedSchedule("noise_multiplier_schedule", "0: (1.05)", "noise.multiplier", {
    name: "enable_noise_multiplier_scheduling",
    defaultValue: true,
    whileOff: 1,
  }),
];

const levels: readonly Field[] = [
  schedule("strength_schedule", "0: (0.65)", "strength"),
  schedule("contrast_schedule", "0: (1.0)", "feedback.contrast"),
  schedule("amount_schedule", "0: (0.1)", "feedback.sharpen.amount"),
  schedule("kernel_schedule", "0: (5)", "feedback.sharpen.kernel"),
  schedule("sigma_schedule", "0: (1)", "feedback.sharpen.sigma"),
  schedule("threshold_schedule", "0: (0)", "feedback.sharpen.threshold"),
];

const SPACES: Readonly<Record<string, string>> = { None: "none", HSV: "hsv", LAB: "lab", RGB: "rgb" };

/** Deforum looks at the video's colors only while hybrid video does something else with it. */
function takesVideoColors(draft: Draft): boolean {
  const isOn = ["hybrid_composite", "hybrid_motion"].some((name) => draft.text(name, "None") !== "None");
  return (
    isOn && draft.text("video_init_path", "") !== "" && draft.text("animation_mode", "2D") !== "Video Input"
  );
}

const colors: readonly Field[] = [
  {
    name: "color_coherence",
    defaultValue: "LAB",
    paths: ["feedback.color_match", "feedback.color_image"],
    carry(draft) {
      const mode = draft.text("color_coherence", "LAB");
      if (mode === "Image") carryFile(draft, "color_coherence_image_path", "feedback.color_image");
      if (mode === "Video Input" && !takesVideoColors(draft)) {
        draft.note(
          "idle",
          "color_coherence",
          "takes colors from hybrid video, which is off, so that none are matched",
        );
        return draft.set("feedback.color_match", "none", "color_coherence");
      }
      if (mode === "Video Input") draft.set("feedback.color_reference", "video", "color_coherence");
      else if (mode !== "Image" && SPACES[mode] === undefined)
        draft.lost("color_coherence", "there is no such way to match colors; taken as LAB");
      draft.set("feedback.color_match", SPACES[mode] ?? "lab", "color_coherence");
    },
    toDeforum: ({ settings: { feedback } }) => {
      if (feedback.color_image !== null) return "Image";
      if (feedback.color_reference === "video") return "Video Input";
      return Object.keys(SPACES).find((mode) => SPACES[mode] === feedback.color_match);
    },
  },
  partOf("color_coherence_image_path", "", ({ settings }) => settings.feedback.color_image ?? ""),
  number("color_coherence_video_every_N_frames", 1, "feedback.color_video_every", whole(1, 100_000)),
  toggle("color_force_grayscale", false, "feedback.grayscale"),
  {
    name: "legacy_colormatch",
    // A file from before there was this field means the old way.
    defaultValue: true,
    paths: ["feedback.color_match_drawn"],
    carry: (draft) =>
      draft.set("feedback.color_match_drawn", !draft.isOn("legacy_colormatch", true), "legacy_colormatch"),
    toDeforum: ({ settings }) => !settings.feedback.color_match_drawn,
  },
];

const flow: readonly Field[] = [
  flowChoice("optical_flow_cadence", "None", "flow.cadence"),
  schedule("cadence_flow_factor_schedule", "0: (1)", "flow.cadence_factor"),
  flowChoice("optical_flow_redo_generation", "None", "flow.redo"),
  schedule("redo_flow_factor_schedule", "0: (1)", "flow.redo_factor"),
  {
    ...number("diffusion_redo", 0, "flow.diffusion_redo", whole(0, 50)),
    defaultValue: "0",
    toDeforum: ({ settings }) => String(settings.flow.diffusion_redo),
  },
];

/** Fields of the feedback, in the order in which they are written. */
export const FEEDBACK_FIELDS: readonly Field[] = [...noise, ...levels, ...colors, ...flow];
