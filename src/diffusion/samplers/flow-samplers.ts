/** Which samplers can walk models of flow matching. */

import { AnimateError } from "../../errors.ts";
import type { SamplingPlan } from "../../schedule/frame-plan.ts";
import { SAMPLER_FACTS, samplerLabel, samplerNamed, samplerParts } from "../../settings/sampler-names.ts";

/**
 * Euler and Heun follow the straight line from noise to picture, however latents are mixed with noise. The others count on the noise levels
 * of diffusion, as their spacings do, and so does noise that is added on the way.
 *
 * @param placeOf where a setting stands, for messages; default: its path
 * @throws AnimateError with the place, the sampler and those that work
 */
export function requireFlowSampler(
  { sampler, sampling }: { readonly sampler: string; readonly sampling?: SamplingPlan | undefined },
  placeOf: (setting: string) => string = (setting) => setting,
): void {
  const name = samplerNamed(sampler) ?? sampler;
  const parts = samplerParts(name);
  if (parts === undefined || !SAMPLER_FACTS[parts.base].flow || parts.spacing !== undefined) {
    const works = Object.entries(SAMPLER_FACTS).flatMap(([base, { flow }]) => (flow ? [base] : []));
    const message = `${samplerLabel(name)} cannot walk a model of flow matching, expected ${works.join(" or ")}`;
    throw new AnimateError(message, {
      where: placeOf("sampler"),
      hint: "Such models have noise levels of their own, which flow_shift moves; sampler: euler is what they were trained for.",
    });
  }
  if (sampling !== undefined && sampling.s_churn > 0) {
    throw new AnimateError(`churn adds the noise of diffusion, found ${sampling.s_churn}, expected 0`, {
      where: placeOf("sampling.s_churn"),
      hint: "Leave it out: the model is one of flow matching.",
    });
  }
}
