/** Noise along one Brownian path: what a half step has drawn is part of what the whole step sees. */

/**
 * The unit-variance noise of a whole interval from that of its first part and fresh noise for its rest.
 *
 * A Brownian path W from a over m to b has W(b) − W(a) = (W(m) − W(a)) + (W(b) − W(m)) with independent terms of variance |m − a| and |b − m|; each
 * divided by the root of its length gives sqrt(share) · first + sqrt(1 − share) · rest. k-diffusion takes the same from a tree of path
 * values, with noise level as time; steps do not overlap, so no more of the tree is needed.
 *
 * @param share length of the first part, 0–1
 */
export function joinBrownian(first: Float32Array, rest: Float32Array, share: number): Float32Array {
  const ofFirst = Math.sqrt(share);
  const ofRest = Math.sqrt(1 - share);
  const whole = new Float32Array(first.length);
  for (let i = 0; i < whole.length; i++) whole[i] = ofFirst * first[i]! + ofRest * rest[i]!;
  return whole;
}
