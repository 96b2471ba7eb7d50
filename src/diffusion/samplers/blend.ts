/** Straight moves of a latent: toward the clean estimate, and back up by noise. */

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
