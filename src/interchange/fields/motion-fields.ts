/** Deforum's fields of the camera and of depth. */

import { choice, type Field, idle, partOf, same, schedule, toggle } from "./field.ts";

const NO_EFFECT = "has no effect on the picture in Deforum either";

const camera: readonly Field[] = [
  choice("border", "replicate", "motion.border", same("replicate", "wrap"), {
    instead: "replicate",
    reason: "there is no such border; taken as replicate",
  }),
  schedule("angle", "0: (0)", "motion.angle"),
  schedule("zoom", "0: (1.0025+0.002*sin(1.25*3.14*t/30))", "motion.zoom"),
  schedule("translation_x", "0: (0)", "motion.translation_x"),
  schedule("translation_y", "0: (0)", "motion.translation_y"),
  schedule("translation_z", "0: (1.75)", "motion.translation_z"),
  schedule("transform_center_x", "0: (0.5)", "motion.transform_center_x"),
  schedule("transform_center_y", "0: (0.5)", "motion.transform_center_y"),
  schedule("rotation_3d_x", "0: (0)", "motion.rotation_3d_x"),
  schedule("rotation_3d_y", "0: (0)", "motion.rotation_3d_y"),
  schedule("rotation_3d_z", "0: (0)", "motion.rotation_3d_z"),
  toggle("enable_perspective_flip", false, "motion.perspective_flip"),
  schedule("perspective_flip_theta", "0: (0)", "motion.perspective_flip_theta"),
  schedule("perspective_flip_phi", "0: (0)", "motion.perspective_flip_phi"),
  schedule("perspective_flip_gamma", "0: (0)", "motion.perspective_flip_gamma"),
  schedule("perspective_flip_fv", "0: (53)", "motion.perspective_flip_fv"),
  schedule("fov_schedule", "0: (70)", "motion.fov"),
  {
    ...schedule("aspect_ratio_schedule", "0: (1)", "motion.aspect_ratio"),
    carry(draft) {
      if (draft.isOn("aspect_ratio_use_old_formula", false)) {
        draft.note("idle", "aspect_ratio_schedule", "is overruled by aspect_ratio_use_old_formula");
        draft.set(
          "motion.aspect_ratio",
          draft.number("W", 512) / draft.number("H", 512),
          "aspect_ratio_use_old_formula",
        );
      } else draft.setSchedule("motion.aspect_ratio", "aspect_ratio_schedule", "0: (1)");
    },
  },
  partOf("aspect_ratio_use_old_formula", false),
  idle("near_schedule", "0: (200)", NO_EFFECT),
  idle("far_schedule", "0: (10000)", NO_EFFECT),
];

const PREDICTORS = new Set(["Midas-3-Hybrid", "AdaBins", "Zoe", "Leres"]);

const depth: readonly Field[] = [
  {
    name: "use_depth_warping",
    defaultValue: true,
    paths: ["motion.depth.model"],
    carry(draft) {
      if (draft.isOn("use_depth_warping", true)) return;
      draft.set("motion.depth.model", "plane", "use_depth_warping");
    },
    toDeforum: ({ settings }) => settings.motion.depth.model !== "plane",
  },
  {
    name: "depth_algorithm",
    defaultValue: "Midas-3-Hybrid",
    paths: [],
    carry(draft) {
      const isUsed = draft.text("animation_mode", "2D") === "3D" && draft.isOn("use_depth_warping", true);
      if (!isUsed) return draft.note("idle", "depth_algorithm", "counts only in 3D with depth warping");
      const name = draft.text("depth_algorithm", "Midas-3-Hybrid");
      draft.changed(
        "depth_algorithm",
        PREDICTORS.has(name)
          ? "near and far are told apart by motion.depth.model, which takes the network that belongs to the model; set an .onnx file of MiDaS for Deforum's"
          : "this way of mixing two predictions is gone from Deforum too; near and far are told apart by motion.depth.model",
      );
    },
  },
  idle("midas_weight", 0.2, "counts only for depth algorithms marked (old)"),
  choice("padding_mode", "border", "motion.padding", same("border", "reflection", "zeros"), {
    instead: "border",
    reason: "there is no such padding; taken as border",
  }),
  choice("sampling_mode", "bicubic", "motion.sampling", same("bicubic", "bilinear", "nearest"), {
    instead: "bicubic",
    reason: "there is no such sampling; taken as bicubic",
  }),
  toggle("save_depth_maps", false, "motion.depth.save"),
];

/** Fields of the camera, in the order in which they are written. */
export const MOTION_FIELDS: readonly Field[] = [...camera, ...depth];
