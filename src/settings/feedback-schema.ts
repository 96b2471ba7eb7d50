/** The settings of what happens to a frame before the model sees it again, under `noise` and `feedback`. */

import { z } from "zod";

import { choice, number, optionalPath, schedule, textSchedule, toggle, wholeNumber } from "./fields.ts";

export const noise = z
  .strictObject({
    amount: schedule({
      unit: "share",
      range: [0, 1],
      defaultValue: 0.065,
      description: "How much of the noise picture is blended in; 0 gives no new detail, so long moves blur.",
    }),
    type: choice({
      choices: ["perlin", "uniform"],
      defaultValue: "perlin",
      description:
        "perlin is cloudy grain in several sizes, uniform is even grain (Gaussian, as in Deforum).",
    }),
    perlin_width: wholeNumber({
      unit: "cells",
      range: [1, 16],
      defaultValue: 8,
      description: "Cells of the coarsest Perlin lattice; counted along the height, as in Deforum.",
    }),
    perlin_height: wholeNumber({
      unit: "cells",
      range: [1, 16],
      defaultValue: 8,
      description: "Cells of the coarsest Perlin lattice; counted along the width, as in Deforum.",
    }),
    octaves: wholeNumber({
      unit: "layers",
      range: [1, 7],
      defaultValue: 4,
      description: "Layers of Perlin noise, each twice as fine as the one before.",
    }),
    persistence: number({
      unit: "factor per layer",
      range: [0, 1],
      defaultValue: 0.5,
      description: "How strong each finer layer is compared with the one before.",
    }),
    mask: textSchedule({
      expects: "an expression such as [sky.png] or !{video_mask}, or a mapping of frames to expressions",
      description:
        "Where the grain falls, over time, in the words of mask.schedule: white gets all of noise.amount, black none, gray a part. mask.invert, brightness and contrast hold here, too, mask.blur does not.",
    }),
    multiplier: schedule({
      unit: "factor",
      range: [0, 10],
      defaultValue: 1.05,
      description:
        "Factor on the latent noise of image-to-image; slightly above 1 keeps detail over many frames.",
    }),
  })
  .prefault({})
  .describe("The grain mixed into each warped picture, from which the model grows new detail.");

const sharpen = z
  .strictObject({
    amount: schedule({
      unit: "factor",
      range: [0, 10],
      defaultValue: 0.1,
      description: "Strength of the mask; 0 switches it off.",
    }),
    kernel: schedule({
      unit: "pixels",
      range: [1, 101],
      whole: true,
      defaultValue: 5,
      description: "Width of the blur kernel; odd.",
    }),
    sigma: schedule({
      unit: "pixels",
      range: [0, 100],
      defaultValue: 1,
      description: "Radius of the blur; 0 derives it from the kernel.",
    }),
    threshold: schedule({
      unit: "levels",
      range: [0, 255],
      defaultValue: 0,
      description: "Differences below this many of 256 levels are left alone.",
    }),
  })
  .prefault({})
  .describe("Unsharp mask against the blur that warping adds frame by frame.");

export const feedback = z
  .strictObject({
    color_match: choice({
      choices: ["none", "lab", "hsv", "rgb"],
      defaultValue: "lab",
      description:
        "Color space in which each frame is matched to the reference frame, so that colors do not drift.",
    }),
    color_reference: choice({
      choices: ["prompt", "first", "video"],
      defaultValue: "prompt",
      description:
        "Which picture the colors are matched to: prompt takes a new one after each change of prompt, first keeps the first picture for the whole run, as Deforum does, video takes those of hybrid.video, frame by frame.",
    }),
    color_video_every: wholeNumber({
      unit: "frames",
      range: [1, 100_000],
      defaultValue: 1,
      description: "With color_reference video: frames until the next picture of the video gives its colors.",
    }),
    color_image: optionalPath({
      defaultValue: null,
      description:
        "Picture whose colors all frames get, instead of those of a frame: PNG, JPEG or WebP. color_match says in which color space.",
    }),
    color_match_drawn: toggle({
      defaultValue: true,
      description:
        "Matches each picture again when the model has drawn it. false matches before the model only, which leaves its colors livelier: Deforum's legacy_colormatch.",
    }),
    contrast: schedule({
      unit: "factor",
      range: [0, 10],
      defaultValue: 1,
      description: "Factor on the values of the fed-back picture.",
    }),
    sharpen,
    grayscale: toggle({ defaultValue: false, description: "Renders in shades of gray." }),
  })
  .prefault({})
  .describe("What happens to the previous picture before the model sees it again.");
