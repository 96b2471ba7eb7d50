/** Settings of what becomes of finished frames: the video file and the stills. */

import { z } from "zod";

import { choice, optionalNumber, patternText, toggle, wholeNumber, optionalPath } from "./fields.ts";
import { logo, safeZone, title } from "./still-dressing-schema.ts";
import { STILL_SIDES, stillFormats } from "./still-format.ts";

/** x264's words for speed against size, fastest first; VP9 takes the nearest of its own steps. */
export const ENCODER_PRESETS = [
  "ultrafast",
  "superfast",
  "veryfast",
  "faster",
  "fast",
  "medium",
  "slow",
  "slower",
  "veryslow",
] as const;

export const video = z
  .strictObject({
    format: choice({
      choices: ["mp4", "webm", "gif", "png"],
      defaultValue: "mp4",
      description: "mp4 is H.264 for everywhere, webm is VP9, gif loops, png is the numbered pictures alone.",
    }),
    crf: wholeNumber({
      range: [0, 51],
      defaultValue: 17,
      description:
        "Quality of mp4 and webm: lower is better and larger; 17 is visually lossless, 23 is common.",
    }),
    preset: choice({
      choices: ENCODER_PRESETS,
      defaultValue: "medium",
      description: "Speed of the mp4 encoder: slower gives smaller files of the same quality.",
    }),
    upscale: wholeNumber({
      unit: "factor",
      range: [1, 8],
      defaultValue: 1,
      description:
        "Enlarges the finished frames for the video and into upscaled/; frames/ and the feedback keep their size. A power of the upscaler's own factor.",
    }),
    upscaler: patternText({
      pattern: /\S/,
      expects: "auto, or the name or path of an upscaler",
      defaultValue: "auto",
      description:
        "What enlarges frames and stills: an .onnx file in the manner of Real-ESRGAN, or the name or folder of an upscaler. auto takes the one that belongs to the model, a folder of its name with -upscale behind it; without one, stills are enlarged with Lanczos.",
    }),
    soundtrack: optionalPath({
      defaultValue: null,
      description:
        "Music for mp4 and webm, from the schedule's folder: a sound file, or a video for its sound. It begins with the first frame and ends with the last at the latest. Another one renders no frame.",
    }),
  })
  .prefault({})
  .describe("The video file.");

export const thumbnails = z
  .strictObject({
    count: wholeNumber({
      unit: "pictures",
      range: [0, 50],
      defaultValue: 3,
      description: "How many stills are picked; 0 for none.",
    }),
    formats: stillFormats({
      description:
        "What each still is made for, one or a list: youtube is 1280x720, youtube-4k 3840x2160, shorts 1080x1920, square 1080x1080; or a size. None makes one picture of width and height.",
    }),
    weights: patternText({
      pattern: /\S/,
      expects: "the name of a preset of weights, or the path of a .yaml file",
      defaultValue: "default",
      description:
        "What makes a good still: default, bold, faces or landscape, or the path of a .yaml file with a weight for each measure, such as sharpness: 3.",
    }),
    width: wholeNumber({
      unit: "pixels",
      range: STILL_SIDES,
      defaultValue: 1280,
      description: "Width of a still, where formats names none.",
    }),
    height: wholeNumber({
      unit: "pixels",
      range: STILL_SIDES,
      defaultValue: 720,
      description: "Height of a still, where formats names none.",
    }),
    fit: choice({
      choices: ["crop", "backdrop"],
      defaultValue: "crop",
      description:
        "What becomes of frames of another shape: crop cuts around what draws the eye, backdrop shows the whole frame before a blurred, darkened enlargement of itself.",
    }),
    encoding: choice({
      choices: ["jpg", "png"],
      defaultValue: "jpg",
      description:
        "The kind of file. jpg takes the best quality that fits; png is lossless, or of 256 colors where that alone fits.",
    }),
    max_bytes: optionalNumber({
      unit: "bytes",
      range: [10_000, 100_000_000],
      defaultValue: null,
      description:
        "Largest file of a still. Not given, what the format takes: 2 MB, which YouTube takes everywhere, and 50 MB for youtube-4k.",
    }),
    upscale: toggle({
      defaultValue: true,
      description: "Whether stills that are larger than the frame go through video.upscaler.",
    }),
    title,
    logo,
    detector: optionalPath({
      defaultValue: null,
      description:
        "An .onnx network that finds faces or subjects, from the schedule's folder: YuNet, UltraFace, or YOLOv8 and 11. Frames with a large, whole face count for more; no crop cuts what it finds where that can be, and titles keep off it.",
    }),
    aesthetic: optionalPath({
      defaultValue: null,
      description:
        "An .onnx network that gives one number for how pleasing a picture is, from the schedule's folder. It sees 224 pixels in CLIP's colors, unless preprocessor_config.json beside it says otherwise.",
    }),
    references: optionalPath({
      defaultValue: null,
      description:
        "A folder of pictures, such as a training set or the thumbnails of others, from the schedule's folder. Stills that are near-copies of one are told as warnings and shown in copies-sheet.jpg.",
    }),
    safe_zone: safeZone,
    preview: toggle({
      defaultValue: false,
      description:
        "Beside each still a picture of how it will look in lists: with the badge, the safe zone and at 120 pixels.",
    }),
  })
  .prefault({})
  .describe("The stills picked from the finished frames.");
