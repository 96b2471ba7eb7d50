/** Finds in a picture what words name: CLIPSeg in an ONNX file of the user. */

import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { ModelError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { resizePlanes, toPlanes } from "../tensor/planes.ts";
import { type IntTensor, tensor, type Tensor } from "../tensor/tensor.ts";
import { readGraphWeights } from "./graph-weights.ts";
import { hashGraph } from "./model-hash.ts";
import type { Tokenizer } from "./model.ts";
import type { OpenModelOptions } from "./open-model.ts";
import type { PictureNetworkInfo } from "./picture-networks.ts";
import { IMAGENET } from "./preprocessor-config.ts";
import { selectProvider } from "./select-provider.ts";
import { openSessionFile, type Port, result, type Session } from "./session.ts";
import { openTokenizer } from "./tokenizer.ts";

/** All functions throw ModelError when the file does not fit, RenderError when the runtime fails. */
export interface WordFinder {
  readonly info: PictureNetworkInfo;
  /** @returns how likely each pixel shows what the words name, 0–1, `height * width` */
  find(picture: ByteImage, words: string): Promise<Float32Array>;
  release(): Promise<void>;
}

/** CLIPSeg was trained at this size, on colors of ImageNet's statistics. */
const SIDE = 352;

/** It reads text as CLIP does. */
const CLIP_TOKENIZER = fileURLToPath(new URL("../../presets/tokenizers/clip/", import.meta.url));
const VOCABULARY = 49_408;
const POSITIONS = 77;

const PICTURE = "pixel_values";
const TEXT = "input_ids";
const TEXT_MASK = "attention_mask";

/**
 * Opens an ONNX export of CLIPSeg (Lüddecke and Ecker 2022), as Optimum makes it: `pixel_values` [1, 3, height, width], `input_ids` [1, n] and
 * perhaps `attention_mask` [1, n] → logits [1, h, w]. Sizes may be fixed in the file or free; the picture is stretched to them, as in
 * transformers' CLIPSegProcessor, and the result is stretched back.
 *
 * @throws ModelError when the file cannot be loaded or takes something else
 */
export async function openWordFinder(path: string, options: OpenModelOptions = {}): Promise<WordFinder> {
  const provider = await selectProvider(options.device ?? "auto");
  const session = await openSessionFile("text-mask network", path, { ...options, provider });
  const output = outputOf(session);
  if (output === undefined) {
    await session.release();
    throw new ModelError(
      `expected a network with the inputs ${PICTURE} and ${TEXT} and a float output, found ${session.inputNames.join(", ")}`,
      {
        where: path,
        hint: "Give an ONNX export of CLIPSeg, such as Optimum makes of CIDAS/clipseg-rd64-refined.",
      },
    );
  }
  const { tokenizer } = await openTokenizer(CLIP_TOKENIZER, VOCABULARY);
  const [, , height = SIDE, width = SIDE] = fixedSizes(session.inputs.get(PICTURE)!);
  const [, positions] = fixedSizes(session.inputs.get(TEXT)!);
  return {
    info: {
      name: basename(path).replace(/\.onnx$/i, ""),
      hash: await hashGraph(path, await readGraphWeights(path)),
    },
    async find(picture, words) {
      const { tokens, mask } = tokensOf(words, tokenizer, positions);
      const results = await session.run({
        [PICTURE]: resizePlanes(toPlanes(picture, IMAGENET.mean, IMAGENET.deviation), height, width),
        [TEXT]: tokens,
        ...(session.inputs.has(TEXT_MASK) && { [TEXT_MASK]: mask }),
      });
      const likely = likelihoods(result(results, output), path);
      return resizePlanes(likely, picture.height, picture.width).data;
    },
    release: () => session.release(),
  };
}

/** The output that counts; undefined for a network of another kind. */
function outputOf({ inputs, outputs }: Session): string | undefined {
  const known = new Set([PICTURE, TEXT, TEXT_MASK]);
  const takesAll =
    inputs.has(PICTURE) && inputs.has(TEXT) && [...inputs.keys()].every((name) => known.has(name));
  const output = outputs.has("logits") ? "logits" : [...outputs.keys()][0];
  return takesAll && output !== undefined && /^float(?:16|32)$/.test(outputs.get(output)!.type)
    ? output
    : undefined;
}

/** Undefined where the network takes any size. */
function fixedSizes({ dims }: Port): (number | undefined)[] {
  return dims.map((size) => (typeof size === "number" && size > 0 ? size : undefined));
}

/** @param positions of the network, if they are fixed; shorter texts are padded, longer ones cut */
function tokensOf(
  words: string,
  tokenizer: Tokenizer,
  positions: number | undefined,
): { readonly tokens: IntTensor; readonly mask: IntTensor } {
  const most = positions ?? POSITIONS;
  const text = [tokenizer.beginToken, ...tokenizer.encode(words).slice(0, most - 2), tokenizer.endToken];
  const length = positions ?? text.length;
  const tokens = BigInt64Array.from({ length }, (_, i) => BigInt(text[i] ?? tokenizer.padToken));
  const mask = BigInt64Array.from({ length }, (_, i) => (i < text.length ? 1n : 0n));
  return { tokens: tensor([1, length], tokens), mask: tensor([1, length], mask) };
}

/** Logits `[…, h, w]` of one picture and one text. */
function likelihoods({ dims, data }: Tensor, path: string): Tensor {
  if (dims.length < 2 || dims.slice(0, -2).some((count) => count !== 1)) {
    throw new ModelError(
      `expected logits [1, height, width] of the text-mask network, found [${dims.join(", ")}]`,
      {
        where: path,
      },
    );
  }
  return { dims, data: data.map((logit) => 1 / (1 + Math.exp(-logit))) };
}
