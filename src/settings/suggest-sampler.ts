/** What a name that is no sampler was probably meant to be. */

import { SAMPLER_NAMES, samplerLabel } from "./sampler-names.ts";
import { nearest } from "./unknown-key.ts";

/** A hint such as `did you mean euler_a?`; names of other programs count too. */
export function suggestSampler(text: string): string {
  const meant = nearest(text, [...SAMPLER_NAMES, ...SAMPLER_NAMES.map(samplerLabel)]);
  return meant === undefined ? "docs/reference/samplers.md lists all names" : `did you mean ${meant}?`;
}
