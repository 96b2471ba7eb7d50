/** Work of ffmpeg that is done once more when it fails: a process may be killed for reasons that have passed. */

import { isHang } from "./hang.ts";

/**
 * Does the work, and once more when it fails; not after a hang, which would take as long again, and not when it was given up.
 *
 * @throws what the last try threw
 */
export async function retry<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isHang(error) || signal.aborted) throw error;
    return await work();
  }
}
