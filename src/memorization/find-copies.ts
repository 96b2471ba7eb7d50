/** Whether a picture is a near-copy of a reference. */

import type { ByteImage } from "../tensor/image.ts";
import { alignPrints, describeLikeness, type Alignment, type Likeness } from "./compare-prints.ts";
import { nominate } from "./nominate.ts";
import { printPicture } from "./picture-print.ts";
import { preparePrint, type PreparedPrint } from "./prepared-print.ts";

/** A picture that others may be copies of. */
export interface Reference {
  /** Absolute path. */
  readonly file: string;
  readonly print: PreparedPrint;
}

export interface NearestReference extends Likeness {
  readonly reference: string;
  /** Whether it shares as much as only copies do. */
  readonly isCopy: boolean;
}

/**
 * Share of the detail from which a picture counts as a near-copy. Own, measured with bench/thumbnails/copies.mjs; the curve stands in
 * docs/guides/memorization.md.
 */
export const COPY_SHARE = 0.33;
/** References that are looked at closely. A title over the middle of a picture leaves its original at place 37 of 256 of the same style at worst. */
const NOMINEES = 24;
/** What shares less than this part of the best so far after the coarse steps does not overtake it in the fine ones. Own, measured. */
const COARSE_SHARE = 0.5;

/**
 * The reference that shares most of its detail with the picture; undefined when there is none to compare, as with a plain picture.
 *
 * Finds copies that were cut by up to a fifth of a side, shown in another aspect, squeezed, mirrored, compressed, recolored or written on. Not
 * those that were turned, or of which less than half is left.
 */
export function findNearest(
  picture: ByteImage,
  references: readonly Reference[],
): NearestReference | undefined {
  const print = preparePrint(printPicture(picture));
  const nominees = nominate(
    print,
    references.map((reference) => reference.print),
    NOMINEES,
  );
  let nearest: { readonly reference: Reference; readonly alignment: Alignment } | undefined;
  for (const { index, placement } of nominees) {
    const reference = references[index]!;
    const best = nearest?.alignment.sharedDetail ?? 0;
    const alignment = alignPrints(print, reference.print, placement, COARSE_SHARE * best);
    if (!alignment || (nearest && alignment.sharedDetail <= best)) continue;
    nearest = { reference, alignment };
  }
  if (!nearest) return undefined;
  const { reference, alignment } = nearest;
  const likeness = describeLikeness(print, reference.print, alignment);
  return { ...likeness, reference: reference.file, isCopy: likeness.sharedDetail >= COPY_SHARE };
}
