/** Runs every network of a model once at its smallest size: whatever would stop a render shows here. */

import { ModelError, RenderError } from "../errors.ts";
import { normalNoise } from "../tensor/random.ts";
import { elementCount, tensor, type IntTensor, type Tensor } from "../tensor/tensor.ts";
import { pictureFactor } from "./controlnet-config.ts";
import type { ModelFiles, Networks } from "./model-files.ts";
import type { ControlNet } from "./open-controlnet.ts";
import type { ControlNetFiles } from "./read-controlnet.ts";
import type { ExportFiles } from "./read-export.ts";
import type { DiffusionModel, TextEmbedding } from "./model.ts";
import { vaeFactor } from "./vae-config.ts";

/** In the middle of the 1000 that models are trained with. */
const TIMESTEP = 500;
/** CLIP's. */
const TEXT_POSITIONS = 77;
/** For models that take it as an input. */
const GUIDANCE_SCALE = 7.5;
/** Any number; the pictures are only looked at for being numbers. */
const SEED = 1;

/** A network that ran and gave finite numbers. */
export interface RunReport {
  readonly network: string;
  /** Wall time with building and loading. */
  readonly seconds: number;
}

/** Side of the smallest picture in which every level of the UNet sees whole cells, in pixels: 64 for SD 1.5. */
export function smallestSide({ unet, vae }: Pick<Networks, "unet" | "vae"> | ExportFiles): number {
  return vaeFactor(vae.config) * 2 ** (unet.config.blocks.length - 1);
}

/**
 * Encodes an empty prompt, predicts the noise in noise, and takes noise through the VAE and back, reporting each network as it is done.
 *
 * @throws ModelError that names the file of the network that ONNX Runtime cannot run, or that gives no finite numbers
 */
export async function* runEveryNetwork(
  files: ModelFiles | ExportFiles,
  model: DiffusionModel,
): AsyncGenerator<RunReport, void> {
  const { textEncoders, unet, vae } = files;
  const side = smallestSide(files);
  const cells = side / model.info.vaeFactor;
  const states: TextEmbedding[] = [];
  for (const [encoder, { weights }] of textEncoders.entries()) {
    const name = encoder === 0 ? "text encoder" : `text encoder ${encoder + 1}`;
    yield await runNetwork(name, weights.file, async () => {
      states.push(await model.encodeText(emptyPrompt(model, encoder), 0, encoder));
    });
  }
  yield await runNetwork("UNet", unet.weights.file, async () => {
    const input = noise([1, model.info.inputChannels, cells, cells]);
    await model.predict(input, TIMESTEP, sideBySide(states), { guidanceScale: GUIDANCE_SCALE });
  });
  yield* runBothWays(vae.weights.file, model, side);
}

/**
 * Takes noise through a VAE and back.
 *
 * @param side of the picture, pixels
 * @throws ModelError as {@link runEveryNetwork}
 */
export async function* runBothWays(
  file: string,
  vae: Pick<DiffusionModel, "encodeImage" | "decodeLatents">,
  side: number,
): AsyncGenerator<RunReport, void> {
  let latents: Tensor;
  yield await runNetwork("VAE encoder", file, async () => {
    latents = (await vae.encodeImage(noise([1, 3, side, side]))).mean;
  });
  yield await runNetwork("VAE decoder", file, async () => {
    await vae.decodeLatents(latents);
  });
}

/**
 * Shows a ControlNet noise and asks it once what it adds.
 *
 * @param side of the picture, pixels
 * @throws ModelError as {@link runEveryNetwork}
 */
export async function* runControlNet(
  { config, weights }: ControlNetFiles,
  network: ControlNet,
  side: number,
): AsyncGenerator<RunReport, void> {
  const { textWidth, added } = config.unet;
  const cells = side / pictureFactor(config);
  let hint: Tensor;
  yield await runNetwork("picture", weights.file, async () => {
    hint = await network.readPicture(noise([1, 3, side, side]));
  });
  yield await runNetwork("ControlNet", weights.file, async () => {
    const text = noise([1, TEXT_POSITIONS, textWidth]);
    const pooled = added && { pooled: noise([1, added.pooledWidth]) };
    await network.predict(
      noise([1, config.unet.inputChannels, cells, cells]),
      TIMESTEP,
      { ...text, ...pooled },
      hint,
      1,
    );
  });
}

/** @throws ModelError that names the file when the work fails while a network runs */
async function runNetwork(network: string, file: string, work: () => Promise<void>): Promise<RunReport> {
  const start = performance.now();
  try {
    await work();
  } catch (cause) {
    if (!(cause instanceof RenderError)) throw cause;
    throw new ModelError(cause.message, {
      where: file,
      ...(cause.hint !== undefined && { hint: cause.hint }),
      cause,
    });
  }
  return { network, seconds: (performance.now() - start) / 1000 };
}

/** The states of all encoders in one row for each position. */
function sideBySide(states: readonly TextEmbedding[]): TextEmbedding {
  const positions = states[0]!.dims[1]!;
  const rows = Array.from({ length: positions }, (_, row) =>
    states.flatMap(({ dims, data }) => [...data.subarray(row * dims[2]!, (row + 1) * dims[2]!)]),
  ).flat();
  const pooled = states.at(-1)!.pooled;
  const embedding = tensor([1, positions, rows.length / positions], Float32Array.from(rows));
  return pooled ? { ...embedding, pooled } : embedding;
}

function emptyPrompt({ info, tokenizer }: DiffusionModel, encoder: number): IntTensor {
  const ids = [tokenizer.beginToken, tokenizer.endToken];
  const padToken = info.textEncoders[encoder]!.padToken;
  const padded = Array.from({ length: info.textPositions }, (_, i) => BigInt(ids[i] ?? padToken));
  return tensor([1, info.textPositions], BigInt64Array.from(padded));
}

function noise(dims: readonly number[]): Tensor {
  return tensor(dims, normalNoise(SEED, "check", elementCount(dims)));
}
