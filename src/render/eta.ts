/** Time left, from how long the last frames took. */

/** Frames that count: enough to smooth single hiccups, few enough to notice that the machine became busy. */
const WINDOW = 20;

export interface Eta {
  /** Notes that one more frame took its process this long. */
  frameTook(seconds: number): void;
  /** Seconds per frame over the last frames, or undefined before the first. */
  secondsPerFrame(): number | undefined;
  /** Seconds for this many more frames, or undefined before the first. */
  remaining(frames: number): number | undefined;
}

/**
 * An estimate that is honest about a cold start: the first frame of a process also loads and compiles the networks, so the first frames are left
 * out as soon as there is another.
 *
 * @param processes that render side by side
 */
export function createEta(processes = 1): Eta {
  const durations: number[] = [];
  let frames = 0;

  function secondsPerFrame(): number | undefined {
    if (durations.length === 0) return undefined;
    return durations.reduce((sum, seconds) => sum + seconds, 0) / durations.length / processes;
  }

  return {
    frameTook(seconds) {
      frames++;
      if (frames === processes + 1) durations.length = 0;
      durations.push(seconds);
      if (durations.length > WINDOW) durations.shift();
    },
    secondsPerFrame,
    remaining(count) {
      const each = secondsPerFrame();
      return each === undefined ? undefined : each * count;
    },
  };
}

/** `2 h 05 min`, `3 min 20 s`, `12 s`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = whole % 60;
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, "0")} min`;
  if (minutes > 0) return `${minutes} min ${String(rest).padStart(2, "0")} s`;
  return `${rest} s`;
}
