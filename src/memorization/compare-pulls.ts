/** Whether a prompt pulls a model more than prompts that nobody has learned by heart: gives the number a scale. */

export interface PulledPrompt {
  readonly prompt: string;
  /** See measureTextPull. */
  readonly pull: number;
  /** How many standard deviations it lies above the mean of the others. */
  readonly deviations: number;
  /** Whether it lies above all of them, and by more than {@link STANDS_OUT}. */
  readonly standsOut: boolean;
}

export interface PullScale {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation with the divisor n − 1. */
  readonly deviation: number;
  readonly largest: number;
}

/** Deviations above the mean from which a prompt stands out: of normal numbers, one of 740 lies higher. */
export const STANDS_OUT = 3;

/**
 * Captions of things that every training set has many different pictures of, so that none of them is tied to one: what the pull of a prompt is
 * compared with.
 */
export const ORDINARY_PROMPTS: readonly string[] = [
  "a castle on a hill at sunset",
  "a red balloon over the sea",
  "a bird above a city at night",
  "a green dragon in the mountains",
  "a rocket in space",
  "a cat on a wooden chair",
  "a bowl of fruit on a table",
  "a street in the rain",
  "a forest in autumn",
  "a sailing ship in a storm",
  "an old man reading a book",
  "a bicycle in front of a blue door",
  "a lighthouse by day",
  "a field of flowers under a clear sky",
  "a train crossing a bridge",
  "a dog running on a beach",
  "a cup of coffee beside a window",
  "a snowy village at night",
  "a girl with a yellow umbrella",
  "a market full of people",
  "a mountain lake in the morning",
  "a robot in a garden",
  "a desert with tall rocks",
  "a painting of a horse",
];

/** @param others pulls of ordinary prompts, two at least */
export function scaleOf(others: readonly number[]): PullScale {
  const count = others.length;
  const mean = others.reduce((sum, pull) => sum + pull, 0) / count;
  const squares = others.reduce((sum, pull) => sum + (pull - mean) ** 2, 0);
  return { count, mean, deviation: Math.sqrt(squares / (count - 1)), largest: Math.max(...others) };
}

export function comparePull(
  prompt: string,
  pull: number,
  { mean, deviation, largest }: PullScale,
): PulledPrompt {
  const deviations = deviation === 0 ? 0 : (pull - mean) / deviation;
  return { prompt, pull, deviations, standsOut: pull > largest && deviations > STANDS_OUT };
}
