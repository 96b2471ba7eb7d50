/** How fast things move in a flow, outliers left out. */

/** Share of the pixels whose movement counts. */
const SHOWN = 0.98;

/**
 * The length that 98 % of the vectors stay below, pixels.
 *
 * @param flow `[height, width, 2]`
 */
export function usualSpeed(flow: Float32Array): number {
  const speeds = new Float32Array(flow.length / 2);
  for (let i = 0; i < speeds.length; i++) speeds[i] = Math.hypot(flow[2 * i]!, flow[2 * i + 1]!);
  return speeds.toSorted()[Math.floor(SHOWN * speeds.length)]!;
}
