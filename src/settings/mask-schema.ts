/** The settings of masks, under `mask`. */

import { z } from "zod";

import { choice, number, optionalPath, textSchedule, toggle, wholeNumber } from "./fields.ts";

export const mask = z
  .strictObject({
    file: optionalPath({
      defaultValue: null,
      description:
        "What may change: white is drawn anew, black is kept, gray is mixed. One picture, a folder with a picture per frame, or a video.",
    }),
    schedule: textSchedule({
      expects: "an expression such as {video_mask} & ![sky.png], or a mapping of frames to expressions",
      description:
        "Puts the mask together, over time: {video_mask} is mask.file, {everywhere} is white, [sky.png] any picture, folder or video, <a cat> what mask.words_model finds; ! is not, & and, | or, ^ one of the two, \\ the first without the second, in this order, with brackets.",
    }),
    words_model: optionalPath({
      defaultValue: null,
      description:
        "ONNX export of CLIPSeg, which finds in each frame what <words> in mask.schedule and noise.mask name, such as <a cat>.",
    }),
    invert: toggle({ defaultValue: false, description: "Black is drawn anew and white is kept." }),
    brightness: number({
      unit: "factor",
      range: [0, 10],
      defaultValue: 1,
      description:
        "Factor on the white of each picture that a mask is read from; above 1 grays come closer to white.",
    }),
    contrast: number({
      unit: "factor",
      range: [0, 10],
      defaultValue: 1,
      description:
        "The same about the mean of the picture, after the brightness: above 1 soft masks get harder.",
    }),
    outside: choice({
      choices: ["moved", "start"],
      defaultValue: "moved",
      description:
        "What is kept where nothing may change: moved is the frame before under the camera, start the start picture, which stands still; without a start picture both are moved.",
    }),
    blur: number({
      unit: "pixels",
      range: [0, 40],
      defaultValue: 4,
      description: "Deviation of the Gaussian blur of the mask's borders.",
    }),
    fill: choice({
      choices: ["original", "fill", "noise", "nothing"],
      defaultValue: "original",
      description:
        "What the masked part starts from: original is the frame before, fill the colors around, noise and nothing an empty place, which want a strength near 0.",
    }),
    only_masked: toggle({
      defaultValue: false,
      description: "Only the masked part is drawn, enlarged to the whole size, which gives it more detail.",
    }),
    padding: wholeNumber({
      unit: "pixels",
      range: [0, 1024],
      defaultValue: 32,
      description: "With only_masked: how much around the masked part the model sees along.",
    }),
  })
  .prefault({})
  .describe("Where the picture may change; the rest is kept.");
