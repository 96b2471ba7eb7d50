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
}

/**
 * What to add to one evaluation of the UNet; the arguments are the UNet's.
 * @returns residuals for the batch of `latents`; zeros where no unit acts
 */
export type Control = (latents: Tensor, timestep: number, text: TextEmbedding) => Promise<Residuals>;

/**
 * The sum of several units. A unit acts at step i of n when start ≤ i/n and (i+1)/n ≤ end (diffusers' control_guidance_start and _end);
 * elsewhere, or at weight 0, it costs nothing. A picture is read at the first step that needs it.
 *
 * @param timesteps of the steps that are run, falling; an evaluation between two of them belongs to the earlier step
 */
export function createControl(
  model: Pick<DiffusionModel, "residualDims">,
  units: readonly ControlUnit[],
  timesteps: ArrayLike<number>,
): Control {
  const readers = units
    .filter(({ weight }) => weight !== 0)
    .map((unit) => ({ ...unit, readHint: once(() => unit.network.readPicture(toPlanes(unit.picture))) }));

  return async (latents, timestep, text) => {
    const step = stepAt(timesteps, timestep);
    let sum: Residuals | undefined;
    for (const { network, readHint, weight, start, end } of readers) {
      if (!actsAt(step, timesteps.length, start, end)) continue;
      const added = await network.predict(latents, timestep, text, await readHint(), weight);
      if (sum === undefined) sum = added;
      else addInPlace(sum, added);
    }
    return sum ?? model.residualDims(latents.dims).map((dims) => zeros(dims));
  };
}

/** @param step from 0 */
function actsAt(step: number, steps: number, start: number, end: number): boolean {
  return step / steps >= start && (step + 1) / steps <= end;
}

/** The last step whose timestep is not below `timestep`. */
function stepAt(timesteps: ArrayLike<number>, timestep: number): number {
  let step = 0;
  while (step + 1 < timesteps.length && timesteps[step + 1]! >= timestep) step++;
  return step;
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
