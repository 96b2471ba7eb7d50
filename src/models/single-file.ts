/** Reads a Stable Diffusion 1.x checkpoint in one `.safetensors` file, the layout of the first release and of model sites. */

import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ModelError } from "../errors.ts";
import { requireSd1 } from "./checkpoint-kind.ts";
import { inferTextEncoderConfig, inferUnetConfig, inferVaeConfig } from "./ldm-configs.ts";
import { LDM_TEXT_ENCODER, LDM_UNET, LDM_VAE, ldmTextNames, ldmUnetNames, ldmVaeNames } from "./ldm-names.ts";
import { checkNetworks, type ModelFiles, type Networks } from "./model-files.ts";
import { hashFile, hashModel } from "./model-hash.ts";
import { sd1NoiseSchedule } from "./noise-schedule.ts";
import { readSafetensors, type SafetensorsFile } from "./safetensors.ts";
import { WITHOUT_TEXT_MODEL } from "./text-encoder.ts";
import { openTokenizer } from "./tokenizer.ts";
import { weightsIn } from "./weights.ts";

/** Comes with the package; the path is the same from `src/models/` and from `dist/models/`. */
const CLIP_TOKENIZER = fileURLToPath(new URL("../../presets/tokenizers/clip/", import.meta.url));
/** Tokens of CLIP, which all SD 1.x checkpoints have. */
const CLIP_VOCABULARY = 49_408;

const INCOMPLETE =
  "The checkpoint is incomplete or was changed by another program; download it again and compare its sha256.";

/**
 * Reads a checkpoint. Its weights stay where they are; other tensors in it (moving averages, noise tables) are left alone.
 *
 * Noise levels are those of SD 1.x. The empty tensors `v_pred` and `ztsnr`, by which fine-tunes tell that they predict velocity or were
 * trained to zero terminal signal (ComfyUI's convention), are heeded.
 *
 * @returns the model; its hash is the sha256 of the file, as model sites print it, unless it brings a tokenizer of its own
 * @throws ModelError that says what the file is when it is no SD 1.x checkpoint, or what is missing or of another shape
 */
export async function readSingleFile(file: string): Promise<ModelFiles> {
  const stored = await readSafetensors(file);
  requireSd1(stored);
  const networks = findNetworks(file, stored);
  checkNetworks(networks);
  const { tokenizer, ownFiles } = await findTokenizer(file, networks.textEncoder.config.vocabulary);
  return {
    name: basename(file).replace(/\.safetensors$/i, ""),
    ...networks,
    tokenizer,
    schedule: sd1NoiseSchedule({
      velocity: stored.tensors.has("v_pred"),
      zeroSnr: stored.tensors.has("ztsnr"),
    }),
    hash: ownFiles.length === 0 ? await hashFile(file) : await hashModel(dirname(file), [file, ...ownFiles]),
  };
}

function findNetworks(file: string, stored: SafetensorsFile): Networks {
  const unet = inferUnetConfig(stored);
  const vae = inferVaeConfig(stored);
  const textEncoder = inferTextEncoderConfig(stored);
  if (unet.textWidth !== textEncoder.width) {
    const message = `the UNet attends to text of width ${unet.textWidth}, but the text encoder gives ${textEncoder.width}`;
    throw new ModelError(message, { where: file, hint: INCOMPLETE });
  }
  return {
    textEncoder: {
      config: textEncoder,
      weights: weightsIn(file, stored, {
        spellings: [ldmTextNames, (name) => ldmTextNames(WITHOUT_TEXT_MODEL(name))],
        // A table of 0 … 76, which some programs round to floats.
        includes: (name) => name.startsWith(LDM_TEXT_ENCODER) && !name.endsWith(".position_ids"),
        hint: INCOMPLETE,
      }),
    },
    unet: {
      config: unet,
      weights: weightsIn(file, stored, {
        spellings: [ldmUnetNames(unet)],
        includes: (name) => name.startsWith(LDM_UNET),
        hint: INCOMPLETE,
      }),
    },
    vae: {
      config: vae,
      weights: weightsIn(file, stored, {
        spellings: [ldmVaeNames(vae)],
        includes: (name) => name.startsWith(LDM_VAE),
        hint: INCOMPLETE,
      }),
    },
  };
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
