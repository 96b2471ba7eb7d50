/** What a single `.safetensors` file is, by the names and shapes of its tensors: the family of a checkpoint; any other kind is refused by its name. */

import { basename } from "node:path";
import { ModelError } from "../errors.ts";
import {
  LDM_TEXT_ENCODER,
  LDM_UNET,
  LDM_VAE,
  REFINER_TEXT_ENCODER,
  SD2_TEXT_ENCODER,
  SDXL_SECOND_TEXT_ENCODER,
  SDXL_TEXT_ENCODER,
} from "./ldm-names.ts";
import type { Family } from "./model.ts";
import type { SafetensorsFile } from "./safetensors.ts";

/** What there is to know about a file's names: whether one is there, begins so, or matches. */
interface Names {
  has(name: string): boolean;
  begins(prefix: string): boolean;
  match(pattern: RegExp): boolean;
  /** Size of an axis of a tensor; undefined when there is none. */
  size(name: string, axis: number): number | undefined;
}

/** A kind of file that is no whole checkpoint of a known family. */
interface Kind {
  readonly what: string;
  readonly hint: string;
  readonly test: (names: Names) => boolean;
}

const FIRST_CONVOLUTION = `${LDM_UNET}input_blocks.0.0.weight`;
/** Latents; latents, mask and masked picture (inpainting); latents and the picture to edit (instruct-pix2pix). */
const INPUT_CHANNELS: readonly number[] = [4, 9, 8];

const WORKS_TODAY =
  "This version renders Stable Diffusion 1.x, 2.x and SDXL: a whole checkpoint as one .safetensors file, or a folder in the diffusers layout.";
const BESIDE_A_MODEL = "and name a checkpoint as the model.";
const AS_LORA = `List it under \`loras:\` (docs/guides/lora.md), ${BESIDE_A_MODEL}`;
const AS_VAE = `Give it by \`vae:\` (docs/guides/models.md), ${BESIDE_A_MODEL}`;
const USE_FOLDER = `Give the folder that has \`model_index.json\`, not a file in it. ${WORKS_TODAY}`;

const WITHOUT_VAE = kind(
  "a checkpoint without VAE (`first_stage_model.*` is missing)",
  (names) => names.size(FIRST_CONVOLUTION, 1) !== undefined && !names.begins(LDM_VAE),
  'Give one by `vae`, or download the full version of the checkpoint, with VAE ("baked VAE").',
);

/** Tried in order, the telling ones first. */
const OTHER_KINDS: readonly Kind[] = [
  kind("a LoRA with LyCORIS layers, which changes a model and is none", (names) =>
    names.match(/\.(hada_w[12]_[ab]|lokr_w[12](_[ab])?|dora_scale|oft_blocks|oft_diag)$/),
  ),
  kind(
    "a LoRA, which changes a model and is none",
    (names) => names.match(/[._](lora_(up|down|mid|A|B)\b|lora\.(up|down)\.)/),
    AS_LORA,
  ),
  kind(
    "a ControlNet, which guides a model and is none",
    (names) =>
      ["control_model.", "zero_convs.", "input_hint_block.", "controlnet_"].some((prefix) =>
        names.begins(prefix),
      ),
    `List it under \`controlnet:\` (docs/guides/controlnet.md), ${BESIDE_A_MODEL}`,
  ),
  kind("a motion module of AnimateDiff", (names) => names.match(/\bmotion_modules\./)),
  kind("Stable Diffusion 3", (names) => names.match(/(^|\.)joint_blocks\.\d/)),
  kind("Flux", (names) => names.match(/(^|\.)(double_blocks|single_transformer_blocks)\.\d/)),
  kind("the transformer of a model such as Stable Diffusion 3 or Flux", (names) =>
    names.match(/^transformer_blocks\.\d/),
  ),
  kind("a T5 text encoder, as models such as Stable Diffusion 3 and Flux have it", (names) =>
    names.match(/^encoder\.block\.\d+\.layer\./),
  ),
  kind("Stable Video Diffusion", (names) => names.match(/\.time_stack\./)),
  kind(
    "a model with depth maps as input (5 input channels)",
    (names) => names.size(FIRST_CONVOLUTION, 1) === 5,
  ),
  kind(
    "a VAE alone",
    (names) =>
      ["", LDM_VAE].some((prefix) => names.has(`${prefix}decoder.conv_in.weight`)) && !names.begins(LDM_UNET),
    AS_VAE,
  ),
  kind(
    "a small VAE for previews (TAESD)",
    (names) => names.match(/^(decoder\.(layers\.)?\d+\.|\d+\.conv\.0\.)/),
    AS_VAE,
  ),
  kind(
    "the UNet of a model in the diffusers layout",
    (names) => names.has("conv_in.weight") && names.begins("down_blocks."),
    USE_FOLDER,
  ),
  kind(
    "a text encoder alone",
    (names) =>
      names.match(/^(text_model|encoder\.layers|transformer\.resblocks)\./) && !names.begins(LDM_UNET),
    USE_FOLDER,
  ),
  kind(
    "a textual inversion embedding, which adds a word to a model and is none",
    (names) => ["emb_params", "clip_l", "clip_g", "string_to_param"].some((name) => names.has(name)),
    `Put it into a folder \`embeddings\` and write its name into a prompt (docs/guides/lora.md), ${BESIDE_A_MODEL}`,
  ),
  kind(
    "a UNet alone: the text encoder (`cond_stage_model.*` or `conditioner.*`) is missing",
    (names) => names.size(FIRST_CONVOLUTION, 1) !== undefined && familyOf(names) === undefined,
    "Download the full version of the checkpoint, with text encoder and VAE.",
  ),
  WITHOUT_VAE,
];

function kind(what: string, test: Kind["test"], hint = WORKS_TODAY): Kind {
  return { what, hint, test };
}

/** By the text encoders, which differ in kind. */
function familyOf(names: Names): Family | undefined {
  if (names.begins(LDM_TEXT_ENCODER)) return "sd1";
  if (names.begins(SD2_TEXT_ENCODER)) return "sd2";
  if (names.begins(SDXL_SECOND_TEXT_ENCODER) && names.begins(SDXL_TEXT_ENCODER)) return "sdxl";
  return names.begins(REFINER_TEXT_ENCODER) ? "sdxl-refiner" : undefined;
}

/**
 * The family of a checkpoint.
 *
 * @param vaeGiven whether another VAE is used, so that the checkpoint needs none
 * @throws ModelError that says what the file is when it is none, and what works
 */
export function recognizeFamily(file: SafetensorsFile, vaeGiven = false): Family {
  const names = namesOf(file);
  const other = OTHER_KINDS.find(
    (candidate) => candidate.test(names) && !(vaeGiven && candidate === WITHOUT_VAE),
  );
  const found = basename(file.path);
  if (other !== undefined) {
    throw new ModelError(`\`${found}\` is ${other.what}`, { where: file.path, hint: other.hint });
  }
  const channels = names.size(FIRST_CONVOLUTION, 1);
  const family = familyOf(names);
  if (channels === undefined || !INPUT_CHANNELS.includes(channels) || family === undefined) {
    const examples = [...file.tensors.keys()].slice(0, 3).map((name) => `\`${name}\``);
    const message =
      channels === undefined || family === undefined
        ? `\`${found}\` is no checkpoint that is known here: ${file.tensors.size} ${file.tensors.size === 1 ? "tensor" : "tensors"}${examples.length === 0 ? "" : ` such as ${examples.join(", ")}`}`
        : `\`${found}\` has a UNet with ${channels} input channels, expected ${INPUT_CHANNELS.join(", ")}`;
    throw new ModelError(message, { where: file.path, hint: WORKS_TODAY });
  }
  return family;
}

function namesOf({ tensors }: SafetensorsFile): Names {
  const names = [...tensors.keys()];
  return {
    has: (name) => tensors.has(name),
    begins: (prefix) => names.some((name) => name.startsWith(prefix)),
    match: (pattern) => names.some((name) => pattern.test(name)),
    size: (name, axis) => tensors.get(name)?.dims[axis],
  };
}
