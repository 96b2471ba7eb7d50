/** UniPC: each network evaluation corrects the step before it and predicts the next one. */

import { blendToward } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { uniPcWeights } from "./unipc-weights.ts";
import { walk } from "./walk.ts";

/** UniPC of order 2 with B2(h), the default of diffusers. */
export const uniPc: Sampler = uniPcSolver({ order: 2, form: "bh2" });

export interface UniPcOptions {
  /** Steps whose estimates take part; the first steps know fewer, and the last ones use fewer, which is steadier. */
  readonly order: 1 | 2 | 3;
  /** B(h): h (bh1) or exp(h) − 1 (bh2). bh1 cannot go to level 0. */
  readonly form: "bh1" | "bh2";
}

/** A clean estimate and the level at which it was made. */
interface Estimate {
  readonly denoised: Float32Array;
  readonly sigma: number;
}

/**
 * Unified predictor-corrector. Source: Zhao et al. 2023 ("UniPC"), algorithms 5 and 6, data prediction; diffusers
 * `UniPCMultistepScheduler`. One network evaluation per step.
 */
export function uniPcSolver({ order, form }: UniPcOptions): Sampler {
  return (denoise, start, sigmas, options) => {
    const steps = sigmas.length - 1;
    /** Newest first. */
    const known: Estimate[] = [];
    let before: { x: Float32Array; order: number } | undefined;

    /** `x`, at the level of the newest estimate, moved to `sigma`; with `ahead`, the estimate found there, as corrector. */
    function move(x: Float32Array, sigma: number, stepOrder: number, ahead?: Float32Array): void {
      const [newest, ...older] = known.slice(0, stepOrder);
      const lambdas = older.map((estimate) => -Math.log(estimate.sigma));
      const { gain, weights } = uniPcWeights({
        form,
        from: -Math.log(newest!.sigma),
        to: -Math.log(sigma),
        lambdas,
        corrects: ahead !== undefined,
      });
      blendToward(x, newest!.denoised, sigma / newest!.sigma);
      const others = [...older.map(({ denoised }) => denoised), ...(ahead ? [ahead] : [])];
      for (const [k, other] of others.entries()) {
        const factor = gain * weights[k]!;
        for (let i = 0; i < x.length; i++) x[i]! -= factor * (other[i]! - newest!.denoised[i]!);
      }
    }

    return walk(start, sigmas, options, async (x, sigma, next, index) => {
      const denoised = await denoise(x, sigma);
      if (before) {
        x.set(before.x);
        move(x, sigma, before.order, denoised);
      }
      known.unshift({ denoised, sigma });
      known.splice(order);
      const stepOrder = Math.min(order, steps - index, known.length);
      before = { x: x.slice(), order: stepOrder };
      move(x, next, stepOrder);
      return denoised;
    });
  };
}
