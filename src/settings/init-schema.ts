/** The settings of what an animation starts from, under `init`. */

import { z } from "zod";

import { number, optionalPath, wholeNumber } from "./fields.ts";

export const init = z
  .strictObject({
    image: optionalPath({
      defaultValue: null,
      description: "PNG, JPEG or WebP that frame 0 is drawn over.",
    }),
    strength: number({
      unit: "share",
      range: [0, 1],
      defaultValue: 0.8,
      description: "How much of the start picture is kept.",
    }),
    video: optionalPath({
      defaultValue: null,
      description:
        "With mode video: what the frames are drawn over, each over a picture of its own. A video, or a folder of pictures. The animation ends where it ends.",
    }),
    extract_nth_frame: wholeNumber({
      unit: "pictures",
      range: [1, 10_000],
      defaultValue: 1,
      description:
        "Takes every n-th picture of init.video, counted from its first; the video's own frames per second do not matter.",
    }),
    extract_from_frame: wholeNumber({
      unit: "picture",
      range: [0, 10_000_000],
      defaultValue: 0,
      description: "First picture of init.video that is taken.",
    }),
    extract_to_frame: wholeNumber({
      unit: "picture",
      range: [-1, 10_000_000],
      defaultValue: -1,
      description: "Last picture of init.video that is taken; -1 is its last.",
    }),
  })
  .prefault({})
  .describe("A picture to start from, or a video to draw over.");
