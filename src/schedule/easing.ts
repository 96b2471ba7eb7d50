/** Easings: how a value travels from one key to the next. */

import { closest } from "fastest-levenshtein";

import { ScheduleError } from "../errors.ts";
import { excerpt } from "../printable.ts";

/** Share of the time between two keys, 0–1 → share of the way; 0 → 0 and, except for a step, 1 → 1. */
export type Easing = (time: number) => number;

export const linear: Easing = (time) => time;

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
]);

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
