/** Opens the networks beside a diffusion model: from a folder with our own, or from a ready ONNX file. */

import { basename, join, resolve } from "node:path";
import type { ByteImage } from "../tensor/image.ts";
import { fromPlanes, toPlanes } from "../tensor/planes.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { buildDepthEstimator, readDepthEstimatorConfig } from "./depth-estimator.ts";
import type { Size } from "./layers.ts";
import { hashModel } from "./model-hash.ts";
import { openOnnxDepth } from "./onnx-depth.ts";
import { weightsFolder } from "./onnx-graph.ts";
import { openOnnxUpscaler } from "./onnx-upscaler.ts";
import type { OpenModelOptions } from "./open-model.ts";
import type { DepthNetwork, Upscaler } from "./picture-networks.ts";
import { enlargeInTiles } from "./picture-tiles.ts";
import { selectProvider } from "./select-provider.ts";
import { openSession, result } from "./session.ts";
import { sessionCache } from "./session-cache.ts";
import { buildUpscaler, readUpscalerConfig } from "./upscaler-graph.ts";
import { openWeights, type Weights } from "./weights.ts";

/**
 * Opens a depth network; see {@link openOnnxDepth} for ONNX files.
 *
 * @param path folder with `config.json` (`_class_name` DepthEstimator) and weights, or a `.onnx` file
 * @throws ModelError that names the file and the option or weight that is missing, unknown or of another shape
 * @throws RenderError when `device` is `cuda` and CUDA cannot be used
 */
export async function openDepthNetwork(path: string, options: OpenModelOptions = {}): Promise<DepthNetwork> {
  if (isOnnxFile(path)) return await openOnnxDepth(path, options);
  const config = await readDepthEstimatorConfig(join(path, "config.json"));
  const { name, hash, run, release } = await openFolder("depth network", path, options, (weights, size) =>
    buildDepthEstimator(config, weights, size),
  );
  return {
    info: { name, hash, output: "nearness" },
    estimate: async (picture) => (await run(toPlanes(picture), "nearness")).data,
    release,
  };
}

/** Longer side, in pixels, of what our upscaler takes in one piece: 40 channels of it are 170 MB. Tiles see further than the network does, 7 pixels. */
const LARGEST_WHOLE = 1024;

/**
 * Opens an upscaler; see {@link openOnnxUpscaler} for ONNX files.
 *
 * @param path folder with `config.json` (`_class_name` Upscaler) and weights, or a `.onnx` file
 * @throws like {@link openDepthNetwork}
 */
export async function openUpscaler(path: string, options: OpenModelOptions = {}): Promise<Upscaler> {
  if (isOnnxFile(path)) return await openOnnxUpscaler(path, options);
  const config = await readUpscalerConfig(join(path, "config.json"));
  const { name, hash, run, release } = await openFolder("upscaler", path, options, (weights, size) =>
    buildUpscaler(config, weights, size),
  );
  const once = async (piece: ByteImage) => fromPlanes(await run(toPlanes(piece), "enlarged"));
  return {
    info: { name, hash, scale: config.scale },
    async enlarge(picture) {
      const { width, height } = picture;
      if (width <= LARGEST_WHOLE && height <= LARGEST_WHOLE) return await once(picture);
      const tile = { width: Math.min(width, LARGEST_WHOLE), height: Math.min(height, LARGEST_WHOLE) };
      return await enlargeInTiles(picture, tile, { scale: config.scale, where: path }, once);
    },
    release,
  };
}

function isOnnxFile(path: string): boolean {
  return /\.onnx$/i.test(path);
}

interface OpenedFolder {
  readonly name: string;
  readonly hash: string;
  /** The output of that name for a picture `[1, 3, height, width]`. */
  readonly run: (image: Tensor, output: string) => Promise<Tensor>;
  readonly release: () => Promise<void>;
}

/** A network with one picture as its input, built anew for each size. */
async function openFolder(
  title: string,
  path: string,
  options: OpenModelOptions,
  build: (weights: Weights, size: Size) => Uint8Array,
): Promise<OpenedFolder> {
  const provider = await selectProvider(options.device ?? "auto");
  const weights = await openWeights(path, "diffusion_pytorch_model");
  // Built once and dropped: a missing weight is found now, not at the first frame.
  build(weights, { height: 8, width: 8 });
  const hash = await hashModel(path, [join(path, "config.json"), ...weights.files]);
  const sessions = sessionCache();

  return {
    name: basename(resolve(path)),
    hash,
    async run(image: Tensor, output: string): Promise<Tensor> {
      const [, , height = 0, width = 0] = image.dims;
      return await sessions.use(
        `${width}x${height}`,
        () =>
          openSession(title, build(weights, { height, width }), weightsFolder(weights.path), {
            ...options,
            provider,
          }),
        async (session) => result(await session.run({ image }), output),
      );
    },
    release: () => sessions.release(),
  };
}
