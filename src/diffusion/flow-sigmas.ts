/** Noise levels of flow-matching models, for which x = (1 − s) · x0 + s · noise, s from 1 down to 0. */

/** A level after the shift that large pictures need: shift · s / (1 + (shift − 1) · s). Source: Esser et al. 2024, equation 23. */
function shifted(level: number, shift: number): number {
  return (shift * level) / (1 + (shift - 1) * level);
}

/**
 * `steps` levels evenly spaced from 1 to the lowest trained one, shifted, then 0. The timestep of a level is 1000 times it.
 * Source: diffusers `FlowMatchEulerDiscreteScheduler`, which takes its lowest level shifted already and shifts the list once more.
 *
 * @param shift 1 = none, 3 for Stable Diffusion 3
 * @param timesteps of the training
 */
export function flowSigmas(steps: number, shift: number, timesteps = 1000): Float64Array {
  const lowest = shifted(1 / timesteps, shift);
  const spacing = steps === 1 ? 0 : (1 - lowest) / (steps - 1);
  const levels = new Float64Array(steps + 1);
  for (let i = 0; i < steps; i++) levels[i] = shifted(1 - i * spacing, shift);
  return levels;
}

/**
 * `steps` levels evenly spaced from 1 to 1 / steps, shifted by exp(mu), then 0: the way of models whose shift grows with the picture.
 * Source: diffusers `FlowMatchEulerDiscreteScheduler` with `use_dynamic_shifting`, as the Flux pipeline drives it.
 */
export function dynamicFlowSigmas(steps: number, mu: number): Float64Array {
  const levels = new Float64Array(steps + 1);
  for (let i = 0; i < steps; i++) levels[i] = shifted(1 - i / steps, Math.exp(mu));
  return levels;
}
