/** The settings that call a camera move by its name. */

import { CAMERA_PRESETS } from "./camera-presets.ts";
import { choice, duration, number } from "./fields.ts";

export const cameraSettings = {
  camera: choice({
    choices: ["none", ...CAMERA_PRESETS],
    defaultValue: "none",
    description:
      "A camera move by its name; `animate presets` describes them. Schedules under motion stand above those of the preset, one by one.",
  }),
  camera_amount: number({
    unit: "factor",
    range: [-10, 10],
    defaultValue: 1,
    description: "How far and fast the move of camera goes; negative is the other way round.",
  }),
  camera_period: duration({
    defaultValue: "4s",
    description: "How long one swing takes in moves of camera that come back, such as sway.",
  }),
};
