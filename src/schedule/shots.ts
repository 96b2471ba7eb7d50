/** Shots: parts of an animation that are each made from nothing, whatever comes before and after. */

import { drawsSingly } from "../settings/check-mode.ts";
import type { Settings } from "../settings/schema.ts";
import type { FramePlan } from "./frame-plan.ts";

/** Places in a plan, in the order of rendering. */
export interface PlaceRange {
  readonly begin: number;
  /** The place behind the last one. */
  readonly end: number;
}

/** Frames, as they are played. */
export interface Shot {
  readonly first: number;
  readonly last: number;
}

/**
 * The parts of a plan that depend on nothing before them: its shots, or, where each frame is drawn by itself, its frames.
 *
 * With `shots: cuts` a part begins at every drawn frame of which the strength is 0, in the order of rendering.
 *
 * @param plan in the order of rendering
 */
export function independentParts(
  plan: readonly FramePlan[],
  settings: Pick<Settings, "mode" | "reverse" | "shots">,
): PlaceRange[] {
  const begins = plan.flatMap((frame, place) => (place === 0 || beginsPart(frame, place) ? [place] : []));
  return begins.map((begin, index) => ({ begin, end: begins[index + 1] ?? plan.length }));

  function beginsPart({ frame, diffuse, strength }: FramePlan, place: number): boolean {
    if (drawsSingly(settings)) return true;
    const { shots, reverse } = settings;
    if (shots === "cuts") return diffuse && strength === 0;
    // Backward the frame that was rendered before is the first of the shot that is played after.
    return shots?.includes(reverse ? plan[place - 1]!.frame : frame) ?? false;
  }
}

/** The shots as they are played; one for an animation without any. */
export function playedShots(plan: readonly FramePlan[], parts: readonly PlaceRange[]): Shot[] {
  const shots = parts.map(({ begin, end }): Shot => {
    const ends = [plan[begin]!.frame, plan[end - 1]!.frame];
    return { first: Math.min(...ends), last: Math.max(...ends) };
  });
  return shots.toSorted((a, b) => a.first - b.first);
}
