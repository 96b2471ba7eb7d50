/** Opens a Stable Diffusion model: from a folder in the diffusers layout, or a single file, to running networks. */

import { withAddons, type Addons } from "./addons.ts";
import type { Device } from "./device.ts";
import { selectProvider } from "./select-provider.ts";
import { describeModel } from "./describe-model.ts";
import { createLoraDial } from "./lora-dial.ts";
import { int8Weights } from "./int8-linear.ts";
import type { ModelFiles } from "./model-files.ts";
import type { DiffusionModel, ModelInfo } from "./model.ts";
import { weightsFolder } from "./onnx-graph.ts";
import { chooseNoise } from "./noise-schedule.ts";
import { openExport } from "./open-export.ts";
import { textMemory } from "./open-text-projection.ts";
import { openTextEncoder } from "./open-text-encoder.ts";
import { openUnet } from "./open-unet.ts";
import { openVae } from "./open-vae.ts";
import { choosePrecision, fitsHalf, type Precision } from "./precision.ts";
import { isExport, readExport } from "./read-export.ts";
import { readModel, type ReadModelOptions } from "./read-model.ts";
import { foldsWeights, openSession, type LoadGraph } from "./session.ts";
import { tiledVae, type VaeTiling } from "./tiled-vae.ts";
import { vaeFactor } from "./vae-config.ts";

export interface OpenModelOptions extends Addons, ReadModelOptions {
  /** Default `auto`: CUDA if it is there, else the CPU. */
  readonly device?: Device;
  /** Threads of one run; 0, the default, takes all physical cores. */
  readonly threads?: number;
  /** See SessionOptions; default `all`. */
  readonly optimization?: "all" | "extended";
  /** See SessionOptions; default false. */
  readonly lowMemory?: boolean;
  /** See {@link choosePrecision}; default `auto`. */
  readonly precision?: "auto" | Precision;
  /** Whether large pictures are encoded and decoded in tiles, see {@link tiledVae}; default `off`. */
  readonly vaeTiling?: VaeTiling;
}

/**
 * Opens a model. Reads and checks every config, the tokenizer and the tables of all weights, and hashes all files; networks are loaded on
 * first use, one session per shape.
 *
 * @param path folder in the diffusers layout, folder of ONNX exports, or a `.safetensors` checkpoint; see `findModel` for names
 * @throws ModelError that names the file and the option or weight that is missing, unknown or of another shape
 * @throws RenderError when `device` is `cuda` and CUDA cannot be used
 */
export async function openModel(path: string, options: OpenModelOptions = {}): Promise<DiffusionModel> {
  if (await isExport(path)) {
    const files = await readExport(path);
    return await openExport({ ...files, schedule: chooseNoise(files.schedule, options) }, options);
  }
  return await openNetworks(await readModel(path, options), options);
}

/**
 * Makes the networks of a model that has been read runnable.
 *
 * @throws ModelError when a LoRA or embedding does not fit
 * @throws RenderError when `device` is `cuda` and CUDA cannot be used, or the precision is not to be had there
 */
export async function openNetworks(
  modelFiles: ModelFiles,
  options: OpenModelOptions = {},
): Promise<DiffusionModel> {
  const files = await withAddons(modelFiles, options);
  const loras = createLoraDial(options.loras?.map((lora) => lora.name) ?? []);
  const { device = "auto", vaeTiling = "off" } = options;
  const provider = await selectProvider(device);
  const precision = choosePrecision(options.precision ?? "auto", provider, options.lowMemory);
  const half = precision === "fp16";
  const int8 = precision === "int8" ? await int8Weights() : null;
  const load: LoadGraph = async (part, graph, weightsPath) => {
    const folder = weightsFolder(weightsPath);
    return loras.connect(await openSession(part, graph, folder, { ...options, provider }));
  };
  const textEncoders = files.textEncoders.map((encoder) => openTextEncoder(encoder, load));
  const factor = vaeFactor(files.vae.config);
  const memory = textMemory(provider, options.lowMemory, () => loras.unetState());
  const folds = foldsWeights({ ...options, provider });
  const unet = openUnet(files.unet, load, { factor, memory, int8, half, foldWeights: folds && !half });
  const halfVae = half && fitsHalf(files.vae.config, files.family);
  const vae = openVae(files.vae, load, { half: halfVae, foldWeights: folds && !halfVae });
  const tiled = tiledVae(vae, { tiling: vaeTiling, factor });
  return {
    info: {
      ...describeModel(files),
      ...(files.vaeHash !== undefined && { vaeHash: files.vaeHash }),
      parameters: countParameters(files),
      provider,
      precision,
    },
    tokenizer: files.tokenizer,
    setLoras: (weights) => loras.set(weights),
    textState: () => loras.textState(),
    encodeText(ids, clipSkip, encoder = 0) {
      const chosen = textEncoders[encoder];
      if (chosen === undefined) throw new RangeError(`there is no text encoder ${encoder}`);
      return chosen.encode(ids, clipSkip);
    },
    predict: unet.predict,
    residualDims: unet.residualDims,
    encodeImage: tiled.encodeImage,
    decodeLatents: tiled.decodeLatents,
    async release() {
      await Promise.all([...textEncoders, unet, vae].map((network) => network.release()));
    },
  };
}

function countParameters({ textEncoders, unet, vae }: ModelFiles): ModelInfo["parameters"] {
  return {
    textEncoder: textEncoders.reduce((sum, { weights }) => sum + weights.parameters, 0),
    unet: unet.weights.parameters,
    vae: vae.weights.parameters,
  };
}
