/** Img2img within a mask, with any checkpoint: what is kept is put back after each step and, to the pixel, at the end. */

import type { DiffusionModel } from "../models/model.ts";
import type { RgbImage } from "../tensor/image.ts";
import { resizeRaster } from "../tensor/resize.ts";
import { type ImageRequest, renderImage, type RenderedImage } from "./img2img.ts";
import { crop, fillFromAround, type Mask, maskedRegion, type Region, toLatentMask } from "./mask.ts";

/** What the masked part starts from: the picture, the colors around it, noise alone, or an empty latent. */
export type MaskFill = "original" | "fill" | "noise" | "nothing";

export interface InpaintOptions {
  readonly mask: Mask;
  readonly fill: MaskFill;
  /** Pixels around the masked part that are drawn along, when only that part is drawn, at the full size; null draws the whole picture. */
  readonly onlyMaskedPadding: number | null;
  /** False: what is kept stays as the model gave it back, for callers that put it back themselves, at another size. Default true. */
  readonly putsBack?: boolean;
}

/**
 * Draws within a mask. Where it is 0 the picture stays as it is, in between both are mixed.
 *
 * The latent is blended after each evaluation (the web UI's way with checkpoints that know no masks): the estimate of the clean picture is
 * that of the start picture where nothing may change.
 *
 * @param request with a start picture of the mask's size; ControlNets' pictures are cut like it
 */
export async function renderMasked(
  model: DiffusionModel,
  request: ImageRequest & { readonly image: RgbImage },
  { mask, fill, onlyMaskedPadding, putsBack = true }: InpaintOptions,
): Promise<RenderedImage> {
  const { image, width, height } = request;
  const whole: Region = { left: 0, top: 0, width, height };
  const region = maskedRegion(mask, onlyMaskedPadding ?? 0);
  if (region === null) {
    return { image, evaluations: 0, seconds: { encode: 0, denoise: 0, decode: 0 } };
  }
  const drawn = onlyMaskedPadding === null ? whole : region;
  const zoom = (data: Float32Array, channels: number): Float32Array => {
    const part = { ...drawn, channels, data: crop(data, channels, width, drawn) };
    return resizeRaster(part, width, height).data;
  };
  const start: RgbImage = { width, height, data: zoom(image.data, 3) };
  const part: Mask = { width, height, data: zoom(mask.data, 1) };
  const rendered = await renderImage(model, {
    ...request,
    image: fill === "fill" ? fillFromAround(start, part) : start,
    controls: request.controls?.map((unit) => ({
      ...unit,
      picture: { width, height, data: zoom(unit.picture.data, 3) },
    })),
    mask: {
      cells: toLatentMask(part, model.info.vaeFactor),
      keep: start,
      start: fill === "noise" || fill === "nothing" ? fill : "picture",
    },
  });
  const { data } = resizeRaster({ ...rendered.image, channels: 3 }, drawn.width, drawn.height);
  return { ...rendered, image: paste(image, data, drawn, putsBack ? mask : null) };
}

/** `part` over the picture, as far as the mask lets it through; null: all of it. */
function paste(
  { width, height, data }: RgbImage,
  part: Float32Array,
  { left, top, width: wide, height: high }: Region,
  mask: Mask | null,
): RgbImage {
  const result = data.slice();
  for (let row = 0; row < high; row++) {
    for (let column = 0; column < wide; column++) {
      const pixel = (top + row) * width + left + column;
      const share = mask ? mask.data[pixel]! : 1;
      for (let channel = 0; channel < 3; channel++) {
        const kept = data[3 * pixel + channel]!;
        result[3 * pixel + channel] = kept + share * (part[3 * (row * wide + column) + channel]! - kept);
      }
    }
  }
  return { width, height, data: result };
}
