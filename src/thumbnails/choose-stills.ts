/** The stills of a film: chosen by their scores, and looked at once more at full size. */

import type { Footage } from "../footage/footage.ts";
import type { DudReason } from "../scoring/score.ts";
import { secondLook } from "../scoring/second-look.ts";
import type { ByteImage } from "../tensor/image.ts";
import { type ScoredFrame, type Selection, selectStills } from "./select.ts";
import type { Weights } from "./weights.ts";

export interface ChosenStills {
  readonly selection: Selection;
  /** The picked frames at full size, by frame. */
  readonly pictures: ReadonlyMap<number, ByteImage>;
}

/** Frames that the second look may turn down before the rest is taken as it is: a film of nothing else would be decoded frame by frame. */
const MOST_TURNED_DOWN = 12;

/**
 * Chooses up to `count` frames. One that turns out to be a dud at full size gives its place to the next best.
 *
 * @throws FileError when a frame cannot be read again
 */
export async function chooseStills(
  frames: readonly ScoredFrame[],
  { count, weights }: { readonly count: number; readonly weights: Weights },
  footage: Pick<Footage, "still">,
): Promise<ChosenStills> {
  const turnedDown = new Map<number, DudReason>();
  const seen = new Map<number, ByteImage>();
  let selection = selectStills(frames, count, weights);
  for (;;) {
    const unseen = selection.picked.find(({ frame }) => !seen.has(frame));
    if (!unseen) break;
    const picture = await footage.still(unseen);
    const isLast = turnedDown.size === MOST_TURNED_DOWN || selection.leastBad !== undefined;
    const dud = isLast ? undefined : secondLook(picture);
    if (dud === undefined) seen.set(unseen.frame, picture);
    else {
      turnedDown.set(unseen.frame, dud);
      selection = selectStills(withDuds(frames, turnedDown), count, weights);
    }
  }
  const pictures = new Map(selection.picked.map(({ frame }) => [frame, seen.get(frame)!]));
  return { selection, pictures };
}

function withDuds(
  frames: readonly ScoredFrame[],
  turnedDown: ReadonlyMap<number, DudReason>,
): readonly ScoredFrame[] {
  return frames.map((frame) => {
    const dud = turnedDown.get(frame.frame);
    return dud === undefined ? frame : { ...frame, score: { ...frame.score, dud } };
  });
}
