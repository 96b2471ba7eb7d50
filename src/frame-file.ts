/** Where a run keeps its frames. */

/** From the run's folder: `frames/000031.png`. */
export function frameFile(frame: number): string {
  return `frames/${String(frame).padStart(6, "0")}.png`;
}
