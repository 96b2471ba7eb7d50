/** The settings of one ControlNet, an item of the list `controlnet`. */

import { z } from "zod";

import { LIMITS } from "../limits.ts";
import { choice, list, patternText, schedule } from "./fields.ts";

/** Ways from an input picture to what a ControlNet is shown; `depth` asks the depth network of `motion.depth`. */
export const BUILT_IN_PREPROCESSORS = ["none", "canny", "flow_edges", "luminance", "tile", "depth"] as const;

const unit = z.strictObject({
  model: patternText({
    pattern: /\S/,
    expects: "the name or path of a ControlNet",
    // Checked after the shape: an item with a mistake elsewhere is then still one item.
    defaultValue: "",
    description:
      "A ControlNet by name, a folder in the diffusers layout or a .safetensors file; it has to be of the model's family.",
  }),
  input: patternText({
    pattern: /\S/,
    expects: "`previous`, or the path of a video, of a folder of pictures or of one picture",
    defaultValue: "previous",
    description:
      "Where its pictures come from: a video, a folder with a picture per frame, one picture for all frames, or previous, which is the frame before as the model gets it.",
  }),
  preprocessor: patternText({
    pattern: new RegExp(`^(${BUILT_IN_PREPROCESSORS.join("|")})$|\\.onnx$`),
    expects: `one of ${BUILT_IN_PREPROCESSORS.join(", ")}, or the path of an .onnx file`,
    defaultValue: "none",
    description:
      "What is made of a picture before the ControlNet sees it: canny for edges, flow_edges for the outlines of what moves in a video, luminance for gray values, tile for a coarse copy, depth for how near things are (by the network of motion.depth), none for the picture itself, or a network as an .onnx file (picture in, picture out).",
  }),
  control_mode: choice({
    choices: ["balanced", "prompt", "control"],
    defaultValue: "balanced",
    description:
      "Whose word counts more: balanced is as trained; prompt weakens the ControlNet in the finer layers; control does so too, and leaves the negative prompt without it, so that the picture is followed even with an empty prompt (guess mode).",
  }),
  weight: schedule({
    unit: "factor",
    range: [0, 2],
    defaultValue: 1,
    description: "How strongly the picture follows; at 0 the ControlNet is not run.",
  }),
  start: schedule({
    unit: "share of the steps",
    range: [0, 1],
    defaultValue: 0,
    description: "From which part of the steps on the ControlNet acts.",
  }),
  end: schedule({
    unit: "share of the steps",
    range: [0, 1],
    defaultValue: 1,
    description:
      "Up to which part of the steps it acts; below 1 it costs less, and the model finishes by itself.",
  }),
  low_threshold: schedule({
    unit: "gray levels",
    range: [0, 2040],
    defaultValue: 100,
    description:
      "With preprocessors canny and flow_edges: change of brightness from which a point that touches an edge belongs to it.",
  }),
  high_threshold: schedule({
    unit: "gray levels",
    range: [0, 2040],
    defaultValue: 200,
    description: "With preprocessors canny and flow_edges: change of brightness from which an edge begins.",
  }),
  blur: schedule({
    unit: "pixels",
    range: [0, 40],
    defaultValue: 0,
    description:
      "With preprocessors canny and flow_edges: deviation of the Gaussian blur before edges are looked for; 1 to 2 for noisy videos.",
  }),
  downsample: schedule({
    unit: "factor",
    range: [1, 32],
    defaultValue: 4,
    description: "With preprocessor tile: how much coarser than the picture.",
  }),
});

export const controlnet = list(unit, {
  max: LIMITS.settings.controlNets,
  expects: `a list of at most ${LIMITS.settings.controlNets} ControlNets, each with its model`,
  description:
    "ControlNets: networks that make the picture follow the edges, depth or gray values of another.",
});
