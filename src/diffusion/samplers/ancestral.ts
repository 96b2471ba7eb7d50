/** How far an ancestral step goes down, and how much fresh noise brings it back up. */

export interface AncestralStep {
  /** Level to go down to without noise. */
  readonly down: number;
  /** Size of the noise that leads from there to the next level: down² + up² = next². */
  readonly up: number;
}

/**
 * Splits the step from `sigma` to `next`. Source: k-diffusion `get_ancestral_step`; in sigma scale the same numbers as DDIM with its eta (Song
 * et al. 2021, equation 16).
 *
 * @param eta share of the noise that the forward process would add, 0 = none, 1 = all of it; beyond what fits, `up` is `next`
 */
export function ancestralStep(sigma: number, next: number, eta: number): AncestralStep {
  const up = Math.min(next, eta * ((next * Math.sqrt(sigma * sigma - next * next)) / sigma));
  // The closed form of eta 1 is exact where the difference of squares would cancel.
  const down = eta === 1 ? (next * next) / sigma : Math.sqrt(next * next - up * up);
  return { down, up };
}
