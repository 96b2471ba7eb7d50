/** What cannot repeat. */

import { distributes } from "../schedule/drawn-frames.ts";
import type { GuidingPicture } from "../schedule/guided-plan.ts";
import { wholeBlocks } from "../schedule/loop-plan.ts";
import { drawsSingly } from "./check-mode.ts";
import type { Problem } from "./problem.ts";
import type { Settings } from "./schema.ts";

/** Fewer drawn frames leave the model no room to lead back. */
const FEWEST_DRAWN = 4;

/**
 * Settings with which `loop` makes no sense. The lengths that it depends on have to be right.
 *
 * @param wrong paths that are known to be wrong and stand at their default
 */
export function checkLoop(settings: Settings, wrong: ReadonlySet<string>): Problem[] {
  const { loop, mode, cadence, frames } = settings;
  if (loop === false || loop === 0 || wrong.has("loop") || wrong.has("mode")) return [];
  if (mode === "video") {
    const message = `expected false with mode video, found ${loop}: the pictures of a video lead nowhere but to its end`;
    return refuse(message, "use a video that repeats, and leave loop out");
  }
  // Where keys of prompts decide, they have yet to be checked.
  if (loop !== true || drawsSingly(settings) || distributes(settings)) return [];
  const drawn = wholeBlocks(settings).length;
  if (drawn >= FEWEST_DRAWN) return [];
  const rhythm = cadence > 1 ? ` at cadence ${cadence}` : "";
  const message = `expected ${FEWEST_DRAWN} drawn frames or more to lead back in, found ${drawn}: ${frames} frames${rhythm}`;
  return refuse(message, "render more frames, or leave loop out");
}

/**
 * With `loop: true` the picture that leads at the end has to be the one that leads at the beginning.
 *
 * @param pictures those of `guided.images`
 */
export function checkLoopPictures(
  { loop, frames }: Pick<Settings, "loop" | "frames">,
  pictures: readonly GuidingPicture[],
): Problem[] {
  const used = pictures.filter(({ frame }) => frame < frames);
  const [first, last] = [used[0], used.at(-1)];
  if (loop !== true || first === undefined || last === undefined || first.path === last.path) return [];
  const message = `expected the first picture again at the end, because of loop: true, found ${JSON.stringify(last.path)}`;
  const hint = `add ${JSON.stringify(first.path)} as the last one`;
  return [{ path: ["guided", "images"], part: "value", message, hint }];
}

function refuse(message: string, hint: string): Problem[] {
  return [{ path: ["loop"], part: "value", message, hint }];
}
