/** The finer settings of a frame → the options that its sampler reads. */

import type { SamplingPlan } from "../../schedule/frame-plan.ts";
import { SAMPLER_FACTS, type SamplerBase } from "../../settings/sampler-names.ts";
import type { SamplerOptions } from "./sampler.ts";

/** Every sampler as its source has it. */
export const PLAIN_SAMPLING: SamplingPlan = {
  ancestral_eta: 1,
  ddim_eta: 0,
  tcd_eta: 0.3,
  s_noise: 1,
  s_churn: 0,
  s_tmin: 0,
  s_tmax: 0,
  eta_noise_seed_delta: 0,
};

type Tuning = Pick<SamplerOptions, "eta" | "noiseScale" | "churn" | "churnFrom" | "churnTo">;

/** Options of one sampler; what it does not read is left out. */
export function samplerTuning(base: SamplerBase, sampling: SamplingPlan): Tuning {
  const { eta, churns = false } = SAMPLER_FACTS[base];
  const { s_noise, s_churn, s_tmin, s_tmax } = sampling;
  return {
    noiseScale: s_noise,
    ...(eta !== undefined && { eta: sampling[eta] }),
    ...(churns && { churn: s_churn, churnFrom: s_tmin, churnTo: s_tmax === 0 ? Infinity : s_tmax }),
  };
}
