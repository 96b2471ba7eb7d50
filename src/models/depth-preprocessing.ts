/** How a depth network in an ONNX file wants its picture: its size and its colors. */

import { z } from "zod";
import type { Size } from "./layers.ts";
import type { PictureEntry } from "./picture-entry.ts";
import { colorDeviations, colorMeans, IMAGENET, readPreprocessorConfig } from "./preprocessor-config.ts";

export interface DepthPreprocessing {
  /** Where the network takes any size. */
  readonly size: FittingRule;
  /** Colors are (value − mean) / deviation, values 0–1. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** The file that says so; null = told by the network itself. */
  readonly file: string | null;
}

export interface FittingRule {
  /** Pixels. */
  readonly height: number;
  readonly width: number;
  /** Both sides become multiples of it. */
  readonly multiple: number;
  /**
   * `exact`: this size, whatever the picture's shape. `nearest`: the picture's shape, enlarged or reduced as little as one of the two sides
   * asks for (transformers). `longer`: the picture's shape, its longer side being the larger of the two.
   */
  readonly keeps: "exact" | "nearest" | "longer";
}

const NEUTRAL = { mean: [0, 0, 0], deviation: [1, 1, 1] };
/** As DPT and MiDaS 3 use them. */
const HALF = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] };
/** Patches of DINOv2, on which Depth Anything stands. */
const DINO_PATCH = 14;

const side = z.int().min(16).max(2048);
/** What `preprocessor_config.json` of transformers says about a depth model, with its defaults; the rest of it is of no use here. */
const schema = z.object({
  do_normalize: z.boolean().default(true),
  image_mean: colorMeans.default([...IMAGENET.mean]),
  image_std: colorDeviations.default([...IMAGENET.deviation]),
  size: z.union([z.object({ height: side, width: side }), side]).default(384),
  keep_aspect_ratio: z.boolean().default(false),
  ensure_multiple_of: z.int().min(1).max(256).default(1),
});

/**
 * What `preprocessor_config.json` beside the network or one folder above it says (where exports from the hub have it), or else what the
 * network looks like: patches of 14 pixels are Depth Anything's (longer side 518, ImageNet's colors), other patches DPT's (384, colors around
 * 0.5), no patches MiDaS' (384, ImageNet's colors); a network that normalizes by itself gets colors as they are.
 *
 * @param path of the ONNX file
 * @throws ModelError when the file is there and says something that cannot be done
 */
export async function readDepthPreprocessing(path: string, entry: PictureEntry): Promise<DepthPreprocessing> {
  const config = await readPreprocessorConfig(path, schema, {
    expected: "expected the preprocessing of a depth model",
    hint: "It may hold image_mean, image_std, do_normalize, size { height, width }, keep_aspect_ratio and ensure_multiple_of; remove it to use the defaults.",
  });
  if (config) {
    const { size, keep_aspect_ratio, ensure_multiple_of, do_normalize, image_mean, image_std } = config.said;
    const { height, width } = typeof size === "number" ? { height: size, width: size } : size;
    return {
      size: { height, width, multiple: ensure_multiple_of, keeps: keep_aspect_ratio ? "nearest" : "exact" },
      ...(do_normalize ? { mean: image_mean, deviation: image_std } : NEUTRAL),
      file: config.file,
    };
  }
  return { ...tellByEntry(entry), file: null };
}

function tellByEntry({ patch, normalizes }: PictureEntry): Omit<DepthPreprocessing, "file"> {
  const [longer, multiple] = patch === DINO_PATCH ? [518, DINO_PATCH] : [384, leastMultiple(patch ?? 1)];
  const usual = patch === null || patch === DINO_PATCH ? IMAGENET : HALF;
  const size = { height: longer, width: longer, multiple, keeps: "longer" } as const;
  return { size, ...(normalizes ? NEUTRAL : usual) };
}

/** Networks halve their picture five times; patches have to fit as well. */
function leastMultiple(patch: number): number {
  return 32 % patch === 0 ? 32 : patch;
}

/** The size that a picture gets on its way into the network. Source of `exact` and `nearest`: transformers' DPTImageProcessor (behavior). */
export function fittedSize(picture: Size, { height, width, multiple, keeps }: FittingRule): Size {
  let tall = height / picture.height;
  let wide = width / picture.width;
  if (keeps === "nearest") tall = wide = Math.abs(1 - wide) < Math.abs(1 - tall) ? wide : tall;
  if (keeps === "longer") tall = wide = Math.max(height, width) / Math.max(picture.height, picture.width);
  return {
    height: roundTo(multiple, tall * picture.height),
    width: roundTo(multiple, wide * picture.width),
  };
}

/** The nearest multiple, at least one; halves go to the even one, as in Python. */
function roundTo(multiple: number, value: number): number {
  const count = value / multiple;
  const below = Math.floor(count);
  const rounded = count - below === 0.5 ? below + (below % 2) : Math.round(count);
  return Math.max(1, rounded) * multiple;
}
