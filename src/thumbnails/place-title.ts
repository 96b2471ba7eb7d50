/** Where a title stands in a still: where it is told to, or where it hides least. */

import { SALIENCY_SIDE } from "../scoring/saliency.ts";
import type { Area } from "../scoring/luma.ts";
import type { PictureSize } from "../tensor/picture-file.ts";
import { layOutTitle, type TitleBox, type TitleLayout } from "./lay-out-title.ts";
import { mostCovered, overlap, type SafeZone } from "./safe-zone.ts";
import type { TitleFont } from "./title-font.ts";

export type TitlePosition = "top" | "bottom" | "left" | "right" | "center";

export interface PlacedTitle extends TitleLayout {
  readonly position: TitlePosition;
}

export interface TitleRequest {
  /** Its size, in pixels. */
  readonly still: PictureSize;
  readonly lines: readonly string[];
  readonly font: TitleFont;
  readonly position: TitlePosition | "auto";
  /** Width of the outline, in heights of capitals. */
  readonly outline: number;
  /** 0–1: how much of its part of the still the title may fill. */
  readonly size: number;
  readonly zone: SafeZone;
  /** What stands there already, such as a logo. */
  readonly taken: readonly Area[];
  /** What it should not hide, such as faces. */
  readonly kept: readonly Area[];
  /** Of the still, see {@link findSubject}. */
  readonly weights: Float64Array;
}

/** Shares of the safe area that a title has, across for columns and down for bands. */
const COLUMN = 0.48;
const BAND = { wide: 0.36, upright: 0.24 };
const CENTER_BAND = 0.5;
/** What letters of the largest size are worth, in shares of what draws the eye that a place hides. Own, chosen by looking. */
const SIZE_WORTH = 0.42;
/** What hiding all of something that is to be kept costs, in the same. Own: half a face is not worth the largest letters. */
const KEPT_COST = 2;

/** @returns undefined when there is nothing to draw */
export function placeTitle(request: TitleRequest): PlacedTitle | undefined {
  const { still, lines, font, position, outline, zone, taken, kept, weights } = request;
  const isWide = zone.area.width > zone.area.height;
  const positions: readonly TitlePosition[] =
    position !== "auto" ? [position] : isWide ? ["left", "right", "top", "bottom"] : ["top", "bottom"];
  const occupied = kept.length > 0 ? [taken, [...taken, ...kept]] : [taken];
  const candidates = positions.flatMap((candidate) =>
    occupied.flatMap((areas): PlacedTitle[] => {
      const layout = layOutTitle(lines, font, titleBox(candidate, request, areas), outline);
      return layout ? [{ ...layout, position: candidate }] : [];
    }),
  );
  const largest = Math.max(...candidates.map(({ size }) => size));
  const cost = ({ area, size }: PlacedTitle) =>
    weightWithin(weights, area, still) + KEPT_COST * mostCovered(kept, area) - (SIZE_WORTH * size) / largest;
  const [first, ...others] = candidates;
  return first && others.reduce((best, next) => (cost(next) < cost(best) ? next : best), first);
}

/** The part of the safe area for a position, beside what is taken. */
function titleBox(position: TitlePosition, { zone, size }: TitleRequest, taken: readonly Area[]): TitleBox {
  const { area } = zone;
  const isWide = area.width > area.height;
  const isColumn = position === "left" || position === "right";
  const band = position === "center" ? CENTER_BAND : isWide ? BAND.wide : BAND.upright;
  const width = size * area.width * (isColumn ? COLUMN : 1);
  const height = size * area.height * (isColumn ? 1 : band);
  const across = { left: 0, right: 1, top: 0.5, bottom: 0.5, center: 0.5 }[position];
  const down = { left: 0.5, right: 0.5, top: 0, bottom: 1, center: 0.5 }[position];
  const box = {
    left: area.left + across * (area.width - width),
    top: area.top + down * (area.height - height),
    width,
    height,
  };
  const free = [...taken, ...(zone.badge ? [zone.badge] : [])].reduce(beside, box);
  const isPushed = free.width < box.width;
  return {
    area: free,
    align:
      position === "left" || (position === "bottom" && isPushed)
        ? "left"
        : position === "right"
          ? "right"
          : "center",
    vertical: position === "top" ? "top" : position === "bottom" ? "bottom" : "middle",
  };
}

/** The largest part of the box that leaves an area free. */
function beside(box: Area, area: Area): Area {
  if (overlap(box, area) === 0) return box;
  const right = box.left + box.width;
  const bottom = box.top + box.height;
  const parts: Area[] = [
    { ...box, width: area.left - box.left },
    { ...box, height: area.top - box.top },
    { ...box, left: area.left + area.width, width: right - area.left - area.width },
    { ...box, top: area.top + area.height, height: bottom - area.top - area.height },
  ].filter(({ width, height }) => width > 0 && height > 0);
  // Nothing is left beside what covers the whole box: then they overlap, and that is told.
  return parts.reduce(
    (best, part) => (part.width * part.height > best.width * best.height ? part : best),
    parts[0] ?? box,
  );
}

/** The share of the weights in an area of a picture, 0–1. */
export function weightWithin(weights: Float64Array, area: Area, { width, height }: PictureSize): number {
  const cell = { width: width / SALIENCY_SIDE, height: height / SALIENCY_SIDE };
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const left = (i % SALIENCY_SIDE) * cell.width;
    const top = Math.floor(i / SALIENCY_SIDE) * cell.height;
    sum += (weights[i]! * overlap(area, { left, top, ...cell })) / (cell.width * cell.height);
  }
  return sum;
}
