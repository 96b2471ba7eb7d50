/** The curves of an animation as one SVG: prompts as bands on top, a panel per kind of setting, all over the same frames. */

import { escapeXml, PLOT_LEFT, PLOT_RIGHT, PLOT_WIDTH, plotPage, roundPixels } from "../plot/page.ts";
import { linearScale, paddedRange, type Scale, shortValue } from "../plot/scale.ts";
import type { FramePlan } from "./frame-plan.ts";
import type { PlotCurve, PlotPanel } from "./curve-panels.ts";

export interface Plot {
  readonly title: string;
  readonly plan: readonly FramePlan[];
  readonly fps: number;
  readonly panels: readonly PlotPanel[];
}

/** What a pointer on the plot has to know: where frames are, and where each curve's values are. */
export interface PlotGeometry {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly width: number;
  readonly height: number;
  readonly curves: readonly {
    readonly name: string;
    readonly color: string;
    readonly low: number;
    readonly high: number;
    readonly top: number;
    readonly bottom: number;
  }[];
}

/** Pixels. */
const HEAD = 64;
const BAND = 30;
const PANEL = 96;
const PANEL_HEAD = 38;
const FOOT = 56;

/** Told apart by hue and by lightness, on white and on black. */
const COLORS = ["#3b7ff0", "#e2622b", "#1f9d79", "#b14fc5", "#c8930f", "#d8436b", "#5a6b85", "#20a4c9"];

/** The plot as an SVG document. @returns it with the places of its curves, for {@link import("./plot-html.ts")} */
export function plotSvg({ title, plan, fps, panels }: Plot): { svg: string; geometry: PlotGeometry } {
  const last = Math.max(1, plan.length - 1);
  const frames = linearScale(0, last, PLOT_LEFT, PLOT_RIGHT, 10);
  const firstPanel = HEAD + BAND;
  const bottom = firstPanel + panels.length * (PANEL_HEAD + PANEL) + (panels.length === 0 ? 40 : 0);
  const height = bottom + FOOT;
  let curvesAbove = 0;
  const drawn = panels.map((panel, index) => {
    const top = firstPanel + index * (PANEL_HEAD + PANEL) + PANEL_HEAD;
    const colors = panel.curves.map(() => COLORS[curvesAbove++ % COLORS.length]!);
    return drawPanel(panel, colors, frames, top);
  });
  const parts = [
    `<text class="title" x="${PLOT_LEFT}" y="34">${escapeXml(title)}</text>`,
    `<text class="note" x="${PLOT_RIGHT}" y="34" text-anchor="end">${describeLength(plan.length, fps)}</text>`,
    ...promptBands(plan, frames, bottom),
    ...drawn.map(({ svg }) => svg),
    ...(panels.length === 0
      ? [`<text class="note" x="${PLOT_LEFT}" y="${bottom - 10}">No schedule changes over time.</text>`]
      : []),
    frameAxis(frames, bottom, fps),
  ];
  const svg = plotPage(height, STYLE, parts);
  const geometry = {
    left: PLOT_LEFT,
    right: PLOT_RIGHT,
    top: HEAD,
    bottom,
    width: PLOT_WIDTH,
    height,
    curves: drawn.flatMap(({ curves }) => curves),
  };
  return { svg, geometry };
}

// Light is the rule and dark the exception, so that programs that know no media queries show dark ink on white.
const STYLE = `
.ground{fill:#fff}.title{font-size:20px;font-weight:600;fill:#1a2030}.note,.tick{fill:#6a7386}.note{font-size:13px}.tick{font-size:11px}
.name{font-size:13px;font-weight:600}.unit{font-size:12px;fill:#6a7386}.grid{stroke:#e6e9f0}.zero{stroke:#b9c1d0}.key-line{stroke:#c6cddb;stroke-dasharray:2 4}
.curve{fill:none;stroke-width:1.8;stroke-linejoin:round}.key{stroke-width:1.8}.hollow{fill:#fff}.band{fill:#eef1f8}.band.odd{fill:#e0e7f4}.band-text{font-size:12.5px;fill:#2b3346}
@media (prefers-color-scheme:dark){.ground{fill:#14161c}.title{fill:#eef1f7}.note,.tick,.unit{fill:#939db2}.grid{stroke:#262a34}.zero{stroke:#4a5163}.key-line{stroke:#3a4152}.hollow{fill:#14161c}.band{fill:#20252f}.band.odd{fill:#2a313f}.band-text{fill:#d5dbe8}}
`;

function describeLength(frames: number, fps: number): string {
  const count = frames === 1 ? "1 frame" : `${frames} frames`;
  return `${count} · ${Number((frames / fps).toFixed(2))} s at ${shortValue(fps)} fps`;
}

function drawPanel(
  { title, unit, curves }: PlotPanel,
  colors: readonly string[],
  frames: Scale,
  top: number,
): { svg: string; curves: PlotGeometry["curves"] } {
  const bottom = top + PANEL;
  const [low, high] = paddedRange(curves.map(({ values }) => values));
  const values = linearScale(low, high, bottom, top, 4);
  const grid = values.ticks.map((tick) => {
    const y = roundPixels(values.at(tick));
    return [
      `<line class="${tick === 0 ? "zero" : "grid"}" x1="${PLOT_LEFT}" x2="${PLOT_RIGHT}" y1="${y}" y2="${y}"/>`,
      `<text class="tick" x="${PLOT_LEFT - 10}" y="${y + 4}" text-anchor="end">${shortValue(tick)}</text>`,
    ].join("");
  });
  const lines = curves.map((curve, index) => drawCurve(curve, colors[index]!, frames, values));
  return {
    svg: [heading(title, unit, curves, colors, top - 12), ...grid, ...lines].join("\n"),
    curves: curves.map(({ name }, index) => ({ name, color: colors[index]!, low, high, top, bottom })),
  };
}

/** The names in the colors of their curves, then the unit. */
function heading(
  title: string,
  unit: string | undefined,
  curves: readonly PlotCurve[],
  colors: readonly string[],
  y: number,
): string {
  const names = curves.map(({ name }, index) => {
    // Beside the first name the family need not be said again: motion.translation_x, y, z.
    const short = index > 0 && name.startsWith(`${title}_`) ? name.slice(title.length + 1) : name;
    return `<tspan fill="${colors[index]!}"${index > 0 ? ' dx="14"' : ""}>${escapeXml(short)}</tspan>`;
  });
  const unitText =
    unit === undefined ? "" : `<tspan class="unit" font-weight="400" dx="14">${escapeXml(unit)}</tspan>`;
  return `<text class="name" x="${PLOT_LEFT}" y="${y}">${names.join("")}${unitText}</text>`;
}

function drawCurve({ values, keys }: PlotCurve, color: string, frames: Scale, scale: Scale): string {
  const marks = keys.map(({ frame, kind }) => {
    const [x, y] = [roundPixels(frames.at(frame)), roundPixels(scale.at(values[frame]!))];
    return kind === "number"
      ? `<circle class="key" cx="${x}" cy="${y}" r="3.4" fill="${color}" stroke="${color}"/>`
      : `<circle class="key hollow" cx="${x}" cy="${y}" r="3.4" stroke="${color}"/>`;
  });
  return `<path class="curve" stroke="${color}" d="${curvePath(values, frames, scale)}"/>${marks.join("")}`;
}

/** A line through all values; with many frames per pixel, through the extremes of each pixel. */
function curvePath(values: Float64Array, frames: Scale, scale: Scale): string {
  const perPixel = values.length / (PLOT_RIGHT - PLOT_LEFT);
  const points: string[] = [];
  const add = (frame: number): void => {
    points.push(`${roundPixels(frames.at(frame))} ${roundPixels(scale.at(values[frame]!))}`);
  };
  if (perPixel <= 2) {
    for (let frame = 0; frame < values.length; frame++) add(frame);
    // A single frame is a point; a line needs two.
    if (values.length === 1) points.push(`${PLOT_RIGHT} ${roundPixels(scale.at(values[0]!))}`);
    return `M${points.join("L")}`;
  }
  for (let start = 0; start < values.length; start += perPixel) {
    const [from, to] = [Math.floor(start), Math.min(values.length, Math.floor(start + perPixel))];
    let [least, most] = [from, from];
    for (let frame = from; frame < to; frame++) {
      if (values[frame]! < values[least]!) least = frame;
      if (values[frame]! > values[most]!) most = frame;
    }
    add(Math.min(least, most));
    if (least !== most) add(Math.max(least, most));
  }
  return `M${points.join("L")}`;
}

/** A band per prompt with as much of its text as fits, and a line down through all panels where the next one begins. */
function promptBands(plan: readonly FramePlan[], frames: Scale, bottom: number): string[] {
  const starts = plan.filter(({ promptKey }, index) => promptKey !== plan[index - 1]?.promptKey);
  return starts.map(({ frame, prompts }, index) => {
    const left = roundPixels(frames.at(frame));
    const right = roundPixels(frames.at(starts[index + 1]?.frame ?? Math.max(1, plan.length - 1)));
    const { text } = prompts.at(-1)!;
    const width = Math.max(0, right - left - 2);
    const shown = shorten(text, (width - 16) / 6.6);
    return [
      `<g><title>${escapeXml(text)}</title>`,
      `<rect class="band${index % 2 === 0 ? "" : " odd"}" x="${left}" y="${HEAD - 10}" width="${width}" height="${BAND}" rx="5"/>`,
      `<text class="band-text" x="${left + 9}" y="${HEAD + 9.5}">${escapeXml(shown)}</text></g>`,
      index === 0
        ? ""
        : `<line class="key-line" x1="${left - 1}" x2="${left - 1}" y1="${HEAD + BAND}" y2="${bottom}"/>`,
    ].join("");
  });
}

function shorten(text: string, room: number): string {
  const characters = Array.from(text.replaceAll(/\s+/g, " "));
  if (characters.length <= room) return characters.join("");
  return room < 3
    ? ""
    : `${characters
        .slice(0, Math.floor(room) - 1)
        .join("")
        .trimEnd()}…`;
}

function frameAxis(frames: Scale, bottom: number, fps: number): string {
  const marks = frames.ticks
    .filter((tick) => Number.isInteger(tick))
    .map((tick) => {
      const x = roundPixels(frames.at(tick));
      return [
        `<line class="grid" x1="${x}" x2="${x}" y1="${bottom + 4}" y2="${bottom + 9}"/>`,
        `<text class="tick" x="${x}" y="${bottom + 22}" text-anchor="middle">${tick}</text>`,
        `<text class="tick" opacity=".7" x="${x}" y="${bottom + 37}" text-anchor="middle">${Number((tick / fps).toFixed(2))} s</text>`,
      ].join("");
    });
  return [
    `<line class="zero" x1="${PLOT_LEFT}" x2="${PLOT_RIGHT}" y1="${bottom + 4}" y2="${bottom + 4}"/>`,
    `<text class="tick" x="${PLOT_LEFT - 24}" y="${bottom + 22}" text-anchor="end">frame</text>`,
    ...marks,
  ].join("\n");
}
