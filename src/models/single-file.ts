/** Reads a Stable Diffusion checkpoint in one `.safetensors` file, the layout of the first release and of model sites. */

import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ModelError } from "../errors.ts";
import { recognizeFamily } from "./checkpoint-kind.ts";
import { inferUnetConfig, inferVaeConfig } from "./ldm-configs.ts";
import {
  LDM_TEXT_ENCODER,
  LDM_UNET,
  LDM_VAE,
  ldmTextNames,
  ldmUnetNames,
  ldmVaeNames,
  REFINER_TEXT_ENCODER,
  SD2_TEXT_ENCODER,
  SDXL_SECOND_TEXT_ENCODER,
  SDXL_TEXT_ENCODER,
} from "./ldm-names.ts";
import { inferClipConfig, inferOpenClipConfig } from "./ldm-text-configs.ts";
import { checkNetworks, type ModelFiles, type Networks, type TextEncoderFiles } from "./model-files.ts";
import type { Family } from "./model.ts";
import { hashFile, hashModel } from "./model-hash.ts";
import { stableDiffusionNoise } from "./noise-schedule.ts";
import { openClipNames, splitOpenClip } from "./open-clip-names.ts";
import { predictsVelocity } from "./prediction-kind.ts";
import { hashVae, readVae } from "./read-vae.ts";
import { readSafetensors, type SafetensorsFile } from "./safetensors.ts";
import { WITHOUT_TEXT_MODEL, type TextEncoderRole } from "./text-encoder.ts";
import { openTokenizer } from "./tokenizer.ts";
import { weightsIn } from "./weights.ts";

/** Comes with the package; the path is the same from `src/models/` and from `dist/models/`. */
const CLIP_TOKENIZER = fileURLToPath(new URL("../../presets/tokenizers/clip/", import.meta.url));
/** Tokens of CLIP, which OpenCLIP has as well. */
const CLIP_VOCABULARY = 49_408;

const INCOMPLETE =
  "The checkpoint is incomplete or was changed by another program; download it again and compare its sha256.";

/**
 * Reads a checkpoint. Its weights stay where they are; other tensors in it (moving averages, noise tables) are left alone.
 *
 * Noise levels are those that all families share. The empty tensor `ztsnr`, by which fine-tunes tell that they were trained to zero
 * terminal signal (ComfyUI's convention), is heeded; for noise or velocity see `predictsVelocity`.
 *
 * @param vae path of one that stands in for the model's own, see {@link readVae}; with it, the checkpoint needs none
 * @returns the model; its hash is the sha256 of the file, as model sites print it, unless it brings a tokenizer of its own
 * @throws ModelError that says what the file is when it is no checkpoint, or what is missing or of another shape
 */
export async function readSingleFile(file: string, vae?: string): Promise<ModelFiles> {
  const stored = await readSafetensors(file);
  const family = recognizeFamily(stored, vae !== undefined);
  const given = vae === undefined ? undefined : await readVae(vae, family);
  const networks = findNetworks(file, stored, family, given);
  checkNetworks(networks);
  const { tokenizer, ownFiles } = await findTokenizer(file, networks.textEncoders[0].config.vocabulary);
  return {
    name: basename(file).replace(/\.safetensors$/i, ""),
    family,
    // As SDXL base was trained; nothing in a file says so.
    zeroEmptyNegative: family === "sdxl",
    ...networks,
    tokenizer,
    schedule: stableDiffusionNoise({
      velocity: await predictsVelocity(file, stored, family),
      zeroSnr: stored.tensors.has("ztsnr"),
    }),
    hash: ownFiles.length === 0 ? await hashFile(file) : await hashModel(dirname(file), [file, ...ownFiles]),
    ...(given && { vaeHash: await hashVae(given) }),
  };
}

function findNetworks(
  file: string,
  stored: SafetensorsFile,
  family: Family,
  givenVae: Networks["vae"] | undefined,
): Networks {
  const textEncoders = findTextEncoders(file, stored, family);
  const pooledWidth = textEncoders.at(-1)!.config.pooledWidth;
  const unet = inferUnetConfig(stored, family, pooledWidth);
  const textWidth = textEncoders.reduce((sum, { config }) => sum + config.width, 0);
  if (unet.textWidth !== textWidth) {
    const message = `the UNet attends to text of width ${unet.textWidth}, but the text encoder gives ${textWidth}`;
    throw new ModelError(message, { where: file, hint: INCOMPLETE });
  }
  return {
    textEncoders,
    unet: {
      config: unet,
      weights: weightsIn(file, stored, {
        spellings: [ldmUnetNames(unet)],
        includes: (name) => name.startsWith(LDM_UNET),
        hint: INCOMPLETE,
      }),
    },
    vae: givenVae ? { config: givenVae.config, weights: givenVae.weights } : findVae(file, stored, family),
  };
}

function findVae(file: string, stored: SafetensorsFile, family: Family): Networks["vae"] {
  const config = inferVaeConfig(stored, family);
  const weights = weightsIn(file, stored, {
    spellings: [ldmVaeNames(config)],
    includes: (name) => name.startsWith(LDM_VAE),
    hint: INCOMPLETE,
  });
  return { config, weights };
}

/** A text encoder's place in a file, and what the family makes of it. */
interface TextEncoderPlace {
  readonly kind: "CLIP" | "OpenCLIP";
  readonly prefix: string;
  readonly role: TextEncoderRole;
}

const SOLE: TextEncoderRole = { state: "last", pooled: false };
const FIRST_OF_TWO: TextEncoderRole = { state: "penultimate", pooled: false };
const WITH_PROJECTION: TextEncoderRole = { state: "penultimate", pooled: true };

const TEXT_ENCODERS: Readonly<Record<Family, readonly [TextEncoderPlace, ...TextEncoderPlace[]]>> = {
  sd1: [{ kind: "CLIP", prefix: LDM_TEXT_ENCODER, role: SOLE }],
  sd2: [{ kind: "OpenCLIP", prefix: SD2_TEXT_ENCODER, role: SOLE }],
  sdxl: [
    { kind: "CLIP", prefix: SDXL_TEXT_ENCODER, role: FIRST_OF_TWO },
    { kind: "OpenCLIP", prefix: SDXL_SECOND_TEXT_ENCODER, role: WITH_PROJECTION },
  ],
  "sdxl-refiner": [{ kind: "OpenCLIP", prefix: REFINER_TEXT_ENCODER, role: WITH_PROJECTION }],
};

function findTextEncoders(file: string, stored: SafetensorsFile, family: Family): Networks["textEncoders"] {
  const [first, ...others] = TEXT_ENCODERS[family];
  return [find(first), ...others.map(find)];

  function find({ kind, prefix, role }: TextEncoderPlace): TextEncoderFiles {
    const clipNames = ldmTextNames(prefix);
    const isClip = kind === "CLIP";
    const config = (isClip ? inferClipConfig : inferOpenClipConfig)(stored, prefix, role);
    return {
      config,
      weights: weightsIn(file, isClip ? stored : splitOpenClip(stored, prefix), {
        spellings: isClip
          ? [clipNames, (name) => clipNames(WITHOUT_TEXT_MODEL(name))]
          : [openClipNames(prefix)],
        // A table of 0 … 76, which some programs round to floats.
        includes: (name) => name.startsWith(prefix) && !name.endsWith(".position_ids"),
        hint: INCOMPLETE,
      }),
      // CLIP was trained with its end token, the last of the vocabulary, as padding; OpenCLIP with 0.
      padToken: isClip ? config.endToken : 0,
    };
  }
}

/** CLIP's own tokenizer, or for another vocabulary the one in `tokenizer/` beside the file. */
async function findTokenizer(file: string, vocabulary: number) {
  if (vocabulary === CLIP_VOCABULARY) {
    return { tokenizer: (await openTokenizer(CLIP_TOKENIZER, vocabulary)).tokenizer, ownFiles: [] };
  }
  const folder = join(dirname(file), "tokenizer");
  const status = await stat(folder).catch(() => undefined);
  if (!status?.isDirectory()) {
    const message = `the text encoder knows ${vocabulary} tokens, expected CLIP's ${CLIP_VOCABULARY}`;
    throw new ModelError(message, {
      where: file,
      hint: "Put the model's tokenizer (vocab.json and merges.txt) into a folder `tokenizer` beside the file.",
    });
  }
  const { tokenizer, files } = await openTokenizer(folder, vocabulary);
  return { tokenizer, ownFiles: files };
}
