/** Every setting once: its unit, range, default and description. Names and meanings are Deforum's where Deforum has one. */

import { z } from "zod";

import { LIMITS } from "../limits.ts";
import { cameraSettings } from "./camera-schema.ts";
import { controlnet } from "./controlnet-schema.ts";
import { feedback, noise } from "./feedback-schema.ts";
import {
  choice,
  duration,
  number,
  optionalNumber,
  optionalPath,
  optionalSchedule,
  patternText,
  prompts,
  schedule,
  text,
  toggle,
  toggleOrDuration,
  wholeNumber,
} from "./fields.ts";
import { flow } from "./flow-schema.ts";
import { guided } from "./guided-schema.ts";
import { hybrid } from "./hybrid-schema.ts";
import { init } from "./init-schema.ts";
import { embeddings, loras } from "./lora-schema.ts";
import { mask } from "./mask-schema.ts";
import { modelSchedule } from "./model-field.ts";
import { motion } from "./motion-schema.ts";
import { thumbnails, video } from "./output-schema.ts";
import { samplerSchedule } from "./sampler-field.ts";
import { sampling } from "./sampling-schema.ts";
import { shots } from "./shots-field.ts";
import { optionalSize, size } from "./size.ts";

export type { ScheduleValue, SettingFact } from "./fields.ts";

export const settingsSchema = z.strictObject({
  name: patternText({
    pattern: /^[A-Za-z0-9][A-Za-z0-9 _.-]{0,99}$/,
    expects: "a name of at most 100 letters, digits, spaces and _ . - that starts with a letter or digit",
    defaultValue: "animation",
    description:
      "Name of the animation and of its folder under renders/; the name of the file when not given.",
  }),
  model: modelSchedule({
    defaultValue: "storybook",
    description:
      "An embedded model, a folder in the diffusers layout or a .safetensors checkpoint; or several over time, { 0: anime, 60: photo }, of one family.",
  }),
  vae: optionalPath({
    defaultValue: null,
    description:
      "A VAE in place of the model's own: a .safetensors file, a folder in the diffusers layout, a name in the vae folder, or TAESD, which is ten times as fast and a little coarser.",
  }),
  prediction: choice({
    choices: ["auto", "epsilon", "v_prediction", "flow"],
    defaultValue: "auto",
    description:
      "What the model predicts, noise (epsilon), velocity, or the velocity of flow matching; auto asks its files, and a checkpoint of which pictures come out as noise wants another.",
  }),
  flow_shift: optionalNumber({
    unit: "factor",
    range: [0.01, 100],
    defaultValue: null,
    description:
      "For models of flow matching: how far their noise levels are moved toward noise, more for larger pictures. Not given, the model's own scheduler says so, else 1.",
  }),
  size: size({
    defaultValue: "256x256",
    description: "Width and height of the picture, each a multiple of 8.",
  }),
  fps: number({
    unit: "frames per second",
    range: [1, LIMITS.settings.fps],
    defaultValue: 15,
    description: "Speed of the video; also what a second in a schedule means.",
  }),
  frames: wholeNumber({
    unit: "frames",
    range: [1, LIMITS.settings.frames],
    defaultValue: 120,
    description: "Length of the animation.",
  }),
  bpm: optionalNumber({
    unit: "beats per minute",
    range: [1, 1000],
    defaultValue: null,
    description: "Tempo of the music; needed when schedules have keys in beats such as 4b.",
  }),
  seed: wholeNumber({
    range: [-1, Number.MAX_SAFE_INTEGER],
    defaultValue: -1,
    description:
      "Start of all random numbers: the same seed gives the same pictures. -1 draws one at the start and records it.",
  }),
  seed_behavior: choice({
    choices: ["iter", "fixed", "random", "ladder", "alternate", "schedule"],
    defaultValue: "iter",
    description:
      "How the seed goes on from one diffused frame to the next: iter +1; fixed stays; random jumps; ladder +2, -1; alternate +1, -1; schedule follows seed_schedule.",
  }),
  seed_iter_n: wholeNumber({
    unit: "diffused frames",
    range: [1, 100_000],
    defaultValue: 1,
    description: "With seed_behavior iter: diffused frames per step of the seed.",
  }),
  seed_schedule: schedule({
    range: [-1, Number.MAX_SAFE_INTEGER],
    whole: true,
    defaultValue: '0:(s), 1:(-1), "max_f-2":(-1), "max_f-1":(s)',
    description: "With seed_behavior schedule: the seed of each frame; -1 derives one from seed and frame.",
  }),
  subseed: schedule({
    range: [-1, Number.MAX_SAFE_INTEGER],
    whole: true,
    defaultValue: 1,
    description:
      "Seed of a second noise that each frame's noise is turned towards by subseed_strength; -1 derives one from seed and frame.",
  }),
  subseed_strength: schedule({
    unit: "share",
    range: [0, 1],
    defaultValue: 0,
    description:
      "How far the noise is turned towards that of subseed: small values vary a picture, a slow rise from 0 to 1 goes over into another one.",
  }),
  seed_resize_from: optionalSize({
    description:
      "Size at which the noise is drawn, put into the middle of the picture: keeps what a seed shows at another size. None draws it at the picture's own.",
  }),
  sampler: samplerSchedule({
    defaultValue: "euler_a",
    description:
      "How the model walks from noise to picture; the names of other programs are understood too, such as DPM++ 2M Karras.",
  }),
  steps: schedule({
    unit: "steps",
    range: [1, LIMITS.settings.steps],
    whole: true,
    defaultValue: 25,
    description:
      "Sampler steps for a picture from pure noise; with strength s about steps × (1 − s) are run.",
  }),
  guidance_scale: schedule({
    unit: "factor",
    range: [0, 100],
    defaultValue: 7,
    description:
      "How strictly the picture follows the prompt; 1 switches guidance (and the negative prompt) off and halves the time.",
  }),
  guidance_rescale: schedule({
    unit: "share",
    range: [0, 1],
    defaultValue: 0,
    description:
      "How much of the contrast that guidance adds is taken back: 0.7 helps v-prediction models, which a high guidance_scale burns out.",
  }),
  sampling,
  image_guidance_scale: schedule({
    unit: "factor",
    range: [0, 100],
    defaultValue: 1.5,
    description:
      "With instruct-pix2pix models: how strictly the picture follows the previous frame, beside guidance_scale for the instruction.",
  }),
  strength: schedule({
    unit: "share",
    range: [0, 1],
    defaultValue: 0.65,
    description: "How much of the previous frame is kept; denoising is 1 − strength.",
  }),
  cadence: wholeNumber({
    unit: "frames",
    range: [1, 50],
    defaultValue: 1,
    description:
      "The model draws every n-th frame; those between are moved and blended, which is n times as fast and calmer.",
  }),
  keyframe_distribution: choice({
    choices: ["off", "keyframes_only", "additive", "redistributed"],
    defaultValue: "off",
    description:
      "Which frames the model draws: off draws every cadence-th; keyframes_only those at which a prompt has its key, whatever the cadence; additive both; redistributed as many as the cadence, moved to the keys. Frames between are moved and blended. See docs/guides/cadence.md.",
  }),
  keyframe_strength: optionalSchedule({
    unit: "share",
    range: [0, 1],
    description:
      "Strength of the frames at which a prompt gives way to another: less lets the new one come through at once. Not given, it is that of the others.",
  }),
  mode: choice({
    choices: ["2d", "3d", "interpolation", "video"],
    defaultValue: "3d",
    description:
      "2d moves the picture as a sheet (angle, zoom, translation); 3d flies a camera (translation, rotation, field of view); interpolation draws each frame from nothing while one prompt becomes the next; video draws frame n over picture n of init.video.",
  }),
  deforum_exact: toggle({
    defaultValue: false,
    description:
      "Animates as Deforum does to the level, its defects included: moves and colors in whole 8-bit levels, its own grain, contrast that wraps, no last block of a cadence. For schedules made there; animate import sets it.",
  }),
  last_block: choice({
    choices: ["auto", "write", "omit"],
    defaultValue: "auto",
    description:
      "With cadence above 1, the frames from the last drawn one on: Deforum never writes them, so 9 frames at cadence 3 give 6. auto writes them unless deforum_exact is on.",
  }),
  prompts: prompts({
    description:
      "What the pictures show: one text, or a mapping of frames to texts. Keys may be frames (30), times (2s, 4b) or expressions (max_f/2).",
  }),
  positive_prompt: text({
    defaultValue: "",
    description:
      "Stands before every prompt: the style, written once. It may hold weights, formulas and tags such as <lora:name:0.8>.",
  }),
  negative_prompt: text({ defaultValue: "", description: "What the pictures shall not show." }),
  prompt_transition: duration({
    defaultValue: 0,
    description:
      "How long a prompt takes to blend into the next one, starting at its key; 0 switches at once, as Deforum does.",
  }),
  reverse: toggle({
    defaultValue: false,
    description:
      "Renders backward, from the last frame to the first, each made from the one after it; the video plays forward. In flights forward, what is near then shrinks out of drawings instead of being blown up. Schedules and prompts keep their frames. See docs/guides/camera.md.",
  }),
  loop: toggleOrDuration({
    defaultValue: false,
    description:
      "For a video that repeats without a jump: at its end the camera comes back or flies on into the first frame, the first prompt comes back in, and the pictures are led to the first one. true takes a quarter of the video for that, one to three seconds; a time such as 2s takes as long. See docs/guides/loops.md.",
  }),
  shots: shots({
    description:
      "Frames at which a new shot begins, [0, 120, 240]: it is drawn from nothing, as the first frame is, and knows nothing of the shot before, so that an edit in one leaves the others alone and --jobs renders several at once. cuts begins one at every drawn frame of which the strength is 0. See docs/guides/resume.md.",
  }),
  clip_skip: schedule({
    unit: "layers",
    range: [0, 4],
    whole: true,
    defaultValue: 0,
    description:
      "Last layers of the text encoder to leave out; what other programs call clip skip 2 is 1 here.",
  }),
  init,
  ...cameraSettings,
  motion,
  noise,
  feedback,
  flow,
  hybrid,
  guided,
  loras,
  embeddings,
  controlnet,
  mask,
  video,
  thumbnails,
  device: choice({
    choices: ["auto", "cpu", "cuda", "webgpu"],
    defaultValue: "auto",
    description:
      "Where the model runs; auto takes CUDA when it can be used, else the processor. What is asked for is used, or the render ends with the reason.",
  }),
  low_memory: toggle({
    defaultValue: false,
    description:
      "Uses the weights where they lie in their file instead of copies in memory: loads at once and needs far less memory, and computes more slowly. Differs in the last bits, so frames are not shared with renders without it.",
  }),
  loaded_models: wholeNumber({
    unit: "models",
    range: [1, 16],
    defaultValue: 1,
    description:
      "With several models over time: how many stay in memory. 1 needs no more than one model alone and loads anew at each change; more make going back and forth fast.",
  }),
  precision: choice({
    choices: ["auto", "fp32", "fp16", "int8"],
    defaultValue: "auto",
    description:
      "How exactly the model computes; auto is fp16 with CUDA and fp32 elsewhere. fp16 computes UNet and VAE in half precision, what leaves its range excepted: for graphics cards, slow on a processor. int8 rounds the UNet's linear layers to 8 bits, on the processor: less time per step, at the price of slightly other pictures. Frames of different precision are not shared.",
  }),
  vae_tiling: choice({
    choices: ["off", "auto", "on"],
    defaultValue: "off",
    description:
      "Encodes and decodes large pictures in overlapping tiles of 512 pixels, which saves memory and can shift tones a little: auto above one megapixel, on above one tile.",
  }),
  threads: wholeNumber({
    unit: "threads",
    range: [0, 256],
    defaultValue: 0,
    description: "Processor threads of the model; 0 uses all cores.",
  }),
});

type DeepReadonly<Value> = Value extends object
  ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
  : Value;

/** Complete, checked settings: no key is missing, none changes after loading. */
export type Settings = DeepReadonly<z.output<typeof settingsSchema>>;
