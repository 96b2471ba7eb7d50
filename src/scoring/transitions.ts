/** Which frames of a film are mixes of two others: cross-fades, and fades from and to one color. */
import type { FrameScore } from "./score.ts";
import { SIGNATURE_LENGTH, signatureDistance, type Signature } from "./signature.ts";

/** Lengths of transitions that are looked for, in frames: a frame alone (of a conversion of frame rates) to two seconds at 60 frames per second. */
const LENGTHS = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
/** Mean absolute difference of the two ends, in levels: less is no change of scene. Own. */
const LEAST_CHANGE = 8;
/** Largest share of the change that may be left unexplained by the mix, mean over the frames between. Own. */
const LARGEST_REST = 0.25;
/** Share of the second picture below which, and above one minus which, the first or second can be shown alone. Own. */
const LEAST_SHARE = 0.07;

/**
 * For each frame whether it is part of a transition: nearly a linear mix of a frame before and a frame after it that differ, as are the frames
 * beside it, with shares that rise from one to the other. A pan, a zoom or a morph passes through pictures that are no such mix.
 */
export function findTransitions(scores: readonly FrameScore[]): boolean[] {
  return transitionStrengths(scores).map((strength) => strength >= 1);
}

/** How clearly each frame is part of a transition: 0 not at all; from 1 it is. */
export function transitionStrengths(scores: readonly FrameScore[]): number[] {
  const strengths = scores.map(() => 0);
  for (const length of LENGTHS) {
    const stride = Math.max(1, Math.floor(length / 4));
    for (let start = 0; start + length < scores.length; start += stride) {
      const mix = fitMix(scores.slice(start, start + length + 1).map(({ signature }) => signature));
      if (mix === undefined) continue;
      for (const [index, share] of mix.shares.entries()) {
        if (share < LEAST_SHARE || share > 1 - LEAST_SHARE) continue;
        const frame = start + 1 + index;
        strengths[frame] = Math.max(strengths[frame]!, LARGEST_REST / Math.max(mix.rest, 1e-3));
      }
    }
  }
  return strengths;
}

interface Mix {
  /** Of the last picture in each frame between the first and the last. */
  readonly shares: readonly number[];
  /** What is left of the change, as a share of it, at worst. */
  readonly rest: number;
}

/** The frames between the first and the last as mixes of these; undefined when the two hardly differ or the shares do not rise. */
function fitMix(frames: readonly Signature[]): Mix | undefined {
  const first = frames[0]!;
  const last = frames.at(-1)!;
  if (signatureDistance(first, last) < LEAST_CHANGE) return undefined;
  const shares: number[] = [];
  let rest = 0;
  let before = -0.05;
  for (const frame of frames.slice(1, -1)) {
    const { share, left } = project(frame, first, last);
    if (share < before - 0.03 || share > 1.05) return undefined;
    before = share;
    shares.push(share);
    rest += left / (frames.length - 2);
  }
  return { shares, rest };
}

/** The mix of two signatures that is nearest to a third, and how far that is from it, as a share of the difference of the two. */
function project(frame: Signature, first: Signature, last: Signature): { share: number; left: number } {
  let along = 0;
  let length = 0;
  let total = 0;
  for (let i = 0; i < SIGNATURE_LENGTH; i++) {
    const change = last[i]! - first[i]!;
    const moved = frame[i]! - first[i]!;
    along += moved * change;
    length += change * change;
    total += moved * moved;
  }
  const share = along / length;
  return { share, left: Math.sqrt(Math.max(0, total - share * along) / length) };
}
