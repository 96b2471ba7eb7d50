/** Which frames of a film are mixes of two others: cross-fades, and fades from and to one color. */
import type { FrameScore } from "./score.ts";
import { COARSE_LENGTH, SIGNATURE_LENGTH, signatureDistance, type Signature } from "./signature.ts";

/** Lengths of transitions that are looked for, in frames from end to end: one mixed frame (of a conversion of frame rates) to four seconds at 30 frames per second. */
const LENGTHS = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
/** Mean absolute difference of the two ends, in levels: less is no change of scene. Own. */
const LEAST_CHANGE = 8;
/** Likeness of the two ends' structure from which they are one scene whose light changed. Own. */
const SAME_SCENE = 0.5;
/** Share of the other end's structure below which an end is one color. Own. */
const NO_STRUCTURE = 0.1;
/** Share of the change that may be left unexplained by the mix, mean over the frames between. Own. */
const LARGEST_REST = 0.15;
/** Share of the second picture below which, and above one minus which, a frame shows the one or the other. Own. */
const LEAST_SHARE = 0.08;

/**
 * Two pictures that have nothing to do with each other lose detail in a mix: of the energies V and W, (1 − a)² V + a² W is left at the share a, where
 * a move from one to the other has about (1 − a) V + a W. The part of this loss that a transition has at least. Own.
 */
const LEAST_LOSS = 0.5;
/** How far a share may fall behind that of the frame before, and run past the end, because the pictures that are mixed move. Own. */
const LARGEST_SLIP = 0.06;
/** How many times the mean step the largest one may be: a fade may be eased, but a cut between two moving pictures is none. Own. */
const LARGEST_STEPS = 3;

/** What transitions are told from: of every frame its colors, and its fine detail. */
export type TransitionMeasures = Pick<FrameScore, "signature" | "sharpness">;

/**
 * For each frame whether it is part of a transition: nearly a linear mix of a frame before and a frame after it that show different things, as are
 * the frames beside it, with shares that rise from one to the other. A pan, a zoom or a morph passes through pictures that are no such mix.
 */
export function findTransitions(scores: readonly TransitionMeasures[]): boolean[] {
  return transitionStrengths(scores).map((strength) => strength >= 1);
}

/** How clearly each frame is part of a transition: 0 not at all; from 1 it is. */
export function transitionStrengths(scores: readonly TransitionMeasures[]): number[] {
  const strengths = scores.map(() => 0);
  for (const length of LENGTHS) {
    const stride = Math.max(1, Math.floor(length / 8));
    const shares = new Float64Array(length - 1);
    for (let start = 0; start + length < scores.length; start += stride) {
      const strength = mixStrength(scores, start, start + length, shares);
      if (strength === 0) continue;
      for (let index = 0; index < shares.length; index++) {
        const share = shares[index]!;
        if (share < LEAST_SHARE || share > 1 - LEAST_SHARE) continue;
        const frame = start + 1 + index;
        strengths[frame] = Math.max(strengths[frame]!, strength);
      }
    }
  }
  return strengths;
}

/**
 * How clearly the frames between two are mixes of these: 0 when the two show the same or the shares do not rise. Writes the share of the later one in
 * each into `shares`.
 */
function mixStrength(
  scores: readonly TransitionMeasures[],
  first: number,
  last: number,
  shares: Float64Array,
): number {
  const [one, other] = [scores[first]!, scores[last]!];
  if (signatureDistance(one.signature, other.signature) < LEAST_CHANGE) return 0;
  if (isSameScene(one.signature, other.signature)) return 0;
  const largestStep = Math.min(1, LARGEST_STEPS / (last - first));
  let rest = 0;
  let before = 0;
  let lost = 0;
  let lostByMix = 0;
  for (let index = 0; index < shares.length; index++) {
    const frame = scores[first + 1 + index]!;
    const { share, left } = project(frame.signature, one.signature, other.signature);
    if (share < before - LARGEST_SLIP || share > before + largestStep) return 0;
    before = Math.max(before, share);
    shares[index] = share;
    rest += left / shares.length;
    const part = Math.max(0, Math.min(1, share));
    lost += (1 - part) * one.sharpness + part * other.sharpness - frame.sharpness;
    lostByMix += part * (1 - part) * (one.sharpness + other.sharpness);
  }
  if (1 > before + largestStep || before > 1 + LARGEST_SLIP || lostByMix <= 0) return 0;
  return Math.min(LARGEST_REST / Math.max(rest, 1e-3), lost / lostByMix / LEAST_LOSS);
}

/**
 * The mix of two signatures that is nearest to a third, and how far that is from it, as a share of the difference of the two: in color and light, as fine
 * structure has moved on when the pictures that are mixed move.
 */
function project(frame: Signature, first: Signature, last: Signature): { share: number; left: number } {
  let along = 0;
  let length = 0;
  let total = 0;
  for (let i = 0; i < COARSE_LENGTH; i++) {
    const change = last[i]! - first[i]!;
    const moved = frame[i]! - first[i]!;
    along += moved * change;
    length += change * change;
    total += moved * moved;
  }
  const share = along / length;
  return { share, left: Math.sqrt(Math.max(0, total - share * along) / length) };
}

/** Whether the fine parts of two signatures go together, as those of one scene in another light do. */
function isSameScene(a: Signature, b: Signature): boolean {
  let together = 0;
  let ofA = 0;
  let ofB = 0;
  for (let i = COARSE_LENGTH; i < SIGNATURE_LENGTH; i++) {
    const [x, y] = [a[i]! - 128, b[i]! - 128];
    together += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  if (Math.min(ofA, ofB) <= NO_STRUCTURE ** 2 * Math.max(ofA, ofB)) return false;
  return together > SAME_SCENE * Math.sqrt(ofA * ofB);
}
