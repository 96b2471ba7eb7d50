/** The frames that are missing between finished ones, by the loop that makes them. */

import type { PlaceRange } from "../schedule/shots.ts";
import type { Paint, RenderedFrame } from "./frame-loop.ts";
import type { Gap, RunFolder } from "./run-folder.ts";
import { type FrameTools, type PlannedRun, runFrames } from "./run-frames.ts";

/**
 * Renders the frames of a gap, one yield each. Frames between the state that it begins from and the gap are there already: the loop walks
 * through them for what it remembers, and they are not given out.
 *
 * @param part of the plan, which begins from nothing
 */
export async function* renderGap(
  run: PlannedRun,
  folder: Pick<RunFolder, "finished" | "readFrame">,
  part: PlaceRange,
  gap: Gap,
  paint: Paint,
  tools: Omit<FrameTools, "firstPicture">,
): AsyncGenerator<{ readonly place: number; readonly frame: RenderedFrame }, void, void> {
  const start = { ...gap.state, nextFrame: gap.state.nextFrame - part.begin };
  const first = folder.finished[part.begin];
  const firstPicture = first && (await folder.readFrame(first));
  for await (const frame of runFrames(inPart(run, part), start, paint, { ...tools, firstPicture })) {
    const place = part.begin + frame.state.nextFrame - 1;
    if (place >= gap.begin) yield { place, frame };
    if (place + 1 === gap.end) return;
  }
}

/** A part as an animation of its own; the start picture is that of the whole. */
function inPart(run: PlannedRun, { begin, end }: PlaceRange): PlannedRun {
  const initImage = begin === 0 ? run.initImage : null;
  return { ...run, plan: run.plan.slice(begin, end), initImage };
}
