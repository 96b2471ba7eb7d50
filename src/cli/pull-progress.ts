/** Progress of a download: a live bar with pace and time left in a terminal, a line every tenth in a pipe. */

import { createLogUpdate } from "log-update";
import { formatDuration } from "../render/eta.ts";
import { inUnits } from "./byte-units.ts";
import { printable } from "../printable.ts";

const BAR_WIDTH = 24;
/** The pace is that of the last seconds, so that a slow server is seen at once. */
const WINDOW_MILLISECONDS = 10_000;
/** Terminals need no more. */
const REDRAW_MILLISECONDS = 100;

export interface PullProgress {
  readonly onBytes: (bytes: number) => void;
  /** Takes the live line away. */
  clear(): void;
}

/** @param total bytes of the whole download */
export function createPullProgress(name: string, total: number): PullProgress {
  const stream = process.stderr;
  const live = stream.isTTY ? createLogUpdate(stream) : undefined;
  const samples: { readonly time: number; readonly bytes: number }[] = [];
  let drawn = 0;
  let tenth: number | undefined;

  function pace(): string {
    const [first] = samples;
    const last = samples.at(-1);
    if (first === undefined || last === undefined || last.time - first.time < 500) return "";
    const perSecond = ((last.bytes - first.bytes) / (last.time - first.time)) * 1000;
    if (perSecond <= 0) return "";
    return `, ${inUnits(perSecond)}/s, ${formatDuration((total - last.bytes) / perSecond)} left`;
  }

  return {
    onBytes(bytes) {
      const time = performance.now();
      samples.push({ time, bytes });
      while (samples.length > 2 && time - samples[0]!.time > WINDOW_MILLISECONDS) samples.shift();
      const share = total === 0 ? 1 : bytes / total;
      if (live !== undefined) {
        if (time - drawn < REDRAW_MILLISECONDS && bytes < total) return;
        drawn = time;
        const filled = Math.floor(BAR_WIDTH * share);
        const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
        live(`${printable(name)} ${bar} ${inUnits(bytes)} of ${inUnits(total)}${pace()}`);
        return;
      }
      const reached = Math.floor(share * 10);
      // What an earlier pull left is said, too.
      if (tenth === undefined ? bytes > 0 : reached > tenth)
        stream.write(`${printable(name)}: ${inUnits(bytes)} of ${inUnits(total)}${pace()}\n`);
      tenth = reached;
    },
    clear() {
      live?.clear();
      live?.done();
    },
  };
}
