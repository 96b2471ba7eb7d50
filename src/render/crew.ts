/** The inference processes of a run: the one that it began with, and those that `--jobs` puts beside it. */

import { availableParallelism } from "node:os";
import type { Inference } from "./inference-process.ts";
import type { PreparedRun } from "./prepare.ts";

export interface Crew {
  /** At least one. */
  readonly inferences: readonly Inference[];
  /** How often processes ended before their time, together. */
  readonly restarts: number;
  /** Ends those that were started here. */
  close(): Promise<void>;
}

/**
 * Starts as many processes as there shall be, counting the one that the run has.
 *
 * @param count ≥ 1
 * @throws ModelError when a model cannot be opened once more; those that could are ended then
 */
export async function openCrew(
  { inference, startAnother }: Pick<PreparedRun, "inference" | "startAnother">,
  count: number,
): Promise<Crew> {
  const starting = Array.from({ length: count - 1 }, () => startAnother());
  const started = await Promise.allSettled(starting);
  const others = started.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(others.map((other) => other.close()));
  };
  const failed = started.find((start) => start.status === "rejected");
  if (failed) {
    await close();
    throw failed.reason;
  }
  const inferences = [inference, ...others];
  return {
    inferences,
    get restarts() {
      return inferences.reduce((sum, { restarts }) => sum + restarts, 0);
    },
    close,
  };
}

/**
 * Processor threads of each of several processes that share the machine.
 *
 * @param threads as the settings have them, 0 = all cores
 * @param cores default: those of this machine
 */
export function shareThreads(threads: number, processes: number, cores = availableParallelism()): number {
  if (threads > 0 || processes === 1) return threads;
  return Math.max(1, Math.floor(cores / processes));
}
