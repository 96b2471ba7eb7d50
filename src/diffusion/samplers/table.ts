/** All samplers by name: the function, and the noise levels that it walks. */

import { AnimateError } from "../../errors.ts";
import {
  alphaOf,
  karrasSigmas,
  lcmSigmas,
  leadingSigmas,
  type NoiseLadder,
  uniformSigmas,
} from "../sigmas.ts";
import { dpmpp2m } from "./dpmpp-2m.ts";
import { euler } from "./euler.ts";
import { eulerAncestral } from "./euler-ancestral.ts";
import { lcm } from "./lcm.ts";
import type { Sampler } from "./sampler.ts";

export interface SamplerEntry {
  readonly sample: Sampler;
  /** Levels for a number of steps; `offset` is the model's timestep offset under leading spacing. */
  readonly sigmas: (ladder: NoiseLadder, steps: number, offset: number) => Float64Array;
  /** Size of the noise that text-to-image starts from, for the first level. */
  readonly startScale: (sigma: number) => number;
}

/** k-diffusion starts from noise of the first level and leaves the picture out. */
const sigmaItself = (sigma: number): number => sigma;
/** diffusers' alpha-scale samplers start from unit variance. */
const unitVariance = (sigma: number): number => 1 / alphaOf(sigma);

/** Defaults are those of the web UI (DDIM and LCM: of diffusers). */
export const SAMPLERS: ReadonlyMap<string, SamplerEntry> = new Map([
  ["ddim", { sample: euler, sigmas: leadingSigmas, startScale: unitVariance }],
  ["euler", { sample: euler, sigmas: uniformSigmas, startScale: sigmaItself }],
  ["euler_a", { sample: eulerAncestral, sigmas: uniformSigmas, startScale: sigmaItself }],
  ["dpmpp_2m", { sample: dpmpp2m, sigmas: uniformSigmas, startScale: sigmaItself }],
  ["dpmpp_2m_karras", { sample: dpmpp2m, sigmas: karrasSigmas, startScale: sigmaItself }],
  ["lcm", { sample: lcm, sigmas: (ladder, steps) => lcmSigmas(ladder, steps), startScale: unitVariance }],
]);

/** @throws AnimateError for a name that is not in the table, listing those that are */
export function findSampler(name: string): SamplerEntry {
  const entry = SAMPLERS.get(name);
  if (entry) return entry;
  throw new AnimateError(`expected one of ${[...SAMPLERS.keys()].join(", ")}, found "${name}"`, {
    where: "sampler",
    hint: "set sampler to one of these names",
  });
}
