/** The settings of hybrid video, under `hybrid`: an input video lends the animation its motion or its pictures. Meanings are Deforum's. */

import { z } from "zod";

import { choice, number, optionalPath, schedule, toggle, wholeNumber } from "./fields.ts";
import { flowMethod } from "./flow-schema.ts";

const mask = z
  .strictObject({
    type: choice({
      choices: ["none", "depth", "video_depth", "blend", "difference"],
      defaultValue: "none",
      description:
        "Where the animation stays: white keeps it, black takes the video. depth and video_depth keep what is near, in the frame before or in the video; blend is the gray of both; difference keeps where the two differ.",
    }),
    inverse: toggle({
      defaultValue: false,
      description: "Black keeps the animation and white takes the video.",
    }),
    equalize: choice({
      choices: ["none", "before", "after", "both"],
      defaultValue: "none",
      description: "Spreads the mask's grays evenly, before or after its contrast is changed.",
    }),
    blend_alpha: schedule({
      unit: "share",
      range: [0, 1],
      defaultValue: 0.5,
      description: "With type blend: share of the video in the gray.",
    }),
    contrast: schedule({
      unit: "factor",
      range: [0, 100],
      defaultValue: 1,
      description: "Contrast of the mask about its mean.",
    }),
    auto_contrast: toggle({
      defaultValue: false,
      description: "Stretches the mask's grays so that the two cutoffs become black and white.",
    }),
    auto_contrast_cutoff_low: schedule({
      unit: "percentile",
      range: [0, 100],
      defaultValue: 0,
      description: "With auto_contrast: the share of darkest pixels that become black.",
    }),
    auto_contrast_cutoff_high: schedule({
      unit: "percentile",
      range: [0, 100],
      defaultValue: 100,
      description: "With auto_contrast: above it, pixels become white.",
    }),
  })
  .prefault({})
  .describe("Where the animation stays and where the video comes in.");

export const hybrid = z
  .strictObject({
    video: optionalPath({
      defaultValue: null,
      description:
        "The input video; picture n of it belongs to frame n. A video, a folder with a picture per frame, or one picture. Needed for composite and motion.",
    }),
    image: optionalPath({
      defaultValue: null,
      description:
        "Mixed in by composite in the place of the video's pictures: one picture, a folder with a picture per frame, or a video. The motion stays the video's.",
    }),
    extract_nth_frame: wholeNumber({
      unit: "pictures",
      range: [0, 10_000],
      defaultValue: 0,
      description:
        "Takes every n-th picture of hybrid.video, counted from its first, whatever its speed; 0 takes them by time, so that it plays at its own speed.",
    }),
    extract_from_frame: wholeNumber({
      unit: "picture",
      range: [0, 10_000_000],
      defaultValue: 0,
      description: "First picture of hybrid.video that is taken.",
    }),
    extract_to_frame: wholeNumber({
      unit: "picture",
      range: [-1, 10_000_000],
      defaultValue: -1,
      description: "Last picture of hybrid.video that is taken; -1 is its last.",
    }),
    composite: choice({
      choices: ["none", "normal", "before_motion", "after_generation"],
      defaultValue: "none",
      description:
        "Mixes the video's picture into each drawn frame: normal after all motion and before the model draws, before_motion ahead of the video's motion, after_generation into what the model has drawn.",
    }),
    alpha: schedule({
      unit: "share",
      range: [0, 1],
      defaultValue: 0.5,
      description: "How much of the mix comes in; 0 leaves the animation as it is.",
    }),
    mask,
    motion: choice({
      choices: ["none", "optical_flow", "perspective", "affine"],
      defaultValue: "none",
      description:
        "Moves the animation as the video moves, on top of the camera: optical_flow pixel by pixel, affine as a whole (shift, turn, zoom), perspective as a tilting sheet.",
    }),
    motion_from: choice({
      choices: ["video", "previous"],
      defaultValue: "video",
      description:
        "What the motion goes from: video is from one picture of the video to the next; previous is from the animation's own frame, which pulls it into the video's shapes.",
    }),
    flow_method: flowMethod(
      "dis_medium",
      "With motion optical_flow: dis_medium is fast, dis_fine follows small things, farneback is the smoothest; RAFT, the surest, is a network of your own (.onnx).",
    ),
    flow_factor: schedule({
      unit: "factor",
      range: [-10, 10],
      defaultValue: 1,
      description: "With motion optical_flow: how far the animation follows; negative moves against it.",
    }),
    flow_consistency: toggle({
      defaultValue: false,
      description:
        "With motion optical_flow: leaves out vectors that the way back does not confirm, such as around things that cover others. Twice the time.",
    }),
    consistency_blur: number({
      unit: "pixels",
      range: [0, 20],
      defaultValue: 2,
      description: "With flow_consistency: softness of the borders of what is left out.",
    }),
    first_frame_as_init: toggle({
      defaultValue: true,
      description: "Frame 0 is drawn over the video's first picture, unless init.image is given.",
    }),
    save_extra_frames: toggle({
      defaultValue: false,
      description:
        "Saves beside each new frame what the video brings into it: hybrid/000031-mask.png, -composite.png and, with motion optical_flow, -flow.png.",
    }),
    flow_picture: choice({
      choices: ["wheel", "arrows"],
      defaultValue: "wheel",
      description:
        "With save_extra_frames, how a flow is shown: wheel by color (right red, down yellow, left blue-green, up violet, the farther the stronger), arrows over the video's picture.",
    }),
  })
  .prefault({})
  .describe("An input video that lends the animation its motion, its pictures, or both.");
