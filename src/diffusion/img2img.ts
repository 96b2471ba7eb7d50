/** One picture: start picture and prompts in, new picture out. Encode, add noise, walk the noise levels, decode. */

import { RenderError } from "../errors.ts";
import type { DiffusionModel, LoraWeight } from "../models/model.ts";
import type { SamplingPlan, WeightedPrompt } from "../schedule/frame-plan.ts";
import type { RgbImage } from "../tensor/image.ts";
import { normalNoise } from "../tensor/random.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { type ControlUnit, createControl } from "./control.ts";
import { createGuidedDenoiser } from "./denoiser.ts";
import { toImageTensor, toRgbImage } from "./image-tensor.ts";
import { planWalk } from "./noise-walk.ts";
import { holdCells, widenWalk } from "./holes.ts";
import { withPictures } from "./picture-channels.ts";
import { promptSteps } from "./prompt-steps.ts";
import { requireFinite, requirePicture } from "./require-picture.ts";
import type { Denoise, SamplerStep } from "./samplers/sampler.ts";
import { requireFlowSampler } from "./samplers/flow-samplers.ts";
import { findSampler } from "./samplers/table.ts";
import { PLAIN_SAMPLING, samplerTuning } from "./samplers/tuning.ts";
import { drawStartNoise } from "./start-noise.ts";
import { conditionSteps } from "./step-conditioning.ts";
import { cutByStrength, cutFinely } from "./sigmas.ts";

/** As the authors of instruct-pix2pix recommend (Brooks et al. 2023, section 3.3). */
const DEFAULT_IMAGE_GUIDANCE_SCALE = 1.5;

export interface ImageRequest {
  /** Start picture, `width` × `height`; null for text-to-image. */
  readonly image: RgbImage | null;
  /** Pixels, a multiple of the model's vaeFactor. */
  readonly width: number;
  readonly height: number;
  /** At least one; shares sum to 1. They may hold AND and words that change over the steps. */
  readonly prompts: readonly WeightedPrompt[];
  readonly negativePrompt: string;
  /** A name of the sampler table, such as `dpmpp_2m_karras`. */
  readonly sampler: string;
  /** The sampler's finer settings; default: as its source has them. */
  readonly sampling?: SamplingPlan | undefined;
  /** Requested steps, a whole number ≥ 1; a start picture takes fewer, see {@link cutByStrength}. */
  readonly steps: number;
  /** Share of the start picture kept, 0–1; denoising = 1 − strength. Without a start picture it does not count. */
  readonly strength: number;
  /** 1 = the prompt alone: the negative prompt is not evaluated, and a step costs half. */
  readonly guidanceScale: number;
  /** Share of the contrast added by guidance that is taken back, 0–1; default 0. */
  readonly guidanceRescale?: number | undefined;
  /** For instruct-pix2pix: how strictly the picture follows the start picture. Default 1.5. */
  readonly imageGuidanceScale?: number | undefined;
  readonly seed: number;
  /** A second noise that the first is turned towards, and how far, 0–1; not given: not at all. */
  readonly variation?: { readonly seed: number; readonly strength: number } | undefined;
  /** Size at which noise is drawn, multiples of vaeFactor; see {@link drawStartNoise}. Not given: the picture's. */
  readonly noiseSize?: { readonly width: number; readonly height: number } | null | undefined;
  /** Factor on the noise that the start picture is mixed with, 1 = plain. */
  readonly noiseMultiplier: number;
  /** Layers of the text encoder left off at the end, 0 = none. */
  readonly clipSkip: number;
  /**
   * ControlNets that act on this picture. Not given: none, ever. In a render that has some, give an empty list for a picture without, so
   * that one UNet stays loaded.
   */
  readonly controls?: readonly ControlUnit[] | undefined;
  /** Weights of the LoRAs that the model was opened with; those not named are 0. */
  readonly loras?: readonly LoraWeight[] | undefined;
  /** Where the start picture may change; not given: everywhere. See renderMasked, which also puts the kept pixels back. */
  readonly mask?: LatentMask | undefined;
  /**
   * How freely each cell of the latent is drawn over the start picture: 0 (default) by `strength`, 1 from noise alone;
   * `height/vaeFactor * width/vaeFactor` long. The walk takes more steps for it.
   */
  readonly freedom?: Float32Array | undefined;
  /** Looked at before every stage and step; the promise is rejected with its reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: SamplerStep) => void) | undefined;
  /** Called after each network evaluation, from 1; samplers of second order have about two per step. */
  readonly onEvaluation?: ((done: number, total: number) => void) | undefined;
  /** Where noise comes from; default: {@link normalNoise} of the seed. Same request and noise, same picture. */
  readonly noise?: NoiseSource | undefined;
}

/** A mask on the latent. */
export interface LatentMask {
  /** 1 where a cell may change, else 0; `height/vaeFactor * width/vaeFactor` long. */
  readonly cells: Uint8Array;
  /** What the other cells keep; the start picture may differ from it where cells may change. */
  readonly keep: RgbImage;
  /** What the cells that may change start from: the start picture, noise alone, or nothing; the sampler's noise comes on top. */
  readonly start: "picture" | "noise" | "nothing";
}

/**
 * @param purpose `latent` for the noise to start from, `step 0`, `step 1` … for that which samplers add, `step 0 midpoint` … for that of
 *   half steps, `mask` for what a mask's fill `noise` starts from
 * @returns standard normal numbers
 */
export type NoiseSource = (purpose: string, count: number) => Float32Array;

export interface RenderedImage {
  /** Clamped to 0–1, not quantized. */
  readonly image: RgbImage;
  /** Network evaluations of the walk. */
  readonly evaluations: number;
  /** Wall time; `encode` holds the prompts and the start picture. */
  readonly seconds: { readonly encode: number; readonly denoise: number; readonly decode: number };
}

/**
 * Renders one picture.
 *
 * The start latent is the mean of the VAE's posterior, not a sample as in the web UI: the spread is far below the noise added on top, and
 * an animation that feeds its pictures back would collect it as flicker.
 *
 * @throws RenderError when the size does not fit, or a stage gives no picture (NaN, all black, all white)
 * @throws ScheduleError for a prompt that cannot be read
 * @throws AnimateError for an unknown sampler, one that cannot walk the model, or more steps than it has levels
 */
export async function renderImage(model: DiffusionModel, request: ImageRequest): Promise<RenderedImage> {
  const { info } = model;
  model.setLoras(request.loras ?? []);
  const { width, height, seed, signal, steps, strength } = request;
  checkRequest(request, info.vaeFactor);
  const sampler = findSampler(request.sampler);
  if (info.prediction === "flow") requireFlowSampler(request);
  const walk = planWalk(info, sampler, steps);
  const cut = request.sampling?.fractional_strength === true ? cutFinely : cutByStrength;
  const usual = request.image ? cut(walk.sigmas, strength) : walk.sigmas;
  const widened = request.image && request.freedom && widenWalk(walk.sigmas, usual, request.freedom);
  const sigmas = widened ? widened.sigmas : usual;
  const dims = [1, info.latentChannels, height / info.vaeFactor, width / info.vaeFactor];
  const sampling = request.sampling ?? PLAIN_SAMPLING;
  const noise: NoiseSource =
    request.noise ??
    ((purpose, count) => {
      const delta = purpose.startsWith("step") ? sampling.eta_noise_seed_delta : 0;
      return normalNoise(seed + delta, purpose, count);
    });

  const started = performance.now();
  signal?.throwIfAborted();
  const stepPrompts = promptSteps(request.prompts, request.negativePrompt, sigmas.length - 1);
  const conditionings = await conditionSteps(model, stepPrompts, request.guidanceScale, request.clipSkip);
  const startNoise = drawStartNoise(dims, (count) => noise("latent", count), {
    variation: request.variation && {
      strength: request.variation.strength,
      draw: (count) => normalNoise(request.variation!.seed, "latent", count),
    },
    drawnAt: request.noiseSize && [
      request.noiseSize.height / info.vaeFactor,
      request.noiseSize.width / info.vaeFactor,
    ],
  });
  const mean = request.image && (await encode(model, request.image));
  const picture = mean && scaled(mean.data, info.latentScale);
  const mask = (picture && request.mask) ?? null;
  const kept =
    mask && (mask.keep === request.image ? picture!.slice() : await encodeScaled(model, mask.keep));
  if (picture && mask) fillCells(picture, mask, noise);
  const mix = walk.mixAt(sigmas[0]!);
  const start = picture
    ? addScaled(scaled(picture, mix.clean), startNoise, mix.noise * request.noiseMultiplier)
    : scaled(startNoise, walk.startScale(sigmas[0]!));

  const encoded = performance.now();
  let step = 0;
  const control = request.controls && createControl(model, request.controls, sigmas.length - 1, () => step);
  const guidance = { scale: request.guidanceScale, rescale: request.guidanceRescale ?? 0 };
  const { imageGuidanceScale = DEFAULT_IMAGE_GUIDANCE_SCALE } = request;
  const painter = await withPictures(model, { mean, latentDims: dims, imageGuidanceScale, mask });
  const denoisers = new Map(
    Array.from(new Set(conditionings), (conditioning) => [
      conditioning,
      createGuidedDenoiser(painter, walk.timestepOf, dims, conditioning, guidance, control),
    ]),
  );
  const denoise: Denoise = (x, sigma) => denoisers.get(conditionings[step]!)!(x, sigma);
  const held = picture && widened ? holdCells(denoise, picture, widened.releases) : denoise;
  const bounded = mask && kept ? keepCells(held, kept, mask.cells) : held;
  const total = sampler.evaluations(sigmas.length - 1);
  let evaluations = 0;
  const counted: Denoise = async (x, sigma) => {
    signal?.throwIfAborted();
    const clean = await bounded(x, sigma);
    evaluations++;
    request.onEvaluation?.(evaluations, total);
    return clean;
  };
  const latent = await walk.sample(counted, start, sigmas, {
    ...samplerTuning(sampler.base, sampling),
    noise: (index, part) => noise(`step ${index}${part ? ` ${part}` : ""}`, start.length),
    prediction: walk.prediction,
    onStep: (taken) => {
      step = taken.step;
      request.onStep?.(taken);
    },
    signal,
  });
  requireFinite(latent, "denoising");

  const denoised = performance.now();
  signal?.throwIfAborted();
  const toVae = walk.endScale(sigmas.at(-1)!) / info.latentScale;
  const decoded = await model.decodeLatents(
    tensor(
      dims,
      latent.map((value) => value * toVae),
    ),
  );
  requireFinite(decoded.data, "decoding");
  const image = toRgbImage(decoded);
  requirePicture(image.data);
  const finished = performance.now();
  return {
    image,
    evaluations,
    seconds: {
      encode: (encoded - started) / 1000,
      denoise: (denoised - encoded) / 1000,
      decode: (finished - denoised) / 1000,
    },
  };
}

/** What the cells that may change start from. */
function fillCells(latent: Float32Array, { cells, start }: LatentMask, noise: NoiseSource): void {
  if (start === "picture") return;
  const filling = start === "noise" ? noise("mask", latent.length) : new Float32Array(latent.length);
  for (let i = 0; i < latent.length; i++) if (cells[i % cells.length] === 1) latent[i] = filling[i]!;
}

/** A denoiser that estimates `kept` where a cell may not change. */
function keepCells(denoise: Denoise, kept: Float32Array, cells: Uint8Array): Denoise {
  return async (x, sigma) => {
    const clean = await denoise(x, sigma);
    for (let i = 0; i < clean.length; i++) if (cells[i % cells.length] === 0) clean[i] = kept[i]!;
    return clean;
  };
}

function addScaled(latent: Float32Array, noise: Float32Array, amount: number): Float32Array {
  return latent.map((value, i) => value + amount * noise[i]!);
}

function scaled(latent: Float32Array, scale: number): Float32Array {
  return latent.map((value) => value * scale);
}

/** The start picture as a latent: the mean of its posterior, unscaled. */
async function encode(model: DiffusionModel, image: RgbImage): Promise<Tensor> {
  const { mean } = await model.encodeImage(toImageTensor(image));
  requireFinite(mean.data, "encoding the start picture");
  return mean;
}

/** The same as samplers hold it, times latentScale. */
async function encodeScaled(model: DiffusionModel, image: RgbImage): Promise<Float32Array> {
  return scaled((await encode(model, image)).data, model.info.latentScale);
}

function checkRequest(
  { image, width, height, steps, prompts, controls, mask }: ImageRequest,
  vaeFactor: number,
): void {
  if (!isPositiveMultiple(width, vaeFactor) || !isPositiveMultiple(height, vaeFactor)) {
    throw new RenderError(
      `expected a width and height that are multiples of ${vaeFactor}, found ${width}x${height}`,
      {
        hint: "change size",
      },
    );
  }
  if (image && (image.width !== width || image.height !== height)) {
    throw new RenderError(
      `expected a start picture of ${width}x${height}, found ${image.width}x${image.height}`,
      { hint: "resize the start picture to the size of the animation" },
    );
  }
  for (const { picture } of controls ?? []) {
    if (picture.width !== width || picture.height !== height) {
      throw new RenderError(
        `expected a picture of ${width}x${height} for the ControlNet, found ${picture.width}x${picture.height}`,
        { hint: "resize it to the size of the animation" },
      );
    }
  }
  const cells = (width / vaeFactor) * (height / vaeFactor);
  if (mask && mask.cells.length !== cells) {
    throw new RenderError(`expected a mask of ${cells} cells, found ${mask.cells.length}`);
  }
  if (!isPositiveMultiple(steps, 1))
    throw new RenderError(`expected a whole number of steps, at least 1, found ${steps}`);
  if (prompts.length === 0) throw new RenderError("expected at least one prompt, found none");
}

function isPositiveMultiple(value: number, factor: number): boolean {
  return value > 0 && value % factor === 0;
}
