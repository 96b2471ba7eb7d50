/** Straight moves of a latent: toward the clean estimate, along a slope, and back up by noise. */

/**
 * x ← ratio · x + (1 − ratio) · denoised: the Euler step from level sigma to ratio · sigma. Written without the slope (x − denoised) / sigma,
 * which cancels badly at the huge first level of zero-terminal-SNR models.
 */
export function blendToward(x: Float32Array, denoised: Float32Array, ratio: number): void {
  const share = 1 - ratio;
  for (let i = 0; i < x.length; i++) x[i] = ratio * x[i]! + share * denoised[i]!;
}

/** x ← x + amount · noise. */
export function addNoise(x: Float32Array, noise: Float32Array, amount: number): void {
  for (let i = 0; i < x.length; i++) x[i]! += amount * noise[i]!;
}

/** The slope dx / dsigma of the probability-flow ODE at level sigma, (x − denoised) / sigma: the noise that the network sees in x. */
export function slopeAt(x: Float32Array, denoised: Float32Array, sigma: number): Float32Array {
  const slope = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) slope[i] = (x[i]! - denoised[i]!) / sigma;
  return slope;
}

/** now + share · (now − before): the clean estimate, led on in the direction in which it last moved. */
export function extrapolate(now: Float32Array, before: Float32Array, share: number): Float32Array {
  const target = new Float32Array(now.length);
  for (let i = 0; i < now.length; i++) target[i] = now[i]! + share * (now[i]! - before[i]!);
  return target;
}
