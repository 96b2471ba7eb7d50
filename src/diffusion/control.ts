/** What ControlNets add to each evaluation of the UNet: which of them act at a step, and the sum of what they say. */

import type { DiffusionModel, Residuals, TextEmbedding } from "../models/model.ts";
import type { ControlNet } from "../models/open-controlnet.ts";
import type { RgbImage } from "../tensor/image.ts";
import { tensor, type Tensor, zeros } from "../tensor/tensor.ts";

/** One ControlNet and the picture that it follows. */
export interface ControlUnit {
  readonly network: Pick<ControlNet, "readPicture" | "predict">;
  /** RGB, 0–1, of the size of the picture that is made. */
  readonly picture: RgbImage;
  /** Factor on what it adds, 1 = as trained; 0 leaves it out. */
  readonly weight: number;
  /** Share of the steps, 0–1, before which and after which it is left out. */
  readonly start: number;
  readonly end: number;
  /** Default: balanced. */
  readonly mode?: ControlMode;
}

/**
 * Whose word counts more. `balanced`: as trained. `prompt`: what is added to finer layers counts less, down to a tenth at the first
 * (diffusers' guess_mode scales; the web UI's "My prompt is more important"). `control`: the same, and nothing is added to the negative
 * prompt's evaluation, so that guidance drives toward the picture (diffusers' guess_mode; "ControlNet is more important").
 */
export type ControlMode = "balanced" | "prompt" | "control";

/**
 * What to add to one evaluation of the UNet; the arguments are the UNet's.
 * @returns residuals for the batch of `latents`; zeros where no unit acts
 */
export type Control = (latents: Tensor, timestep: number, text: TextEmbedding) => Promise<Residuals>;

/**
 * The sum of several units. A unit acts at step i of n when start ≤ i/n and (i+1)/n ≤ end (diffusers' control_guidance_start and _end);
 * elsewhere, or at weight 0, it costs nothing. A picture is read at the first step that needs it.
 *
 * @param steps that are run
 * @param stepNow the step that an evaluation belongs to, from 0; samplers of second order evaluate several times in one
 */
export function createControl(
  model: Pick<DiffusionModel, "residualDims">,
  units: readonly ControlUnit[],
  steps: number,
  stepNow: () => number,
): Control {
  const readers = units
    .filter(({ weight }) => weight !== 0)
    .map((unit) => ({ ...unit, readHint: once(() => unit.network.readPicture(toPlanes(unit.picture))) }));

  return async (latents, timestep, text) => {
    const step = stepNow();
    let sum: Residuals | undefined;
    for (const { network, readHint, weight, start, end, mode = "balanced" } of readers) {
      if (!actsAt(step, steps, start, end)) continue;
      const hint = await readHint();
      // The first of a batch is the negative prompt's.
      const added =
        mode === "control" && latents.dims[0]! > 1
          ? withZeroRow(
              await network.predict(withoutFirst(latents), timestep, textWithoutFirst(text), hint, weight),
            )
          : await network.predict(latents, timestep, text, hint, weight);
      if (mode !== "balanced") fade(added);
      if (sum === undefined) sum = added;
      else addInPlace(sum, added);
    }
    return sum ?? model.residualDims(latents.dims).map((dims) => zeros(dims));
  };
}

/** What the middle block gets stays, what the first skip gets is a tenth, in even ratios between; in place. */
function fade(added: Residuals): void {
  const last = added.length - 1;
  added.forEach(({ data }, index) => {
    const factor = 10 ** (index / last - 1);
    for (let i = 0; i < data.length; i++) data[i]! *= factor;
  });
}

/** `[n, …]` → `[n − 1, …]` */
function withoutFirst({ dims, data }: Tensor): Tensor {
  const [batch, ...sizes] = dims;
  return tensor([batch! - 1, ...sizes], data.subarray(data.length / batch!));
}

function textWithoutFirst({ pooled, aestheticScores, ...text }: TextEmbedding): TextEmbedding {
  return {
    ...withoutFirst(text),
    ...(pooled && { pooled: withoutFirst(pooled) }),
    ...(aestheticScores && { aestheticScores: aestheticScores.slice(1) }),
  };
}

/** `[n, …]` → `[n + 1, …]` with zeros in the first row. */
function withZeroRow(residuals: Residuals): Residuals {
  return residuals.map(({ dims, data }) => {
    const [batch, ...sizes] = dims;
    const longer = new Float32Array(data.length + data.length / batch!);
    longer.set(data, data.length / batch!);
    return tensor([batch! + 1, ...sizes], longer);
  });
}

/** @param step from 0 */
function actsAt(step: number, steps: number, start: number, end: number): boolean {
  return step / steps >= start && (step + 1) / steps <= end;
}

function addInPlace(sum: Residuals, added: Residuals): void {
  sum.forEach(({ data }, index) => {
    const other = added[index]!.data;
    for (let i = 0; i < data.length; i++) data[i] = data[i]! + other[i]!;
  });
}

function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined;
  return () => (made ??= make());
}

/** Interleaved RGB to planes `[1, 3, height, width]`, 0–1 as it is. */
function toPlanes({ width, height, data }: RgbImage): Tensor {
  const area = width * height;
  const planes = new Float32Array(3 * area);
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < 3; channel++) planes[channel * area + pixel] = data[3 * pixel + channel]!;
  }
  return tensor([1, 3, height, width], planes);
}
