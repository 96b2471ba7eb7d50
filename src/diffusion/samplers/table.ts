/** The function behind each sampler of the table in settings/sampler-names.ts, and the noise levels that it walks. */

import { AnimateError } from "../../errors.ts";
import {
  SAMPLER_EXPECTATION,
  type SamplerBase,
  samplerEvaluations,
  samplerNamed,
  samplerParts,
  type Spacing,
} from "../../settings/sampler-names.ts";
import { suggestSampler } from "../../settings/suggest-sampler.ts";
import {
  alphaOf,
  exponentialSigmas,
  karrasSigmas,
  lcmSigmas,
  leadingSigmas,
  leadingSigmasToZero,
  type NoiseLadder,
  sgmUniformSigmas,
  tcdSigmas,
  uniformSigmas,
  wholeTimestepSigmas,
  withoutPenultimate,
} from "../sigmas.ts";
import { dpm2 } from "./dpm2.ts";
import { dpm2Ancestral } from "./dpm2-ancestral.ts";
import { dpmpp2m } from "./dpmpp-2m.ts";
import { dpmpp2mSde } from "./dpmpp-2m-sde.ts";
import { dpmpp2sAncestral } from "./dpmpp-2s-ancestral.ts";
import { dpmpp3mSde } from "./dpmpp-3m-sde.ts";
import { dpmppSde } from "./dpmpp-sde.ts";
import { euler } from "./euler.ts";
import { eulerAncestral } from "./euler-ancestral.ts";
import { heun } from "./heun.ts";
import { lcm } from "./lcm.ts";
import { lms } from "./lms.ts";
import { pndm } from "./pndm.ts";
import type { Sampler } from "./sampler.ts";
import { tcdSampler } from "./tcd.ts";
import { uniPc } from "./unipc.ts";

/** Levels for a number of steps; `offset` is the model's timestep offset under leading spacing. */
type SigmasOf = (ladder: NoiseLadder, steps: number, offset: number) => Float64Array;

interface SamplerEntry {
  readonly samplerOf: (ladder: NoiseLadder) => Sampler;
  readonly sigmas: SigmasOf;
  /** Size of the noise that text-to-image starts from, for the first level. */
  readonly startScale: (sigma: number) => number;
  /** Whether the level before 0 is left out of every spacing. */
  readonly skipsPenultimate?: boolean;
}

/** A sampler ready to walk. */
export interface FoundSampler extends SamplerEntry {
  readonly base: SamplerBase;
  /** Network evaluations of a walk of so many steps. */
  readonly evaluations: (steps: number) => number;
}

/** k-diffusion starts from noise of the first level and leaves the picture out. */
const sigmaItself = (sigma: number): number => sigma;
/** diffusers' alpha-scale samplers start from unit variance. */
const unitVariance = (sigma: number): number => 1 / alphaOf(sigma);

function ofWebUi(sampler: Sampler): SamplerEntry {
  return { samplerOf: () => sampler, sigmas: uniformSigmas, startScale: sigmaItself };
}

function ofDiffusers(sampler: Sampler, sigmas: SigmasOf): SamplerEntry {
  return { samplerOf: () => sampler, sigmas, startScale: unitVariance };
}

/** Levels are those of the web UI, or for samplers that k-diffusion lacks those of diffusers. */
const ENTRIES: Readonly<Record<SamplerBase, SamplerEntry>> = {
  ddim: ofDiffusers(eulerAncestral, leadingSigmas),
  ddpm: ofDiffusers(eulerAncestral, leadingSigmasToZero),
  pndm: ofDiffusers(pndm, leadingSigmas),
  euler: ofWebUi(euler),
  euler_a: ofWebUi(eulerAncestral),
  heun: ofWebUi(heun),
  dpm2: { ...ofWebUi(dpm2), skipsPenultimate: true },
  dpm2_a: { ...ofWebUi(dpm2Ancestral), skipsPenultimate: true },
  lms: ofWebUi(lms),
  dpmpp_2s_a: ofWebUi(dpmpp2sAncestral),
  dpmpp_2m: ofWebUi(dpmpp2m),
  dpmpp_sde: ofWebUi(dpmppSde),
  dpmpp_2m_sde: ofWebUi(dpmpp2mSde),
  dpmpp_3m_sde: { ...ofWebUi(dpmpp3mSde), skipsPenultimate: true },
  unipc: ofDiffusers(uniPc, wholeTimestepSigmas),
  lcm: ofDiffusers(lcm, (ladder, steps) => lcmSigmas(ladder, steps)),
  tcd: { samplerOf: tcdSampler, sigmas: tcdSigmas, startScale: unitVariance },
};

const SPACED: Readonly<Record<Spacing, (ladder: NoiseLadder, steps: number) => Float64Array>> = {
  karras: karrasSigmas,
  exponential: exponentialSigmas,
  sgm_uniform: sgmUniformSigmas,
};

/**
 * @param text our name of a sampler, or another program's
 * @throws AnimateError for a name that is not in the table, with the names and the nearest one
 */
export function findSampler(text: string): FoundSampler {
  const name = samplerNamed(text);
  const parts = name === undefined ? undefined : samplerParts(name);
  if (name === undefined || parts === undefined) {
    throw new AnimateError(`expected ${SAMPLER_EXPECTATION}, found "${text}"`, {
      where: "sampler",
      hint: suggestSampler(text),
    });
  }
  const entry = ENTRIES[parts.base];
  const sigmas = parts.spacing === undefined ? entry.sigmas : SPACED[parts.spacing];
  return {
    ...entry,
    sigmas: entry.skipsPenultimate ? withoutPenultimate((ladder, steps) => sigmas(ladder, steps, 0)) : sigmas,
    base: parts.base,
    evaluations: (steps) => samplerEvaluations(name, steps),
  };
}
