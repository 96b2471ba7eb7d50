/** A logo in a corner of a still. */

import type { Settings } from "../settings/schema.ts";
import type { Area } from "../scoring/luma.ts";
import { overlap, type SafeZone } from "./safe-zone.ts";

/** Of the still's height at most. */
const HIGHEST = 1 / 3;

/** The area, in whole pixels of the still; at the bottom right it stands above the badge. */
export function placeLogo(
  picture: { readonly width: number; readonly height: number },
  still: { readonly width: number; readonly height: number },
  { corner, size, margin }: Pick<Settings["thumbnails"]["logo"], "corner" | "size" | "margin">,
  { badge }: SafeZone,
): Area {
  const scale = Math.min((size * still.width) / picture.width, (HIGHEST * still.height) / picture.height);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const free = Math.round(margin * Math.min(still.width, still.height));
  const left = corner.endsWith("left") ? free : Math.max(0, still.width - width - free);
  const top = corner.startsWith("top") ? free : Math.max(0, still.height - height - free);
  const area = { left, top, width, height };
  const isCovered = badge !== null && corner === "bottom-right" && overlap(area, badge) > 0;
  return isCovered ? { ...area, top: Math.max(0, badge.top - height) } : area;
}
