/** The report on the choice of stills: one page with its pictures in it, which opens anywhere, without a network. */

import { escapeXml, inlineJson } from "../plot/page.ts";
import { REPORT_SCRIPT, REPORT_STYLE } from "./report-page.ts";
import { dudColor, scorePlotSvg } from "./score-plot.ts";
import type { RejectedSpan, ScoreCurves } from "./score-curves.ts";
import { formatTime } from "./sheet-tiles.ts";

export interface ReportPicture {
  /** A JPEG. */
  readonly jpeg: Uint8Array;
  readonly frame: number;
  readonly timeSeconds: number;
}

export interface ReportCandidate extends ReportPicture {
  readonly merit: number;
  readonly reasons: readonly string[];
}

export interface ReportRejected extends ReportPicture {
  readonly reason: RejectedSpan["reason"];
  /** About the span that the picture stands for. */
  readonly text: string;
}

export interface Report {
  readonly title: string;
  readonly curves: ScoreCurves;
  /** Best first. */
  readonly picked: readonly ReportCandidate[];
  readonly next: readonly ReportCandidate[];
  readonly rejected: readonly ReportRejected[];
  /** How many frames were left out for each reason. */
  readonly leftOut: ReadonlyMap<string, number>;
  readonly warnings: readonly string[];
}

/** More values than a screen has pixels would only make the page heavy. */
const MOST_VALUES = 2000;

/** @returns a whole HTML document; no request leaves it, and texts are texts */
export function reportHtml(report: Report): string {
  const { title, curves, picked, next, rejected, leftOut, warnings } = report;
  const { svg, geometry } = scorePlotSvg("Scores over time", curves);
  const data = inlineJson({ ...geometry, ...valuesUnderCursor(curves) });
  const seconds = curves.frames.at(-1)?.timeSeconds ?? 0;
  const facts = [
    `${curves.frames.length} frames`,
    formatTime(seconds),
    `${picked.length} picked`,
    ...[...leftOut].map(([reason, count]) => `${count} ${reason}`),
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeXml(title)} – stills</title>
<style>${REPORT_STYLE}</style>
<header><h1>${escapeXml(title)}</h1><p>${facts.map((fact) => `<span>${escapeXml(fact)}</span>`).join("")}</p>
${warnings.map((warning) => `<p class="warning">${escapeXml(warning)}</p>`).join("")}</header>
<main>
${section("Picked", "picked", picked.map(candidateCard))}
<section><div id="plot">${svg}<div id="values" hidden></div></div>
<p class="hint">Move over the curves, or use ← and → (with Shift ten frames), to read values. Shaded spans were left out.</p></section>
${section(
  "Next in line",
  "next",
  next.map((candidate, index) => candidateCard(candidate, picked.length + index)),
)}
${section("Left out", "rejected", rejected.map(rejectedCard))}
</main>
<script type="application/json" id="data">${data}</script>
<script>${REPORT_SCRIPT}</script>
</html>
`;
}

function section(title: string, kind: string, cards: readonly string[]): string {
  if (cards.length === 0) return "";
  return `<section><h2>${title}</h2><div class="cards ${kind}">${cards.join("\n")}</div></section>`;
}

function candidateCard({ merit, reasons, ...picture }: ReportCandidate, index: number): string {
  const rank = `<b class="rank">${index + 1}</b>`;
  const words = reasons.map((reason) => `<li>${escapeXml(reason)}</li>`).join("");
  return card(picture, rank, `<b>${Math.round(100 * merit)}%</b>`, `<ul>${words}</ul>`);
}

function rejectedCard({ reason, text, ...picture }: ReportRejected): string {
  const words = `<b class="reason"><i style="background:${dudColor(reason)}"></i>${escapeXml(reason)}</b>`;
  return card(picture, "", words, `<p>${escapeXml(text)}</p>`);
}

function card(
  { jpeg, frame, timeSeconds }: ReportPicture,
  rank: string,
  score: string,
  below: string,
): string {
  const source = `data:image/jpeg;base64,${Buffer.from(jpeg).toString("base64")}`;
  return `<figure>${rank}<img src="${source}" alt="frame ${frame}" loading="lazy"><figcaption><div>${score}<a href="#frame=${frame}">#${frame}</a><span>${formatTime(timeSeconds)}</span></div>${below}</figcaption></figure>`;
}

/** What the script shows of a frame; of a long film of every n-th, the picked ones always. */
function valuesUnderCursor({ frames, curves, duds, picked }: ScoreCurves): object {
  const step = Math.max(1, Math.ceil(frames.length / MOST_VALUES));
  const places = frames
    .map((_, place) => place)
    .filter((place) => place % step === 0 || picked.includes(place));
  const reasons = new Map<number, string>();
  for (const { first, last, reason } of duds) {
    for (let place = first; place <= last; place++) reasons.set(place, reason);
  }
  return {
    count: frames.length,
    places,
    frames: places.map((place) => frames[place]!.frame),
    times: places.map((place) => formatTime(frames[place]!.timeSeconds)),
    duds: places.map((place) => reasons.get(place) ?? null),
    picks: Object.fromEntries(picked.map((place, index) => [place, index + 1])),
    curves: curves.map(({ name, values }) => ({
      name: name.replaceAll("_", " "),
      values: places.map((place) => {
        const value = values[place]!;
        return Number.isNaN(value) ? null : Number(value.toPrecision(4));
      }),
    })),
  };
}
