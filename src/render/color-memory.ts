/** Whose colors a frame keeps to: remembered from frame to frame, let go and taken anew. */

import type { FramePlan } from "../schedule/frame-plan.ts";
import { type ByteImage, type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { type ColorReferenceMode, colorPhase } from "./color-phase.ts";

export interface ColorRules {
  readonly mode: ColorReferenceMode;
  /** Picture from outside that all frames keep to; null (default): one of the animation's own. */
  readonly image?: ByteImage | null;
  /** The same, another one for each drawn frame; not given: none. */
  readonly pictureAt?: ((frame: FramePlan) => Promise<ByteImage>) | undefined;
  /** Whether drawn pictures are matched, too. Default true; false is Deforum's legacy order, in which strength 0 also renews the reference. */
  readonly matchesDrawn?: boolean;
  /**
   * The first reference is the moved picture of the second drawn frame instead of the first drawn one: Deforum's with a start picture or the
   * legacy order. Default false.
   */
  readonly startsMoved?: boolean;
}

export interface ColorMemory {
  /** What survives the frame. */
  readonly reference: ByteImage | null;
  /** Looks up the picture from outside; called ahead of the other functions of a frame. */
  meet(frame: FramePlan): Promise<void>;
  /** Colors for the moved picture; null = leave it. */
  before(frame: FramePlan, moved: RgbImage | null): RgbImage | null;
  /** Colors for the drawn picture; null = leave it. */
  after(frame: FramePlan): RgbImage | null;
  /** Takes the finished picture as reference where it is to be. */
  remember(frame: FramePlan, drawn: ByteImage): void;
}

/**
 * @param firstPromptKey key of the prompt the animation starts with
 * @param reference what an interrupted run left
 * @param framesSinceDrawn from the drawn frame before to a drawn one; default: all are drawn
 */
export function colorMemory(
  { mode, image = null, pictureAt, matchesDrawn = true, startsMoved = false }: ColorRules,
  firstPromptKey: number,
  reference: ByteImage | null,
  framesSinceDrawn: (frame: FramePlan) => number = () => 1,
): ColorMemory {
  let given = image && toFloatImage(image);
  let bytes = reference;
  let colors = reference && toFloatImage(reference);
  const keep = (picture: ByteImage): void => {
    bytes = picture;
    colors = toFloatImage(picture);
  };
  const phaseOf = (frame: FramePlan) => colorPhase(frame, firstPromptKey, mode, framesSinceDrawn(frame));
  return {
    get reference() {
      return bytes;
    },
    async meet(frame) {
      if (pictureAt) given = toFloatImage(await pictureAt(frame));
    },
    before(frame, moved) {
      if (given) return given;
      if (phaseOf(frame) !== "keep") return null;
      const known = colors;
      if (known === null && startsMoved && moved) keep(toByteImage(moved));
      return known;
    },
    after(frame) {
      if (!matchesDrawn) return null;
      return given ?? (phaseOf(frame) === "keep" ? colors : null);
    },
    remember(frame, drawn) {
      if (given) return;
      const phase = phaseOf(frame);
      const isFirst = phase === "keep" && bytes === null && !startsMoved;
      if (phase === "take" || isFirst || (!matchesDrawn && frame.strength === 0)) keep(drawn);
    },
  };
}
