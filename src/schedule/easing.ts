/** Easings: how a value travels from one key to the next. */

import { closest } from "fastest-levenshtein";

import { ScheduleError } from "../errors.ts";
import { excerpt } from "../printable.ts";

/** Share of the time between two keys, 0–1 → share of the way; 0 → 0 and, except for a step, 1 → 1. */
export type Easing = (time: number) => number;

export const linear: Easing = (time) => time;

/** Makes `back` go a tenth of the way too far. */
const OVERSHOOT = 1.70158;

const stay: Easing = () => 0;

/** Every named easing. `ease` to `ease_in_out` are the curves of the same names in CSS (Easing Functions Level 1). */
export const EASINGS: ReadonlyMap<string, Easing> = new Map<string, Easing>([
  ["linear", linear],
  ["step", stay],
  ["hold", stay],
  ["ease", bezier(0.25, 0.1, 0.25, 1)],
  ["ease_in", bezier(0.42, 0, 1, 1)],
  ["ease_out", bezier(0, 0, 0.58, 1)],
  ["ease_in_out", bezier(0.42, 0, 0.58, 1)],
  ["ease_in_cubic", (time) => time ** 3],
  ["ease_out_cubic", (time) => 1 - (1 - time) ** 3],
  ["ease_in_out_cubic", (time) => (time < 0.5 ? 4 * time ** 3 : 1 - 4 * (1 - time) ** 3)],
  ...family("sine", (time) => 1 - Math.cos((Math.PI / 2) * time)),
  ...family("quad", (time) => time * time),
  ...family("quart", (time) => time ** 4),
  // 2^(10(t−1)) would begin at 1/1024; moved and stretched so that it begins at 0.
  ...family("expo", (time) => (2 ** (10 * time) - 1) / 1023),
  ...family("back", (time) => time * time * ((OVERSHOOT + 1) * time - OVERSHOOT)),
  ...family("elastic", (time) =>
    time === 0 ? 0 : -(2 ** (10 * time - 10)) * Math.sin((10 * time - 10.75) * ((2 * Math.PI) / 3)),
  ),
  ...family("bounce", (time) => 1 - bounce(1 - time)),
]);

/** `ease_in_<name>`, and from it the way out, backwards, and both halves after each other. Source: Penner, Motion, Tweening, and Easing. */
function family(name: string, easeIn: Easing): [string, Easing][] {
  const easeOut: Easing = (time) => 1 - easeIn(1 - time);
  return [
    [`ease_in_${name}`, easeIn],
    [`ease_out_${name}`, easeOut],
    [`ease_in_out_${name}`, (time) => (time < 0.5 ? easeIn(2 * time) / 2 : 0.5 + easeOut(2 * time - 1) / 2)],
  ];
}

/** A ball that falls from 0 to 1 and bounces three times, each time a quarter as high as the time before. */
function bounce(time: number): number {
  const x = 2.75 * time;
  if (x < 1) return x * x;
  if (x < 2) return (x - 1.5) ** 2 + 0.75;
  if (x < 2.5) return (x - 2.25) ** 2 + 0.9375;
  return (x - 2.625) ** 2 + 0.984375;
}

const NUMBER = String.raw`\s*([+-]?(?:\d+(?:\.\d+)?|\.\d+))\s*`;
const BEZIER = new RegExp(String.raw`^bezier\s*\(${NUMBER},${NUMBER},${NUMBER},${NUMBER}\)$`);

/** Reads `ease_in_out` or `bezier(0.42, 0, 0.58, 1)`. Throws ScheduleError with the offset in `text`. */
export function parseEasing(text: string): Easing {
  const named = EASINGS.get(text);
  if (named !== undefined) return named;
  if (!text.startsWith("bezier")) {
    throw new ScheduleError(`expected an easing, found ${excerpt(text)}`, {
      offset: 0,
      hint: `did you mean ${closest(text.slice(0, 40), [...EASINGS.keys()])}? known easings: ${[...EASINGS.keys()].join(", ")}, bezier(x1, y1, x2, y2)`,
    });
  }
  const [x1, y1, x2, y2] = (BEZIER.exec(text) ?? []).slice(1).map(Number);
  if (
    x1 === undefined ||
    y1 === undefined ||
    x2 === undefined ||
    y2 === undefined ||
    !isShare(x1) ||
    !isShare(x2)
  ) {
    throw new ScheduleError(
      `expected bezier(x1, y1, x2, y2) with x1 and x2 from 0 to 1, found ${excerpt(text)}`,
      {
        offset: 0,
        hint: "write four numbers, as in bezier(0.42, 0, 0.58, 1)",
      },
    );
  }
  return bezier(x1, y1, x2, y2);
}

function isShare(x: number): boolean {
  return x >= 0 && x <= 1;
}

/**
 * The cubic Bézier curve from (0, 0) to (1, 1) with control points (x1, y1) and (x2, y2): x is time, y the way.
 *
 * @param x1 0–1, so that the curve never goes back in time; likewise `x2`
 */
function bezier(x1: number, y1: number, x2: number, y2: number): Easing {
  return (time) => {
    // Newton's steps towards the parameter at which x is `time`, halving where the curve is too flat for them.
    let low = 0;
    let high = 1;
    let parameter = time;
    for (let i = 0; i < 60; i++) {
      const error = coordinate(x1, x2, parameter) - time;
      if (Math.abs(error) <= Number.EPSILON / 4) break;
      if (error < 0) low = parameter;
      else high = parameter;
      const next = parameter - error / slope(x1, x2, parameter);
      parameter = next > low && next < high ? next : (low + high) / 2;
    }
    return coordinate(y1, y2, parameter);
  };
}

function coordinate(first: number, second: number, parameter: number): number {
  const rest = 1 - parameter;
  return 3 * rest * parameter * (rest * first + parameter * second) + parameter * parameter * parameter;
}

function slope(first: number, second: number, parameter: number): number {
  const rest = 1 - parameter;
  return (
    3 * rest * rest * first +
    6 * rest * parameter * (second - first) +
    3 * parameter * parameter * (1 - second)
  );
}
