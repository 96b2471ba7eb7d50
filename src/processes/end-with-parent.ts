/** For processes of ours: to end when the process that started them does, whatever they are at. */

import { Worker } from "node:worker_threads";

/** Enough for a timer. */
const LIMITS = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2, codeRangeSizeMb: 2, stackSizeMb: 1 };

/**
 * Called first thing in a process that is asked questions. At rest it sees the channel close; inside of a network, where it sees nothing for
 * minutes, a thread looks in its stead. Ctrl-C is left to the parent, which lets the current frame be finished.
 */
export function endWithParent(): void {
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit());
  const watch = new URL("../../dist/processes/parent-watch.js", import.meta.url);
  new Worker(watch, { workerData: Number(process.argv[2]), resourceLimits: LIMITS }).unref();
}
