/** The stills of a film: chosen by their scores, and looked at once more at full size. */

import type { Footage } from "../footage/footage.ts";
import type { DudReason } from "../scoring/score.ts";
import { secondLook } from "../scoring/second-look.ts";
import type { ByteImage } from "../tensor/image.ts";
import { type ScoredFrame, type Selection, selectStills } from "./select.ts";
import type { Weights } from "./weights.ts";

export interface ChosenStills {
  readonly selection: Selection;
  /** Frames that were looked at, at full size, by frame: the picked ones, as far as {@link MOST_KEPT} bytes hold them. */
  readonly pictures: ReadonlyMap<number, ByteImage>;
}

/** Bytes of pictures that are kept at most: as many as are asked for, of the largest cameras, would be gigabytes. */
const MOST_KEPT = 256_000_000;
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
  const seen = new Set<number>();
  const kept = new Map<number, ByteImage>();
  let bytes = 0;
  let selection = selectStills(frames, count, weights);
  for (;;) {
    const unseen = selection.picked.find(({ frame }) => !seen.has(frame));
    if (!unseen) break;
    const picture = await footage.still(unseen);
    const isLast = turnedDown.size === MOST_TURNED_DOWN || selection.leastBad !== undefined;
    const dud = isLast ? undefined : secondLook(picture);
    if (dud === undefined) {
      seen.add(unseen.frame);
      bytes += picture.data.length;
      if (bytes <= MOST_KEPT) kept.set(unseen.frame, picture);
    } else {
      turnedDown.set(unseen.frame, dud);
      selection = selectStills(withDuds(frames, turnedDown), count, weights);
    }
  }
  return { selection, pictures: kept };
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
