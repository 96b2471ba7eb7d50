/** Ready depth networks in ONNX files: MiDaS, DPT, Depth Anything and their kin. */

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { ModelError } from "../errors.ts";
import { resizePlanes, toPlanes } from "../tensor/planes.ts";
import { openOnnxFile } from "./onnx-file.ts";
import type { OpenModelOptions } from "./open-model.ts";
import type { DepthNetwork } from "./picture-networks.ts";

/** How a network wants its picture. */
interface Preprocessing {
  /** Longer side in pixels, where the network takes any. */
  readonly side: number;
  /** Both sides are multiples of it. */
  readonly multiple: number;
  /** Colors are (value − mean) / deviation, values 0–1. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** ImageNet's statistics, as MiDaS 2 and Depth Anything use them. */
const DEFAULTS: Preprocessing = {
  side: 384,
  multiple: 32,
  mean: [0.485, 0.456, 0.406],
  deviation: [0.229, 0.224, 0.225],
};

const color = z.array(z.number().min(-10).max(10)).length(3);
/** What `preprocessor_config.json` of transformers says about a depth model; the rest of it is of no use here. */
const schema = z.object({
  image_mean: color.default([...DEFAULTS.mean]),
  image_std: color.refine((values) => values.every((value) => value > 0)).default([...DEFAULTS.deviation]),
  size: z
    .object({ height: z.int().min(16).max(2048), width: z.int().min(16).max(2048) })
    .default({ height: DEFAULTS.side, width: DEFAULTS.side }),
  ensure_multiple_of: z.int().min(1).max(256).default(DEFAULTS.multiple),
});

/**
 * Opens an ONNX file that gives a depth map `[1, h, w]` or `[1, 1, h, w]` for a picture `[1, 3, h, w]`.
 *
 * The picture is resized (bilinear) to the sides that the file fixes, or else so that its longer side is `size` of a
 * `preprocessor_config.json` beside the file or one folder above it (where exports from the hub have it), 384 without one, both sides being
 * multiples of `ensure_multiple_of` (32). Colors are normalized by `image_mean` and `image_std`, ImageNet's without such a file. The map is
 * resized back.
 *
 * @throws ModelError when the file takes or gives something else
 */
export async function openOnnxDepth(path: string, options: OpenModelOptions): Promise<DepthNetwork> {
  const file = await openOnnxFile("depth network", path, options);
  const { side, multiple, mean, deviation } = await readPreprocessing(path);

  function fitted(size: number, longer: number): number {
    return Math.max(multiple, Math.round((size * side) / longer / multiple) * multiple);
  }

  return {
    info: { name: file.name, hash: file.hash, output: "relative" },
    async estimate(picture) {
      const longer = Math.max(picture.width, picture.height);
      const height = file.height ?? fitted(picture.height, longer);
      const width = file.width ?? fitted(picture.width, longer);
      const image = resizePlanes(toPlanes(picture, mean, deviation), height, width);
      const map = (await file.session.run({ [file.input]: image }))[file.output]!;
      const planes = map.dims.slice(0, -2);
      if (map.dims.length < 2 || planes.some((size) => size !== 1)) {
        throw new ModelError(`expected a depth map [1, height, width], found [${map.dims.join(", ")}]`, {
          where: path,
        });
      }
      return resizePlanes(map, picture.height, picture.width).data;
    },
    release: () => file.session.release(),
  };
}

async function readPreprocessing(path: string): Promise<Preprocessing> {
  for (const folder of [dirname(path), dirname(dirname(path))]) {
    const file = join(folder, "preprocessor_config.json");
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success) {
      throw new ModelError("expected the preprocessing of a depth model", {
        where: file,
        hint: "It may hold image_mean, image_std, size { height, width } and ensure_multiple_of; remove it to use the defaults.",
        cause: parsed.error,
      });
    }
    const { image_mean, image_std, size, ensure_multiple_of } = parsed.data;
    return {
      side: Math.max(size.height, size.width),
      multiple: ensure_multiple_of,
      mean: image_mean,
      deviation: image_std,
    };
  }
  return DEFAULTS;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
