/** Progress of `animate thumbnails`: a live bar with pace and time left in a terminal, NDJSON for programs, silence in a pipe. */

import { createLogUpdate } from "log-update";
import type { Footage } from "../footage/footage.ts";
import { printable } from "../printable.ts";
import { formatDuration } from "../render/eta.ts";
import { printEvent } from "./print-event.ts";

const BAR_WIDTH = 24;
/** Terminals need no more, and programs less. */
const REDRAW_MILLISECONDS = { live: 100, json: 500 };

export interface ThumbnailProgress {
  /** @param decoded how many frames have been taken */
  readonly onFrame: (decoded: number) => void;
  /** Takes the live line away. */
  clear(): void;
}

export function createThumbnailProgress(
  { name, kind, frameCount, width, height }: Footage,
  { json }: { readonly json: boolean },
): ThumbnailProgress {
  const live = !json && process.stderr.isTTY ? createLogUpdate(process.stderr) : undefined;
  const began = performance.now();
  let drawn = began;
  if (json) printEvent({ type: "start", name, kind, frames: frameCount, width, height });

  return {
    onFrame(decoded) {
      const now = performance.now();
      if (now - drawn < REDRAW_MILLISECONDS[json ? "json" : "live"]) return;
      drawn = now;
      const perSecond = (decoded / (now - began)) * 1000;
      const etaSeconds = frameCount === undefined ? undefined : Math.max(0, frameCount - decoded) / perSecond;
      if (json) printEvent({ type: "progress", frames: decoded, of: frameCount, perSecond, etaSeconds });
      if (!live) return;
      const share = frameCount === undefined ? 0 : Math.min(1, decoded / frameCount);
      const filled = Math.floor(BAR_WIDTH * share);
      const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
      const of = frameCount === undefined ? "" : `/${frameCount}`;
      const left = etaSeconds === undefined ? "" : `, ${formatDuration(etaSeconds)} left`;
      live(`${printable(name)} ${bar} ${decoded}${of} frames, ${perSecond.toFixed(0)} per second${left}`);
    },
    clear() {
      live?.clear();
      live?.done();
    },
  };
}
