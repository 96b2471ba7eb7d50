/** The scores of a film over time as one SVG: merit on top with the stills on it, what it is made of below, duds shaded. */

import { escapeXml, PLOT_LEFT, PLOT_RIGHT, PLOT_WIDTH, plotPage, roundPixels } from "../plot/page.ts";
import { linearScale, paddedRange, type Scale, shortValue } from "../plot/scale.ts";
import type { RejectedSpan, ScoreCurve, ScoreCurves } from "./score-curves.ts";
import { formatTime } from "./sheet-tiles.ts";

/** Where a pointer on the plot finds frames and values. Pixels. */
export interface ScorePlotGeometry {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels. */
const HEAD = 52;
const BAND = 16;
const MERIT_PANEL = 150;
const PANEL = 56;
const PANEL_HEAD = 34;
const FOOT = 52;

/** Of the reasons, told apart by hue; near-duplicates are not shown. */
const DUD_COLORS: Readonly<Record<RejectedSpan["reason"], string>> = {
  black: "#3d4454",
  white: "#c9cfdb",
  flat: "#98a1b3",
  blurred: "#8e5bd0",
  noise: "#d8436b",
  "burned-out": "#e59a1c",
  letterbox: "#5a6b85",
  transition: "#2f8fd8",
  interlaced: "#1f9d79",
  "near-duplicate": "#b9c1d0",
};

/** Of a reason, for a legend. */
export function dudColor(reason: RejectedSpan["reason"]): string {
  return DUD_COLORS[reason];
}

/** @returns an SVG document that stands alone, and where things are in it */
export function scorePlotSvg(
  title: string,
  { frames, curves, duds, picked }: ScoreCurves,
): { readonly svg: string; readonly geometry: ScorePlotGeometry } {
  const places = linearScale(0, Math.max(1, frames.length - 1), PLOT_LEFT, PLOT_RIGHT, 10);
  const firstPanel = HEAD + BAND + 8;
  const tops = curves.map((_, index) =>
    index === 0
      ? firstPanel + PANEL_HEAD
      : firstPanel + PANEL_HEAD + MERIT_PANEL + (index - 1) * (PANEL_HEAD + PANEL) + PANEL_HEAD,
  );
  const bottom = tops.at(-1)! + heightOf(tops.length - 1);
  const height = bottom + FOOT;
  const parts = [
    `<text class="title" x="${PLOT_LEFT}" y="30">${escapeXml(title)}</text>`,
    legend(duds),
    ...duds.map((span) => drawSpan(span, places, bottom)),
    `<rect class="band" x="${PLOT_LEFT}" y="${HEAD}" width="${PLOT_RIGHT - PLOT_LEFT}" height="${BAND}" rx="4"/>`,
    ...duds.map((span) => drawBand(span, places)),
    ...curves.map((curve, index) => drawPanel(curve, curves[0]!.values, places, tops[index]!)),
    ...picked.map((place, index) =>
      drawPick(index + 1, place, curves[0]!.values[place]!, places, tops[0]!, bottom),
    ),
    timeAxis(frames, places, bottom),
  ];
  const svg = plotPage(height, STYLE, parts);
  return {
    svg,
    geometry: { left: PLOT_LEFT, right: PLOT_RIGHT, top: HEAD, bottom, width: PLOT_WIDTH, height },
  };
}

// Light is the rule and dark the exception, so that programs that know no media queries show dark ink on white.
const STYLE = `
.ground{fill:#fff}.title{font-size:18px;font-weight:600;fill:#1a2030}.tick,.legend{font-size:11px;fill:#6a7386}.name{font-size:12.5px;font-weight:600;fill:#2b3346}
.grid{stroke:#e6e9f0}.band{fill:#e8ecf4}.shade{opacity:.13}.curve{fill:none;stroke:#3b7ff0;stroke-width:1.4;stroke-linejoin:round}.merit{stroke:#e0760f;stroke-width:1.8}
.pick-line{stroke:#d99a00;stroke-dasharray:2 3}.pick{fill:#ffc53d;stroke:#8a6100}.pick-text{font-size:11px;font-weight:700;fill:#3a2a00}
@media (prefers-color-scheme:dark){.ground{fill:#14161c}.title{fill:#eef1f7}.tick,.legend{fill:#939db2}.name{fill:#d5dbe8}.grid{stroke:#262a34}.band{fill:#20252f}.shade{opacity:.25}
.curve{stroke:#6ea1ff}.merit{stroke:#ff9d3c}}
`;

/** Of the panel at `index`; the merit is on top. */
function heightOf(index: number): number {
  return index === 0 ? MERIT_PANEL : PANEL;
}

function legend(duds: readonly RejectedSpan[]): string {
  const reasons = [...new Set(duds.map(({ reason }) => reason))];
  let right = PLOT_RIGHT;
  return reasons
    .toReversed()
    .map((reason) => {
      const width = 24 + 6.2 * reason.length;
      right -= width;
      return `<rect x="${roundPixels(right)}" y="21" width="10" height="10" rx="2" fill="${DUD_COLORS[reason]}"/><text class="legend" x="${roundPixels(right + 14)}" y="30">${reason}</text>`;
    })
    .join("");
}

/** From half a frame before the first to half a frame after the last. */
function spanEdges({ first, last }: RejectedSpan, places: Scale): readonly [x: number, width: number] {
  const left = Math.max(PLOT_LEFT, places.at(first - 0.5));
  return [roundPixels(left), roundPixels(Math.max(1, Math.min(PLOT_RIGHT, places.at(last + 0.5)) - left))];
}

function drawSpan(span: RejectedSpan, places: Scale, bottom: number): string {
  const [x, width] = spanEdges(span, places);
  const top = HEAD + BAND;
  return `<rect class="shade" x="${x}" y="${top}" width="${width}" height="${bottom - top}" fill="${DUD_COLORS[span.reason]}"/>`;
}

function drawBand(span: RejectedSpan, places: Scale): string {
  const [x, width] = spanEdges(span, places);
  return `<rect x="${x}" y="${HEAD}" width="${width}" height="${BAND}" fill="${DUD_COLORS[span.reason]}"><title>${span.reason}</title></rect>`;
}

/** A curve over the range that it has where there is a merit: what is left out may lie far off, and is drawn at the edge then. */
function drawPanel({ name, values }: ScoreCurve, merits: Float64Array, places: Scale, top: number): string {
  const isMerit = name === "merit";
  const height = heightOf(isMerit ? 0 : 1);
  const all = values.filter((value) => !Number.isNaN(value));
  const judged = values.filter((value, place) => !Number.isNaN(value) && !Number.isNaN(merits[place]!));
  const shown = [judged, all].find(({ length }) => length > 0) ?? Float64Array.of(0);
  const [low, high] = isMerit ? [0, 1] : paddedRange([shown]);
  const scale = linearScale(low, high, top + height, top, isMerit ? 4 : 2);
  const inside = values.map((value) => Math.max(low, Math.min(high, value)));
  const grid = scale.ticks.map((tick) => {
    const y = roundPixels(scale.at(tick));
    return `<line class="grid" x1="${PLOT_LEFT}" x2="${PLOT_RIGHT}" y1="${y}" y2="${y}"/><text class="tick" x="${PLOT_LEFT - 10}" y="${y + 4}" text-anchor="end">${shortValue(tick)}</text>`;
  });
  const path = curvePath(inside, places, scale);
  return [
    `<text class="name" x="${PLOT_LEFT}" y="${top - 10}">${name.replaceAll("_", " ")}</text>`,
    ...grid,
    ...(path === "" ? [] : [`<path class="curve${isMerit ? " merit" : ""}" d="${path}"/>`]),
  ].join("\n");
}

/** A line through all values, broken where there is none; with many frames per pixel, through the extremes of each. */
function curvePath(values: Float64Array, places: Scale, scale: Scale): string {
  const perPixel = Math.max(1, values.length / (PLOT_RIGHT - PLOT_LEFT));
  let path = "";
  let isOpen = false;
  for (let start = 0; start < values.length; start += perPixel) {
    const [from, to] = [Math.floor(start), Math.min(values.length, Math.floor(start + perPixel))];
    const points = extremes(values, from, to);
    if (points.length === 0) isOpen = false;
    for (const place of points) {
      path += `${isOpen ? "L" : "M"}${roundPixels(places.at(place))} ${roundPixels(scale.at(values[place]!))}`;
      // A frame alone is a point; a line needs two ends.
      if (!isOpen) path += "h.1";
      isOpen = true;
    }
  }
  return path;
}

/** Places of the least and the largest value from `from` to `to`, in their order; one place when they are one. */
function extremes(values: Float64Array, from: number, to: number): number[] {
  let least = -1;
  let most = -1;
  for (let place = from; place < to; place++) {
    if (Number.isNaN(values[place]!)) continue;
    if (least < 0 || values[place]! < values[least]!) least = place;
    if (most < 0 || values[place]! > values[most]!) most = place;
  }
  if (least < 0) return [];
  return least === most ? [least] : [Math.min(least, most), Math.max(least, most)];
}

function drawPick(
  rank: number,
  place: number,
  merit: number,
  places: Scale,
  top: number,
  bottom: number,
): string {
  const x = roundPixels(places.at(place));
  const y = roundPixels(top + MERIT_PANEL * (1 - merit));
  return [
    `<line class="pick-line" x1="${x}" x2="${x}" y1="${HEAD + BAND}" y2="${bottom}"/>`,
    `<circle class="pick" cx="${x}" cy="${y}" r="9"/><text class="pick-text" x="${x}" y="${y + 4}" text-anchor="middle">${rank}</text>`,
  ].join("");
}

function timeAxis(frames: ScoreCurves["frames"], places: Scale, bottom: number): string {
  const marks = places.ticks
    .filter((tick) => Number.isInteger(tick) && tick < frames.length)
    .map((tick) => {
      const { frame, timeSeconds } = frames[tick]!;
      const x = roundPixels(places.at(tick));
      return [
        `<line class="grid" x1="${x}" x2="${x}" y1="${bottom + 2}" y2="${bottom + 8}"/>`,
        `<text class="tick" x="${x}" y="${bottom + 21}" text-anchor="middle">${frame}</text>`,
        `<text class="tick" opacity=".7" x="${x}" y="${bottom + 36}" text-anchor="middle">${formatTime(timeSeconds)}</text>`,
      ].join("");
    });
  return [
    `<text class="tick" x="${PLOT_LEFT - 24}" y="${bottom + 21}" text-anchor="end">frame</text>`,
    ...marks,
  ].join("\n");
}
