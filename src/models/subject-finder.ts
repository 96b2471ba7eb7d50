/** Finds the subject of a picture: a network for salient objects or for mattes, in an ONNX file of the user. */

import { z } from "zod";
import { ModelError, RenderError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { resizePlanes, toPlanes } from "../tensor/planes.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { openOnnxFile } from "./onnx-file.ts";
import type { OpenModelOptions } from "./open-model.ts";
import type { PictureNetworkInfo } from "./picture-networks.ts";
import { colorDeviations, colorMeans, IMAGENET, readPreprocessorConfig } from "./preprocessor-config.ts";
import { result } from "./session.ts";

/** All functions throw ModelError when the file does not fit, RenderError when the runtime fails. */
export interface SubjectFinder {
  readonly info: PictureNetworkInfo;
  /**
   * How surely each pixel belongs to the subject, 0–1, `height * width`.
   * @throws RenderError also where the network sees no subject
   */
  find(picture: ByteImage): Promise<Float32Array>;
  release(): Promise<void>;
}

/** U²-Net was trained at this size (Qin et al. 2020), on colors of ImageNet's statistics. */
const SIDE = 320;
/** A network whose surest pixel is no surer than this has found nothing. */
const LEAST_SURE = 0.1;
/** What numbers of a sigmoid may be off by in half precision. */
const SLACK = 0.01;

const side = z.int().min(32).max(2048);
/** What `preprocessor_config.json` of the hub says about such a network, with U²-Net's values for what it leaves out; the rest of it is of no use here. */
const schema = z.object({
  do_normalize: z.boolean().default(true),
  image_mean: colorMeans.default(IMAGENET.mean),
  image_std: colorDeviations.default(IMAGENET.deviation),
  size: z.object({ height: side, width: side }).optional(),
});

/**
 * Opens U²-Net, IS-Net, RMBG, BiRefNet and their kin: one picture `[1, 3, h, w]` in, a map `[1, 1, h, w]` as the first output, as likelihoods or
 * as logits. The picture is stretched to the network's size, and the map is stretched back, from its least to its largest value as their
 * authors do. Size and colors are those of `preprocessor_config.json` beside the file or one folder above it, else those of the file and of
 * U²-Net.
 *
 * @throws ModelError when the file takes or gives something else
 */
export async function openSubjectFinder(
  path: string,
  options: OpenModelOptions = {},
): Promise<SubjectFinder> {
  const file = await openOnnxFile("subject network", path, options);
  const { size, mean, deviation } = await readPreprocessing(path);
  const [width, height] = [file.width ?? size?.width ?? SIDE, file.height ?? size?.height ?? SIDE];
  return {
    info: { name: file.name, hash: file.hash },
    async find(picture) {
      const planes = resizePlanes(toPlanes(picture, mean, deviation), height, width);
      const results = await file.session.run({ [file.input]: planes });
      const map = spread(toLikelihoods(result(results, file.output), path), path);
      return resizePlanes(map, picture.height, picture.width).data;
    },
    release: () => file.session.release(),
  };
}

async function readPreprocessing(path: string) {
  const config = await readPreprocessorConfig(path, schema, {
    expected: "expected the preprocessing of a network that finds subjects",
    hint: "It may hold image_mean, image_std, do_normalize and size { height, width }; remove it to use those of U²-Net.",
  });
  const { do_normalize: normalizes, image_mean, image_std, size } = config?.said ?? schema.parse({});
  return { size, mean: normalizes ? image_mean : [0, 0, 0], deviation: normalizes ? image_std : [1, 1, 1] };
}

/** One map, `[1, 1, h, w]`; what leaves 0–1 is logits. */
function toLikelihoods({ dims, data }: Tensor, path: string): Tensor {
  const [height = 0, width = 0] = dims.slice(-2);
  if (dims.length < 2 || dims.slice(0, -2).some((count) => count !== 1)) {
    throw new ModelError(
      `expected a map [1, 1, height, width] as the first output, found [${dims.join(", ")}]`,
      {
        where: path,
        hint: "Give an ONNX export of U²-Net, IS-Net, RMBG or BiRefNet.",
      },
    );
  }
  const isLogits = data.some((value) => value < -SLACK || value > 1 + SLACK);
  const likely = isLogits ? data.map((logit) => 1 / (1 + Math.exp(-logit))) : data;
  return { dims: [1, 1, height, width], data: likely };
}

/** The least value becomes 0 and the largest 1. */
function spread({ dims, data }: Tensor, path: string): Tensor {
  let [least, most] = [Infinity, -Infinity];
  for (const value of data) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (most < LEAST_SURE) {
    throw new RenderError("the network sees no subject in the picture", {
      where: path,
      hint: "name the subject by words, or give a black and white picture of it",
    });
  }
  const range = most - least || 1;
  return { dims, data: data.map((value) => (value - least) / range) };
}
