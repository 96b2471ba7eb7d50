/** Parts the gray levels of a picture into dark and bright. */

/**
 * The level up to which pixels count as dark, so that dark and bright differ most: of all levels the first with the largest variance between
 * the two. 0 for a picture of one level.
 *
 * Source: N. Otsu, A Threshold Selection Method from Gray-Level Histograms (1979).
 */
export function otsuThreshold(levels: Uint8Array): number {
  const histogram = new Float64Array(256);
  for (const level of levels) histogram[level]!++;
  const total = histogram.reduce((sum, count, level) => sum + count * level, 0);
  let [best, threshold, dark, darkSum] = [0, 0, 0, 0];
  for (let level = 0; level < 255; level++) {
    dark += histogram[level]!;
    darkSum += histogram[level]! * level;
    const bright = levels.length - dark;
    if (dark === 0 || bright === 0) continue;
    const between = dark * bright * ((total - darkSum) / bright - darkSum / dark) ** 2;
    if (between > best) [best, threshold] = [between, level];
  }
  return threshold;
}
