/** Says what a picture shows: a captioner in ONNX files of the user. */

import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { ModelError, RenderError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { ByteImage } from "../tensor/image.ts";
import { fromRgbBytes } from "../tensor/picture-file.ts";
import { toPlanes } from "../tensor/planes.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { searchCaption } from "./caption-search.ts";
import { readConfig, readJsonObject } from "./config.ts";
import { hashModel } from "./model-hash.ts";
import { describePorts, loadOnnx, type LoadedOnnx } from "./onnx-file.ts";
import type { OpenModelOptions } from "./open-model.ts";
import type { PictureNetworkInfo } from "./picture-networks.ts";
import { colorDeviations, colorMeans } from "./preprocessor-config.ts";
import { result } from "./session.ts";

/** All functions throw ModelError when the files do not fit, RenderError when the runtime fails. */
export interface Captioner {
  readonly info: PictureNetworkInfo;
  /** One line of text. @throws RenderError also when the network has nothing to say */
  describe(picture: ByteImage): Promise<string>;
  /** The same as tokens, without those that begin and end a text. */
  tokensOf(picture: ByteImage, beams?: number, longest?: number): Promise<readonly number[]>;
  release(): Promise<void>;
}

const PICTURE = "pixel_values";
const TEXT = "input_ids";
const TEXT_MASK = "attention_mask";
const SEEN = "encoder_hidden_states";
const SEEN_MASK = "encoder_attention_mask";
/** Tokens of a caption where nothing is said about it, and at most. */
const USUAL_LENGTH = 20;

const token = z.int().min(0);
const tokens = z.union([token, z.array(token).min(1)]).transform((value) => [value].flat()[0]!);
const searchSchema = z.object({
  decoder_start_token_id: token.nullish(),
  bos_token_id: token.nullish(),
  eos_token_id: tokens.nullish(),
  num_beams: z.int().min(1).max(LIMITS.onnx.captionBeams).nullish(),
  max_length: z.int().min(2).nullish(),
  max_new_tokens: z.int().min(1).nullish(),
});
const configSchema = searchSchema.extend({
  model_type: z.string().optional(),
  /** BLIP's decoder begins with a token of its own and ends with the separator. */
  text_config: z.object({ bos_token_id: token.nullish(), sep_token_id: token.nullish() }).optional(),
});
const preprocessingSchema = z.object({
  size: z.object({ height: z.int().min(8).max(2048), width: z.int().min(8).max(2048) }),
  image_mean: colorMeans.default([0.5, 0.5, 0.5]),
  image_std: colorDeviations.default([0.5, 0.5, 0.5]),
  /** Pillow's numbers: 3 is bicubic. */
  resample: z.int().default(2),
});

/**
 * Opens a folder with `encoder_model.onnx`, `decoder_model.onnx` (also in `onnx/`), `tokenizer.json`, `config.json` and
 * `preprocessor_config.json`, as Optimum writes them for vit-gpt2-image-captioning and its kin; exports of BLIP have the same names.
 * `generation_config.json` says how many beams there are and how long a caption may be; without it one beam and 20 tokens.
 *
 * Encoder: `pixel_values` [1, 3, h, w] → hidden states [1, n, width]; decoder: `input_ids` [b, t], `encoder_hidden_states` [b, n, width], masks of
 * both where it has them → `logits` [b, t, vocabulary].
 *
 * @throws ModelError when a file is missing, or takes or says something else
 */
export async function openCaptioner(path: string, options: OpenModelOptions = {}): Promise<Captioner> {
  const folder = resolve(path);
  const search = await readSearch(folder);
  const preprocessing = await readConfig(join(folder, "preprocessor_config.json"), preprocessingSchema);
  const words = await readTokenizer(folder);
  const encoder = await loadOnnx("captioner's encoder", onnxPath(folder, "encoder_model.onnx"), options);
  const decoder = await loadOnnx("captioner's decoder", onnxPath(folder, "decoder_model.onnx"), options);
  const [output] = encoder.session.outputs.keys();
  requirePorts(encoder, [PICTURE], [PICTURE], folder);
  requirePorts(decoder, [TEXT, SEEN], [TEXT, TEXT_MASK, SEEN, SEEN_MASK], folder);

  async function tokensOf(picture: ByteImage, beams = search.beams, longest = search.longest) {
    const pixels = await captionPixels(picture, preprocessing);
    const hidden = result(await encoder.session.run({ [PICTURE]: pixels }), output!);
    return await searchCaption((texts) => nextTokens(decoder, hidden, texts), { ...search, beams, longest });
  }
  return {
    info: {
      name: basename(folder),
      hash: await hashModel(folder, [...encoder.files, ...decoder.files, ...configFiles(folder)]),
    },
    tokensOf,
    async describe(picture) {
      const found = [...(await tokensOf(picture))];
      const text = found.length === 0 ? "" : words.decode(found, { skip_special_tokens: true });
      const line = text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
      if (line !== "") return line;
      throw new RenderError("the captioner has nothing to say of the picture", {
        where: folder,
        hint: "write its caption into a text file beside it",
      });
    },
    async release() {
      await encoder.session.release();
      await decoder.session.release();
    },
  };
}

/** Logits of the last place of each text. */
async function nextTokens(
  { session }: LoadedOnnx,
  hidden: Tensor,
  texts: readonly (readonly number[])[],
): Promise<Float32Array[]> {
  const [batch, length] = [texts.length, texts[0]!.length];
  const [, places = 0, width = 0] = hidden.dims;
  const seen = new Float32Array(batch * places * width);
  for (let i = 0; i < batch; i++) seen.set(hidden.data, i * places * width);
  const ones = (columns: number) => tensor([batch, columns], new BigInt64Array(batch * columns).fill(1n));
  const results = await session.run({
    [TEXT]: tensor([batch, length], BigInt64Array.from(texts.flat(), BigInt)),
    [SEEN]: tensor([batch, places, width], seen),
    ...(session.inputs.has(TEXT_MASK) && { [TEXT_MASK]: ones(length) }),
    ...(session.inputs.has(SEEN_MASK) && { [SEEN_MASK]: ones(places) }),
  });
  const { dims, data } = result(results, "logits");
  const vocabulary = dims[2] ?? 0;
  return texts.map((_, i) =>
    data.subarray((i * length + length - 1) * vocabulary, (i + 1) * length * vocabulary),
  );
}

/** The picture as the encoder gets it: stretched to its size, `[1, 3, height, width]`. */
export async function captionPixels(
  picture: ByteImage,
  { size, image_mean, image_std, resample }: z.output<typeof preprocessingSchema>,
): Promise<Tensor> {
  const { width, height } = size;
  const kernel = resample === 3 ? "cubic" : "linear";
  const resized = fromRgbBytes(picture).resize({ width, height, fit: "fill", kernel });
  const data = await resized.raw({ depth: "uchar" }).toBuffer();
  return toPlanes({ width, height, data: new Uint8Array(data) }, image_mean, image_std);
}

/** What begins and ends a text, and how it is looked for. */
async function readSearch(folder: string) {
  const config = await readConfig(join(folder, "config.json"), configSchema);
  const file = join(folder, "generation_config.json");
  const own = existsSync(file) ? await readConfig(file, searchSchema) : undefined;
  const blip = config.model_type === "blip" ? config.text_config : undefined;
  const start =
    blip?.bos_token_id ??
    own?.decoder_start_token_id ??
    config.decoder_start_token_id ??
    own?.bos_token_id ??
    config.bos_token_id;
  const end = blip?.sep_token_id ?? own?.eos_token_id ?? config.eos_token_id;
  if (typeof start !== "number" || typeof end !== "number") {
    throw new ModelError("expected decoder_start_token_id and eos_token_id, found none", {
      where: join(folder, "config.json"),
      hint: "Give the folder of an export of vit-gpt2-image-captioning or BLIP.",
    });
  }
  const longest = own?.max_new_tokens ?? (own?.max_length ? own.max_length - 1 : USUAL_LENGTH);
  return { start, end, beams: own?.num_beams ?? 1, longest: Math.min(longest, LIMITS.onnx.captionTokens) };
}

async function readTokenizer(folder: string): Promise<Tokenizer> {
  const file = join(folder, "tokenizer.json");
  const definition = await readJsonObject(file, LIMITS.model.tokenizerBytes);
  try {
    return new Tokenizer(definition, {});
  } catch (cause) {
    throw new ModelError(
      "expected a tokenizer in the format of the tokenizers library, found something else",
      {
        where: file,
        hint: "Save the tokenizer anew with transformers.",
        cause,
      },
    );
  }
}

function onnxPath(folder: string, name: string): string {
  const below = join(folder, "onnx", name);
  return existsSync(below) ? below : join(folder, name);
}

function configFiles(folder: string): string[] {
  const names = ["config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json"];
  return names.map((name) => join(folder, name)).filter((file) => existsSync(file));
}

function requirePorts(
  { session }: LoadedOnnx,
  needed: readonly string[],
  known: readonly string[],
  folder: string,
): void {
  const fits =
    needed.every((name) => session.inputs.has(name)) &&
    session.inputNames.every((name) => known.includes(name));
  if (fits) return;
  throw new ModelError(
    `expected a network with the inputs ${needed.join(", ")}, found ${describePorts(session.inputs)}`,
    {
      where: folder,
      hint: "Export without past key values, as Optimum does for decoder_model.onnx of the task image-to-text.",
    },
  );
}
