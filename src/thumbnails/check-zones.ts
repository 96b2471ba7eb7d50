/** What a viewer will miss of a still: under the badge, at the edges, too small, or behind the title. */

import { SALIENCY_SIDE } from "../scoring/saliency.ts";
import type { Area } from "../scoring/luma.ts";
import { mostCovered, overlap, type SafeZone } from "./safe-zone.ts";
import { type PlacedTitle, weightWithin } from "./place-title.ts";

export interface ZonedStill {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly zone: SafeZone;
  /** Of the still without title and logo, see {@link findSubject}. */
  readonly weights: Float64Array;
  /** What the user's detector found, in pixels of the still. */
  readonly kept: readonly Area[];
  readonly title: PlacedTitle | undefined;
  readonly logo: Area | undefined;
}

/** Shares of what draws the eye that may be hidden. Own: a badge over an even picture hides 0.044, a title in half of it 0.3 and more. */
const BADGE_HIDES = 0.15;
const TITLE_HIDES = 0.45;
/** Share of something found by a detector that may be hidden. Own: a chin or hair. */
const KEPT_HIDES = 0.15;
/** The smallest width at which YouTube shows a still, and the height of capitals that is read there, in pixels. */
const SMALLEST_WIDTH = 120;
const READABLE_PIXELS = 6;

/** One sentence for each thing that will not be seen. */
export function checkZones({ width, height, zone, weights, kept, title, logo }: ZonedStill): string[] {
  const { badge } = zone;
  const warnings: string[] = [];
  const size = { width, height };
  const peak = weights.indexOf(Math.max(...weights));
  const eye = {
    left: ((peak % SALIENCY_SIDE) + 0.5) * (width / SALIENCY_SIDE),
    top: (Math.floor(peak / SALIENCY_SIDE) + 0.5) * (height / SALIENCY_SIDE),
    width: 1,
    height: 1,
  };
  const isEven = weights.every((weight) => weight === weights[0]);
  const hidden = badge ? weightWithin(weights, badge, size) : 0;
  if (badge && (hidden > BADGE_HIDES || (!isEven && overlap(eye, badge) > 0))) {
    warnings.push(`the duration badge hides ${percent(hidden)} of what draws the eye`);
  } else if (!isEven && overlap(eye, zone.area) === 0) {
    warnings.push("what draws the eye most lies at the edge, outside of the safe zone");
  }
  if (badge && title && overlap(title.area, badge) > 0) warnings.push("the duration badge covers the title");
  if (badge && logo && overlap(logo, badge) > 0) warnings.push("the duration badge covers the logo");
  if (title && logo && overlap(title.area, logo) > 0) warnings.push("the title runs into the logo");
  for (const [name, area] of [
    ["duration badge", badge],
    ["title", title?.area],
    ["logo", logo],
  ] as const) {
    const covered = area ? mostCovered(kept, area) : 0;
    if (covered > KEPT_HIDES) {
      warnings.push(`the ${name} hides ${percent(covered)} of something that the detector found`);
    }
  }
  if (title) {
    const behind = weightWithin(weights, title.area, size);
    if (behind > TITLE_HIDES) {
      warnings.push(`the title hides ${percent(behind)} of what draws the eye; try another position`);
    }
    const pixels = (title.capPixels * SMALLEST_WIDTH) / width;
    if (pixels < READABLE_PIXELS) {
      warnings.push(
        `the title's letters are ${pixels.toFixed(1)} pixels high where the still is ${SMALLEST_WIDTH} wide; fewer words can be read there`,
      );
    }
  }
  return warnings;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
