/**
 * Models whose UNet sees pictures beside the latent: inpainting checkpoints (mask and masked picture) and instruct-pix2pix (the picture to
 * edit). Wrapped so that all others see a model of four channels.
 */

import type { DiffusionModel, Residuals, TextEmbedding } from "../models/model.ts";
import { tensor, type Tensor, zeros } from "../tensor/tensor.ts";
import { toImageTensor } from "./image-tensor.ts";
import type { LatentMask } from "./img2img.ts";

/** Latent, mask, masked picture. */
const INPAINTING_CHANNELS = 9;
/** Latent, picture to edit. */
const EDITING_CHANNELS = 8;

/** What such models are given for one picture. */
export interface PictureInput {
  /** Mean of the picture's posterior, unscaled, `[1, 4, height/8, width/8]`; null without a start picture. */
  readonly mean: Tensor | null;
  /** `[1, channels, height/8, width/8]` */
  readonly latentDims: readonly number[];
  /** For instruct-pix2pix: factor on the difference that the picture to edit makes, 1 = as trained. */
  readonly imageGuidanceScale: number;
  /** Where the picture may change; null: everywhere. */
  readonly mask: Pick<LatentMask, "cells" | "keep"> | null;
}

/**
 * The model with the pictures it wants fed at each evaluation; the model itself when it wants none.
 *
 * An inpainting checkpoint is shown the mask and what the mask leaves of the picture, gray elsewhere. Without a mask everything is repainted:
 * a mask of ones and a gray picture (stable-diffusion-webui's behavior in img2img). Instruct-pix2pix edits the start picture.
 */
export async function withPictures(model: DiffusionModel, input: PictureInput): Promise<DiffusionModel> {
  switch (model.info.inputChannels) {
    case INPAINTING_CHANNELS:
      return input.mask
        ? repainting(model, Float32Array.from(input.mask.cells), await encodeKept(model, input.mask))
        : repaintingAll(model, input.latentDims);
    case EDITING_CHANNELS:
      return editing(model, input);
    default:
      return model;
  }
}

async function repaintingAll(model: DiffusionModel, latentDims: readonly number[]): Promise<DiffusionModel> {
  const [, , height, width] = latentDims;
  const mask = new Float32Array(height! * width!).fill(1);
  return repainting(model, mask, await emptyPicture(model, latentDims));
}

/** @param mask 1 where a cell may change, else 0 */
function repainting(model: DiffusionModel, mask: Float32Array, maskedPicture: Tensor): DiffusionModel {
  const beside = new Float32Array(mask.length + maskedPicture.data.length);
  beside.set(mask);
  beside.set(maskedPicture.data, mask.length);
  return {
    ...model,
    predict: (latents, timestep, text, extras) =>
      model.predict(
        joinChannels(
          latents,
          rows(latents, () => beside),
        ),
        timestep,
        text,
        extras,
      ),
  };
}

/** The latent of the picture that is kept, with gray in place of the pixels of cells that may change, scaled. */
async function encodeKept(
  model: DiffusionModel,
  { cells, keep }: Pick<LatentMask, "cells" | "keep">,
): Promise<Tensor> {
  const { vaeFactor } = model.info;
  const { dims, data } = toImageTensor(keep);
  const { width, height } = keep;
  const columns = width / vaeFactor;
  for (let i = 0; i < data.length; i++) {
    const pixel = i % (width * height);
    const row = Math.floor(Math.floor(pixel / width) / vaeFactor);
    const column = Math.floor((pixel % width) / vaeFactor);
    if (cells[row * columns + column] === 1) data[i] = 0;
  }
  return await encodeScaled(model, tensor(dims, data));
}

async function encodeScaled(model: DiffusionModel, picture: Tensor): Promise<Tensor> {
  const { mean } = await model.encodeImage(picture);
  return tensor(
    mean.dims,
    mean.data.map((value) => value * model.info.latentScale),
  );
}

const emptyPictures = new WeakMap<DiffusionModel, Map<string, Tensor>>();

/** The latent of a gray picture, scaled; the same for all frames. */
async function emptyPicture(model: DiffusionModel, latentDims: readonly number[]): Promise<Tensor> {
  const { vaeFactor } = model.info;
  const [, , height, width] = latentDims;
  const known = emptyPictures.get(model) ?? new Map<string, Tensor>();
  emptyPictures.set(model, known);
  const key = `${height} ${width}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const dims = [1, 3, height! * vaeFactor, width! * vaeFactor];
  const latent = await encodeScaled(model, zeros(dims));
  known.set(key, latent);
  return latent;
}

/**
 * Guidance by text and by picture (Brooks et al. 2023, equation 3): with three evaluations, e0 of neither, e1 of the picture alone and e2 of
 * both, the prediction is e0 + s·(e2 − e1) + p·(e1 − e0). The rows given back are e0 + p·(e1 − e0) and that plus e2 − e1, so that guidance
 * by text between them, of whichever kind, gives the rest. The first row of a batch is the negative prompt's.
 */
function editing(
  model: DiffusionModel,
  { mean, latentDims, imageGuidanceScale }: PictureInput,
): DiffusionModel {
  const [, , height, width] = latentDims;
  const empty = new Float32Array(model.info.latentChannels * height! * width!);
  const picture = mean?.data ?? empty;
  return {
    ...model,
    async predict(latents, timestep, text, extras = {}) {
      if (latents.dims[0] === 1) {
        return await model.predict(joinChannels(latents, [picture]), timestep, text, extras);
      }
      const three = repeatFirst(latents);
      const beside = rows(three, (row) => (row === 0 ? empty : picture));
      const { residuals } = extras;
      const predicted = await model.predict(joinChannels(three, beside), timestep, repeatFirstText(text), {
        ...extras,
        ...(residuals && { residuals: repeatFirstOfAll(residuals) }),
      });
      return combine(predicted, latents.dims, imageGuidanceScale);
    },
  };
}

function combine({ data }: Tensor, dims: readonly number[], imageGuidanceScale: number): Tensor {
  const length = data.length / (dims[0]! + 1);
  const out = new Float32Array(dims[0]! * length);
  for (let i = 0; i < length; i++) {
    const neither = data[i]!;
    const pictureAlone = data[length + i]!;
    const base = neither + imageGuidanceScale * (pictureAlone - neither);
    out[i] = base;
    for (let row = 1; row < dims[0]!; row++) {
      out[row * length + i] = base + data[(row + 1) * length + i]! - pictureAlone;
    }
  }
  return tensor(dims, out);
}

/** `[n, 4, h, w]` and for each row the channels beside it → `[n, 4 + more, h, w]`. */
function joinChannels({ dims, data }: Tensor, beside: readonly Float32Array[]): Tensor {
  const [batch, channels, height, width] = dims;
  const own = data.length / batch!;
  const joined = new Float32Array(data.length + beside.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const [row, part] of beside.entries()) {
    joined.set(data.subarray(row * own, (row + 1) * own), at);
    joined.set(part, at + own);
    at += own + part.length;
  }
  const more = beside[0]!.length / (height! * width!);
  return tensor([batch!, channels! + more, height!, width!], joined);
}

function rows({ dims }: Tensor, of: (row: number) => Float32Array): Float32Array[] {
  return Array.from({ length: dims[0]! }, (_, row) => of(row));
}

/** `[n, …]` → `[n + 1, …]` with the first row twice. */
function repeatFirst({ dims, data }: Tensor): Tensor {
  const [batch, ...sizes] = dims;
  const length = data.length / batch!;
  const repeated = new Float32Array(data.length + length);
  repeated.set(data.subarray(0, length));
  repeated.set(data, length);
  return tensor([batch! + 1, ...sizes], repeated);
}

function repeatFirstText({ pooled, aestheticScores, ...text }: TextEmbedding): TextEmbedding {
  return {
    ...repeatFirst(text),
    ...(pooled && { pooled: repeatFirst(pooled) }),
    ...(aestheticScores && { aestheticScores: [aestheticScores[0]!, ...aestheticScores] }),
  };
}

function repeatFirstOfAll(residuals: Residuals): Residuals {
  return residuals.map(repeatFirst);
}
