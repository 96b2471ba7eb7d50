/** Where a still is seen by everybody: inside of its margins, and not under the badge with the duration. */

import type { Area } from "../scoring/luma.ts";

export interface SafeZoneSettings {
  /** Free at each edge, a share of the side. */
  readonly margin: number;
  /** Of the badge with the space around it, shares of width and height; 0 for none. */
  readonly badge_width: number;
  readonly badge_height: number;
}

export interface SafeZone {
  /** Pixels of the still; what stands inside is not cut by round corners or by a narrower display. */
  readonly area: Area;
  /** The bottom right corner that the badge covers; null for upright and square stills, which have none. */
  readonly badge: Area | null;
}

/** The zones of a still of this size. */
export function safeZoneOf(
  { width, height }: { readonly width: number; readonly height: number },
  { margin, badge_width, badge_height }: SafeZoneSettings,
): SafeZone {
  const [across, down] = [Math.round(margin * width), Math.round(margin * height)];
  const badge = { width: Math.round(badge_width * width), height: Math.round(badge_height * height) };
  const hasBadge = width > height && badge.width > 0 && badge.height > 0;
  return {
    area: { left: across, top: down, width: width - 2 * across, height: height - 2 * down },
    badge: hasBadge ? { left: width - badge.width, top: height - badge.height, ...badge } : null,
  };
}

/** Pixels that two areas share. */
export function overlap(a: Area, b: Area): number {
  const across = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const down = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return Math.max(0, across) * Math.max(0, down);
}

/** Of the areas the one that another covers most of, as its share, 0–1; 0 without any. */
export function mostCovered(areas: readonly Area[], by: Area): number {
  return Math.max(0, ...areas.map((area) => overlap(area, by) / (area.width * area.height)));
}
