/** The trajectories of test/fixtures/samplers, decoded, and the network and noise that they were computed with. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { createDenoiser } from "../../src/diffusion/denoiser.ts";
import type { Denoise } from "../../src/diffusion/samplers/sampler.ts";
import { noiseLadder } from "../../src/diffusion/sigmas.ts";

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a named type at each call, instead of a cast
export function readFixture<Content>(name: string): Content {
  const content: Content = JSON.parse(readFileSync(`test/fixtures/samplers/${name}.json`, "utf8"));
  return content;
}

export function decode(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

const inputs = readFixture<{ initialNoise: string; imageLatent: string; noise: string[] }>("inputs");
/** Noise that text-to-image starts from. */
export const initialNoise = decode(inputs.initialNoise);
/** The clean latent of img2img. */
export const imageLatent = decode(inputs.imageLatent);
/** In the order of drawing; in img2img the first is mixed into the image. */
export const noises = inputs.noise.map(decode);

/** Cumulative products of SD 1.5's scaled-linear betas; shifted to end in 0 under zero terminal SNR (Lin et al. 2023, algorithm 1). */
function stableDiffusionAlphas(zeroSnr: boolean): Float64Array {
  const [from, to] = [Math.sqrt(0.00085), Math.sqrt(0.012)];
  let product = 1;
  const alphas = Float64Array.from({ length: 1000 }, (_, t) => {
    product *= 1 - (from + ((to - from) * t) / 999) ** 2;
    return product;
  });
  if (!zeroSnr) return alphas;
  const roots = alphas.map(Math.sqrt);
  const [first, last] = [roots[0]!, roots[999]!];
  return roots.map((root) => (((root - last) * first) / (first - last)) ** 2);
}

export const ladders = {
  plain: noiseLadder(stableDiffusionAlphas(false)),
  zeroSnr: noiseLadder(stableDiffusionAlphas(true)),
};

/** The network of the fixtures. */
export function toyNetwork(input: Float32Array, timestep: number): Float32Array {
  return input.map((value) => 0.3 * value + 0.1 * Math.sin(timestep / 100));
}

export function toyDenoiser(
  prediction: "epsilon" | "v_prediction",
  timestepOf: (sigma: number) => number,
): Denoise {
  return createDenoiser((input, t) => Promise.resolve(toyNetwork(input, t)), prediction, timestepOf);
}

/** Largest difference as a share of max(1, |expected|). */
export function worstError(actual: Float32Array, expected: Float32Array): number {
  expect(actual).toHaveLength(expected.length);
  let worst = 0;
  expected.forEach((value, i) => {
    const error = Math.abs(actual[i]! - value) / Math.max(1, Math.abs(value));
    if (!(error <= worst)) worst = error;
  });
  return worst;
}

export function scaled(values: Float32Array, factor: number): Float32Array {
  return values.map((value) => value * factor);
}

export function noisyImage(sigma: number): Float32Array {
  return imageLatent.map((value, i) => value + sigma * noises[0]![i]!);
}

/** What DPM++ SDE has to draw for the rest of a step so that the whole step sees `whole`: the inverse of joinBrownian. */
export function restOf(whole: Float32Array, first: Float32Array, sigma: number, next: number): Float32Array {
  const share = (sigma - Math.sqrt(sigma * next)) / (sigma - next);
  return whole.map((value, i) => (value - Math.sqrt(share) * first[i]!) / Math.sqrt(1 - share));
}

export const TOLERANCE = 2e-4;
