/** Frames per second as a fraction, so that the time of the last frame of a night is as exact as that of the first. */

export interface FrameRate {
  /** `numerator / denominator` frames per second, without a common divisor. */
  readonly numerator: number;
  readonly denominator: number;
}

/** What ffmpeg takes on either side of a fraction. */
const LARGEST_PART = 1_001_000;
/** A rate written with nine digits, such as 29.97002997, means the fraction next to it. */
const CLOSE_ENOUGH = 1e-9;

/**
 * The simplest fraction within a billionth of the number: 15 is 15/1, 23.976 is 2997/125, 29.97002997 is 30000/1001. By continued fractions.
 *
 * @param fps above 0
 */
export function frameRate(fps: number): FrameRate {
  let [before, numerator] = [1, Math.floor(fps)];
  let [beforeBelow, denominator] = [0, 1];
  let rest = fps - numerator;
  while (rest > 0 && Math.abs(numerator / denominator - fps) > CLOSE_ENOUGH * fps) {
    const digit = Math.floor(1 / rest);
    rest = 1 / rest - digit;
    const next = digit * numerator + before;
    const nextBelow = digit * denominator + beforeBelow;
    if (next > LARGEST_PART || nextBelow > LARGEST_PART) break;
    [before, numerator] = [numerator, next];
    [beforeBelow, denominator] = [denominator, nextBelow];
  }
  return { numerator, denominator };
}

/** As ffmpeg reads it: `2997/125`. */
export function rateText({ numerator, denominator }: FrameRate): string {
  return `${numerator}/${denominator}`;
}

/** Ticks per second of an mp4 track in which every frame begins at a whole tick. */
export function trackTimescale({ numerator }: FrameRate): number {
  return numerator * Math.ceil(10_000 / numerator);
}

/** When a frame begins, in whole microseconds, which is how ffmpeg's list of pieces tells time. */
export function frameMicroseconds({ numerator, denominator }: FrameRate, frame: number): number {
  return Math.round((frame * denominator * 1e6) / numerator);
}
