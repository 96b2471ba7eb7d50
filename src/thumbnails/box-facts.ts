/** What the boxes of a detector say of a frame, in numbers. */

import type { FoundBox } from "../models/detector-forms.ts";
import { overlap } from "./safe-zone.ts";

export interface BoxFacts {
  readonly count: number;
  /** Share of the picture that the largest box takes, what lies outside not counted, 0–1; 0 without one. */
  readonly largestShare: number;
  /** Whether an edge of the picture cuts one. */
  readonly isCut: boolean;
}

const PICTURE = { left: 0, top: 0, width: 1, height: 1 };
/** A box that comes so near to an edge is cut by it, as a share of the side. */
const EDGE = 0.01;

export function boxFacts(boxes: readonly FoundBox[]): BoxFacts {
  return {
    count: boxes.length,
    largestShare: Math.max(0, ...boxes.map((box) => overlap(box, PICTURE))),
    isCut: boxes.some(isCutByEdge),
  };
}

export function isCutByEdge({ left, top, width, height }: FoundBox): boolean {
  return left < EDGE || top < EDGE || left + width > 1 - EDGE || top + height > 1 - EDGE;
}
