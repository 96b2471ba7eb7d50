/** Reads a Stable Diffusion checkpoint in one `.safetensors` file, the layout of the first release and of model sites. */

import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ModelError } from "../errors.ts";
import { recognizeFamily } from "./checkpoint-kind.ts";
import { findNetworks } from "./ldm-networks.ts";
import { checkNetworks, type ModelFiles } from "./model-files.ts";
import { hashFile, hashModel } from "./model-hash.ts";
import { stableDiffusionNoise } from "./noise-schedule.ts";
import { predictsVelocity } from "./prediction-kind.ts";
import { hashVae, readVae } from "./read-vae.ts";
import { readSafetensors } from "./safetensors.ts";
import { openTokenizer } from "./tokenizer.ts";

/** Comes with the package; the path is the same from `src/models/` and from `dist/models/`. */
const CLIP_TOKENIZER = fileURLToPath(new URL("../../presets/tokenizers/clip/", import.meta.url));
/** Tokens of CLIP, which OpenCLIP has as well. */
const CLIP_VOCABULARY = 49_408;

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
