/** Token weights applied to the embeddings of one chunk. */

/**
 * Multiplies the embedding of each token by its weight, then scales the whole chunk so that its mean stays what it was; without the second
 * step, emphasis on one word would also shift the brightness and contrast of the picture.
 *
 * Source: stable-diffusion-webui 1.10, emphasis mode "Original" (behavior).
 *
 * @param embeddings `[positions, width]`, row-major
 * @param weights one per position
 * @returns a new array, or `embeddings` itself when every weight is 1
 */
export function applyTokenWeights(embeddings: Float32Array, weights: readonly number[]): Float32Array {
  if (weights.every((weight) => weight === 1)) return embeddings;
  const width = embeddings.length / weights.length;
  const weighted = new Float32Array(embeddings.length);
  let sumBefore = 0;
  let sumAfter = 0;
  for (let position = 0, i = 0; position < weights.length; position++) {
    const weight = weights[position]!;
    for (let column = 0; column < width; column++, i++) {
      const value = embeddings[i]!;
      weighted[i] = value * weight;
      sumBefore += value;
      sumAfter += value * weight;
    }
  }
  const restore = sumBefore / sumAfter;
  // Weights that cancel the sum out leave nothing to restore the mean from.
  if (Number.isFinite(restore)) for (let i = 0; i < weighted.length; i++) weighted[i]! *= restore;
  return weighted;
}
