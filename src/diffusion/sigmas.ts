/**
 * Noise levels: the ladder that a model was trained on, and the descending lists of levels that samplers walk.
 *
 * Everywhere in `diffusion/` a noisy latent is x = x0 + sigma · noise, unit-variance noise ("sigma scale"). diffusers' DDIM, LCM and DPM++
 * hold alpha · x instead, with alpha = 1 / sqrt(1 + sigma²) ("alpha scale"); {@link alphaOf} converts.
 */

import { AnimateError, ModelError } from "../errors.ts";
import { roundHalfEven } from "../motion/round-half-even.ts";

/** The training noise levels of a model, one per timestep, ascending. */
export interface NoiseLadder {
  readonly sigmas: Float64Array;
  readonly logSigmas: Float64Array;
}

/** A zero-terminal-SNR model ends in alpha² = 0, an infinite sigma; 2^-24 (sigma 4096) stands for it, as in diffusers. */
const LEAST_ALPHA_SQUARED = 2 ** -24;

/**
 * Noise levels of the training timesteps: sigma = sqrt((1 − a) / a).
 *
 * @param alphasCumprod a, cumulative products of alpha, strictly falling within [0, 1)
 * @throws ModelError when the products do not fall, or leave the range
 */
export function noiseLadder(alphasCumprod: ArrayLike<number>): NoiseLadder {
  const sigmas = Float64Array.from(alphasCumprod, (product) => {
    const a = Math.max(product, LEAST_ALPHA_SQUARED);
    return Math.sqrt((1 - a) / a);
  });
  const ascends = sigmas.every((sigma, i) => sigma > (i === 0 ? 0 : sigmas[i - 1]!));
  if (!ascends || sigmas.length < 2) {
    throw new ModelError("expected noise levels that rise from one training timestep to the next", {
      hint: "check beta_start, beta_end and beta_schedule in the model's scheduler_config.json",
    });
  }
  return { sigmas, logSigmas: sigmas.map(Math.log) };
}

/** Noise level of a timestep; between two timesteps log sigma is interpolated (k-diffusion). */
export function sigmaAt({ sigmas, logSigmas }: NoiseLadder, timestep: number): number {
  const last = sigmas.length - 1;
  const t = Math.min(Math.max(timestep, 0), last);
  const low = Math.floor(t);
  const share = t - low;
  if (share === 0) return sigmas[low]!;
  return Math.exp((1 - share) * logSigmas[low]! + share * logSigmas[low + 1]!);
}

/** Timestep of a noise level, with a fraction: the inverse of {@link sigmaAt}; levels beyond the ladder give its ends. */
export function timestepAt({ logSigmas }: NoiseLadder, sigma: number): number {
  const logSigma = Math.log(sigma);
  let low = 0;
  let high = logSigmas.length - 1;
  if (!(logSigma > logSigmas[low]!)) return low;
  if (logSigma >= logSigmas[high]!) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (logSigmas[middle]! <= logSigma) low = middle;
    else high = middle;
  }
  return low + (logSigma - logSigmas[low]!) / (logSigmas[high]! - logSigmas[low]!);
}

/** Factor from sigma scale to alpha scale: 1 / sqrt(1 + sigma²). It is also the factor on a network's input. */
export function alphaOf(sigma: number): number {
  return 1 / Math.sqrt(1 + sigma * sigma);
}

/** `steps` levels evenly spaced in timestep from the highest to the lowest, then 0. Source: k-diffusion `get_sigmas`. */
export function uniformSigmas(ladder: NoiseLadder, steps: number): Float64Array {
  const last = ladder.sigmas.length - 1;
  const spacing = steps === 1 ? 0 : last / (steps - 1);
  return levels(steps, (i) => sigmaAt(ladder, last - i * spacing), 0);
}

const KARRAS_RHO = 7;

/**
 * `steps` levels from the highest to the lowest, dense at the low end, then 0.
 * Source: Karras et al. 2022, equation 5, rho = 7, over the whole ladder.
 */
export function karrasSigmas({ sigmas }: NoiseLadder, steps: number): Float64Array {
  const from = sigmas.at(-1)! ** (1 / KARRAS_RHO);
  const to = sigmas[0]! ** (1 / KARRAS_RHO);
  const spacing = steps === 1 ? 0 : (to - from) / (steps - 1);
  return levels(steps, (i) => (from + i * spacing) ** KARRAS_RHO, 0);
}

/** `steps` levels from the highest to the lowest in equal ratios, then 0. Source: k-diffusion `get_sigmas_exponential`. */
export function exponentialSigmas({ logSigmas }: NoiseLadder, steps: number): Float64Array {
  const from = logSigmas.at(-1)!;
  const spacing = steps === 1 ? 0 : (logSigmas[0]! - from) / (steps - 1);
  return levels(steps, (i) => Math.exp(from + i * spacing), 0);
}

/**
 * `steps` levels evenly spaced in timestep, from the highest to one step above the lowest, then 0. Source: the spacing of Stability AI's
 * own samplers, "SGM uniform" in the web UI; diffusers' trailing spacing without its rounding.
 */
export function sgmUniformSigmas(ladder: NoiseLadder, steps: number): Float64Array {
  const last = ladder.sigmas.length - 1;
  return levels(steps, (i) => sigmaAt(ladder, last - (i * last) / steps), 0);
}

/**
 * The same spacing at whole timesteps. Source: diffusers `UniPCMultistepScheduler`, linspace spacing.
 */
export function wholeTimestepSigmas(ladder: NoiseLadder, steps: number): Float64Array {
  const last = ladder.sigmas.length - 1;
  return levels(steps, (i) => ladder.sigmas[roundHalfEven(((steps - i) * last) / steps)]!, 0);
}

/** The list of one step more, without its last level above 0: how the web UI runs DPM2 and DPM++ 3M SDE, which stumble over a tiny one. */
export function withoutPenultimate(
  sigmasOf: (ladder: NoiseLadder, steps: number) => Float64Array,
): (ladder: NoiseLadder, steps: number) => Float64Array {
  return (ladder, steps) => sigmasOf(ladder, steps + 1).filter((_, i) => i !== steps);
}

/**
 * Levels of every (count / steps)-th timestep from `offset` on, then the lowest level of the ladder: the last step lands on it, not on 0.
 * Source: diffusers `DDIMScheduler` and `PNDMScheduler`, leading spacing, `set_alpha_to_one` off.
 *
 * @param offset added to the timesteps, 1 for SD 1.x
 * @throws AnimateError for more steps than training timesteps
 */
export function leadingSigmas(ladder: NoiseLadder, steps: number, offset: number): Float64Array {
  const count = ladder.sigmas.length;
  if (steps > count) throw tooManySteps("DDIM", count, steps);
  const stride = Math.floor(count / steps);
  return levels(
    steps,
    (i) => ladder.sigmas[Math.min((steps - 1 - i) * stride + offset, count - 1)]!,
    ladder.sigmas[0]!,
  );
}

/** {@link leadingSigmas} that end at 0. Source: diffusers `DDPMScheduler`. @throws AnimateError for more steps than training timesteps */
export function leadingSigmasToZero(ladder: NoiseLadder, steps: number, offset: number): Float64Array {
  return leadingSigmas(ladder, steps, offset).fill(0, steps);
}

/** Timesteps that consistency models of the LCM kind were distilled on. */
const LCM_TIMESTEPS = 50;

/** {@link lcmSigmas} that end at the lowest level of the ladder. Source: diffusers `TCDScheduler`. @throws AnimateError for more than 50 steps */
export function tcdSigmas(ladder: NoiseLadder, steps: number): Float64Array {
  return lcmSigmas(ladder, steps).fill(ladder.sigmas[0]!, steps);
}

/**
 * `steps` of the 50 timesteps of the distillation, evenly chosen from the highest, then 0. Source: diffusers `LCMScheduler`.
 *
 * @param share 0–1: choose among the lowest `share` of the 50 only
 * @throws AnimateError for more steps than timesteps to choose from
 */
export function lcmSigmas(ladder: NoiseLadder, steps: number, share = 1): Float64Array {
  const candidates = Math.floor(LCM_TIMESTEPS * share);
  if (steps > candidates) throw tooManySteps("LCM", candidates, steps);
  const stride = Math.floor(ladder.sigmas.length / LCM_TIMESTEPS);
  return levels(
    steps,
    (i) => ladder.sigmas[(candidates - Math.floor((i * candidates) / steps)) * stride - 1]!,
    0,
  );
}

function tooManySteps(sampler: string, limit: number, steps: number): AnimateError {
  return new AnimateError(`expected at most ${limit} steps for ${sampler}, found ${steps}`, {
    hint: "lower steps, or choose another sampler",
  });
}

function levels(steps: number, sigmaOf: (i: number) => number, last: number): Float64Array {
  const sigmas = new Float64Array(steps + 1);
  for (let i = 0; i < steps; i++) sigmas[i] = sigmaOf(i);
  sigmas[steps] = last;
  return sigmas;
}

/**
 * The levels that img2img walks: the last part of the list, longer the less of the picture is kept. At least one step remains.
 *
 * Source: stable-diffusion-webui 1.10 as Deforum drives it: denoise = 1 − strength in double precision, of which at most 0.999 counts;
 * t = truncate(denoise · steps); the last t + 1 steps are run.
 *
 * @param sigmas `steps + 1` long
 * @param strength share of the picture that is kept, 0–1; values outside count as the nearest end
 */
export function cutByStrength(sigmas: Float64Array, strength: number): Float64Array {
  return sigmas.subarray(firstLevel(sigmas, strength).whole);
}

/**
 * The same without the rounding to whole steps: the walk starts at a level between two of the list, so that with four steps, too, every percent
 * of strength counts. Source: own. Equal to {@link cutByStrength} where denoise · steps is whole.
 *
 * The first step is half as long as the others to one and a half times as long: a shorter one would be a step more for little, and samplers that
 * look back on the step before divide by its length.
 */
export function cutFinely(sigmas: Float64Array, strength: number): Float64Array {
  const { whole, above } = firstLevel(sigmas, strength);
  if (whole === 0 || above === 0) return sigmas.subarray(whole);
  const [higher, lower] = [sigmas[whole - 1]!, sigmas[whole]!];
  const start = Math.exp(above * Math.log(higher) + (1 - above) * Math.log(lower));
  return Float64Array.of(start, ...sigmas.subarray(above < 0.5 ? whole + 1 : whole));
}

/** Where the walk starts in the list: the index, and how far towards the level above, 0–1, the strength means in truth. */
function firstLevel(
  sigmas: Float64Array,
  strength: number,
): { readonly whole: number; readonly above: number } {
  const steps = sigmas.length - 1;
  const denoise = 1 - Math.min(Math.max(strength, 0), 1);
  const skippable = Math.min(denoise, 0.999) * steps;
  return { whole: steps - Math.trunc(skippable) - 1, above: skippable - Math.trunc(skippable) };
}
