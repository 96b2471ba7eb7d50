/** Watches a process that has been asked something, and tells when it has been silent for too long. */

import type { Patience } from "./patience.ts";
import { readActivity, type ProcessActivity } from "./process-activity.ts";

export interface SilenceWatch {
  /** The process said something, and is at this work now; null: it has answered. */
  sign(work: string | null): void;
  stop(): void;
}

/** Ticks in a slice from which on a process counts as busy: a thread that looks at a clock takes fewer. */
const BUSY_TICKS = 2;
/** Bytes in a slice from which on reading is a sign of life: networks are read a megabyte at a time, and more. */
const READING_BYTES = 2 ** 20;

/**
 * Counts quiet slices rather than comparing clocks: neither a laptop that slept for an hour nor a stopped terminal is a hang of the process.
 * Reading from a disk is a sign of life as well as a message.
 *
 * @param work what it begins with
 * @param onHung called once, with the seconds of silence
 */
export function watchSilence(
  pid: number,
  patience: Patience,
  work: string,
  onHung: (seconds: number) => void,
): SilenceWatch {
  let current = work;
  let since = performance.now();
  let quiet = 0;
  let idle = 0;
  let before: ProcessActivity | null = null;

  const timer = setInterval(() => {
    const now = readActivity(pid);
    quiet += patience.slice;
    idle += patience.slice;
    if (before === null || now === null || now.waitsForDisk || now.ticks - before.ticks >= BUSY_TICKS) {
      idle = 0;
    }
    if (before && now && now.bytesRead - before.bytesRead >= READING_BYTES) {
      quiet = 0;
      idle = 0;
    }
    before = now;
    const limits = patience.limits(current);
    if (quiet < limits.busy && idle < limits.idle) return;
    clearInterval(timer);
    onHung(quiet);
  }, patience.slice * 1000);

  return {
    sign(next) {
      const now = performance.now();
      patience.took(current, (now - since) / 1000);
      current = next ?? current;
      since = now;
      quiet = 0;
      idle = 0;
    },
    stop: () => clearInterval(timer),
  };
}
