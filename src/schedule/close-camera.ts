/** The camera at the end of a loop: swings come back to where they began, and the speed goes over into that of the beginning. */

import { drawsSingly } from "../settings/check-mode.ts";
import type { Settings } from "../settings/schema.ts";
import { drawingOrder } from "./drawing-order.ts";
import { loopFrames } from "./loop-plan.ts";

/** Camera numbers that add up from frame to frame. */
const MOVES = [
  "motion.angle",
  "motion.translation_x",
  "motion.translation_y",
  "motion.translation_z",
  "motion.rotation_3d_x",
  "motion.rotation_3d_y",
  "motion.rotation_3d_z",
] as const;

/** What of its way a swing may have left at the end; a number that has more left is a flight, which goes on. */
const MOST_LEFT = 1 / 2;

/**
 * Curves of which the last frames are bent so that the camera's path closes.
 *
 * Two things are done to each number, in the order in which frames are made and in the loop's last frames only. Its speed: the step from the
 * last value to the first one is taken back, softly, so that the move goes on where the video begins anew. Its way: where it goes to and fro,
 * and comes back by a third of its way or more, what is left is taken back, in a move that begins and ends at rest. Flights, which go one way,
 * stay flights. Zooms are closed by their logarithms, since they multiply. A field of view that zooms is back at its beginning, too.
 *
 * @param curves one value per frame, by settings path
 * @returns the same curves where nothing has to be bent
 */
export function closeCamera(
  curves: ReadonlyMap<string, Float64Array>,
  settings: Settings,
): ReadonlyMap<string, Float64Array> {
  const length = loopFrames(settings);
  if (length === 0 || drawsSingly(settings)) return curves;
  const { count, stepOf } = drawingOrder(settings);
  const closed = new Map(curves);
  const bend = (path: string, change: (inOrder: Float64Array) => Float64Array): void => {
    const values = Float64Array.from(curves.get(path)!);
    const inOrder = new Float64Array(count);
    for (let frame = 0; frame < count; frame++) inOrder[stepOf(frame)] = values[frame]!;
    const changed = change(inOrder);
    for (let frame = 0; frame < count; frame++) values[frame] = changed[stepOf(frame)]!;
    closed.set(path, values);
  };
  for (const path of MOVES) bend(path, (moves) => takeWayBack(meetBeginning(moves, length), length));
  bend("motion.zoom", (zooms) => {
    const moves = zooms.map(Math.log);
    const bent = takeWayBack(meetBeginning(moves, length), length);
    return bent === moves ? zooms : bent.map(Math.exp);
  });
  if (settings.motion.fov_zoom) bend("motion.fov", (fov) => meetBeginning(fov, length));
  return closed;
}

/** The value that would come next becomes that of the beginning. */
function meetBeginning(moves: Float64Array, length: number): Float64Array {
  const count = moves.length;
  if (count < 2) return moves;
  const [low, high] = [moves.reduce((a, b) => Math.min(a, b)), moves.reduce((a, b) => Math.max(a, b))];
  const next = Math.min(high, Math.max(low, 2 * moves[count - 1]! - moves[count - 2]!));
  const step = moves[0]! - next;
  if (step === 0) return moves;
  return moves.map((move, i) => {
    const way = Math.max(0, (i - (count - length)) / length);
    return move + step * way * way * (3 - 2 * way);
  });
}

/** The sum of all moves is 0, if it is a swing. */
function takeWayBack(moves: Float64Array, length: number): Float64Array {
  const left = moves.reduce((sum, move) => sum + move, 0);
  const way = moves.reduce((sum, move) => sum + Math.abs(move), 0);
  // Less than a millionth is the rounding of sines.
  if (Math.abs(left) > MOST_LEFT * way || Math.abs(left) <= 1e-6 * way) return moves;
  const begin = moves.length - length;
  const bump = moves.map((_, i) => (i < begin ? 0 : Math.sin((Math.PI * (i - begin + 0.5)) / length) ** 2));
  const total = bump.reduce((sum, part) => sum + part, 0);
  return moves.map((move, i) => move - (left * bump[i]!) / total);
}
