/** The settings of pictures that lead an animation, under `guided`. Meanings are Deforum's (guided images). */

import { z } from "zod";

import { schedule, textSchedule } from "./fields.ts";

export const guided = z
  .strictObject({
    images: textSchedule({
      expects: "the path of a picture, or a mapping of frames to paths",
      description:
        "Pictures that the animation is led to, each from its frame on, such as { 0: a.png, 40: b.png }. Frame 0 is drawn over the first, unless init.image is given.",
    }),
    blend_factor_max: schedule({
      unit: "share",
      range: [-2, 2],
      defaultValue: 0.35,
      description: "Middle of the swing by which the picture is mixed into what a frame is drawn over.",
    }),
    blend_factor_slope: schedule({
      unit: "share",
      range: [-2, 2],
      defaultValue: 0.25,
      description:
        "Half the height of the swing: the share begins at blend_factor_max - blend_factor_slope and rises from there.",
    }),
    tweening_frames: schedule({
      unit: "frames",
      range: [1, 100_000],
      defaultValue: 20,
      description: "How long the swing takes; the frames up to the next picture have a share of 0.07.",
    }),
    color_correction: schedule({
      unit: "share",
      range: [0, 1],
      defaultValue: 0.075,
      description:
        "How much the colors of a drawn frame follow the picture's; at 0 they follow those that it was drawn over. Its brightness stays.",
    }),
  })
  .prefault({})
  .describe("Pictures that the animation is led to, one after the other.");
