/** How the stills were chosen, as files: scores, curves, the sheets of candidates and of what was left out, and the report with all of it. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../files.ts";
import type { FrameAddress } from "../footage/footage.ts";
import type { ByteImage } from "../tensor/image.ts";
import { encodeJpeg, fromRgbBytes } from "../tensor/picture-file.ts";
import { encodeCaptionSheet } from "./caption-sheet.ts";
import { reportHtml } from "./report-html.ts";
import { type RejectedSpan, rejectedSpans, scoreCurves } from "./score-curves.ts";
import { scorePlotSvg } from "./score-plot.ts";
import { scoresCsv } from "./scores-csv.ts";
import type { Candidate, ScoredFrame, Selection } from "./select.ts";
import { formatTime } from "./sheet-tiles.ts";
import { tallyReasons } from "./tally-reasons.ts";
import type { Weights } from "./weights.ts";

export interface ReportRequest {
  /** Of the film. */
  readonly title: string;
  /** Where the files go; it is there. */
  readonly folder: string;
  /** All, in the order of the film; one at least. */
  readonly frames: readonly ScoredFrame[];
  readonly selection: Selection;
  readonly weights: Weights;
  readonly warnings: readonly string[];
  /** A frame of any size. */
  readonly read: (frame: FrameAddress) => Promise<ByteImage>;
  /** Small pictures that are at hand, by frame, so that fewer have to be read. */
  readonly tiles?: ReadonlyMap<number, ByteImage> | undefined;
}

export const REPORT_FILES = {
  scores: "scores.csv",
  plot: "scores.svg",
  candidates: "candidate-sheet.jpg",
  rejected: "rejected-sheet.jpg",
  report: "report.html",
} as const;

/** Spans that are shown of what was left out, the longest, and how many of them for one reason. */
const MOST_SPANS = 18;
const MOST_OF_A_REASON = 6;
/** Longer side of a picture in the page, in pixels, and its JPEG quality. */
const PICTURE_SIDE = 480;
const PICTURE_QUALITY = 82;

/**
 * Writes {@link REPORT_FILES}; no sheet where it would be empty. Pictures are read one after the other, so that memory stays small.
 *
 * @returns the path of the page
 * @throws FileError when a frame cannot be read or a file not be written
 */
export async function writeReport(request: ReportRequest): Promise<string> {
  const { title, folder, frames, selection, weights, warnings } = request;
  const { picked, candidates, rejected } = selection;
  await Promise.all(Object.values(REPORT_FILES).map((file) => rm(join(folder, file), { force: true })));
  const curves = scoreCurves(frames, selection, weights);
  await writeFileAtomic(join(folder, REPORT_FILES.scores), scoresCsv(frames, selection));
  await writeFileAtomic(join(folder, REPORT_FILES.plot), scorePlotSvg(title, curves).svg);

  const candidatePictures = await readAll(candidates, request);
  const spans = longestSpans(rejectedSpans(frames, rejected));
  const shown = spans.map((span) => frames[shownPlace(span, request)]!);
  const rejectedPictures = await readAll(shown, request);
  const captions = spans.map((span) => describeSpan(span, request));
  if (candidates.length > 0) {
    const tiles = candidates.map((candidate, index) => ({
      image: candidatePictures[index]!,
      heading: [place(candidate), `${Math.round(100 * candidate.merit)}%`] as const,
      text: candidate.reasons.join(", "),
      rank: index < picked.length ? index + 1 : undefined,
    }));
    const sheet = await encodeCaptionSheet(`${title}: candidates, best first`, tiles);
    await writeFileAtomic(join(folder, REPORT_FILES.candidates), sheet);
  }
  if (spans.length > 0) {
    const tiles = shown.map((frame, index) => {
      const { reason, text } = captions[index]!;
      return {
        image: rejectedPictures[index]!,
        heading: [place(frame), ""] as const,
        text: `${reason}: ${text}`,
      };
    });
    await writeFileAtomic(
      join(folder, REPORT_FILES.rejected),
      await encodeCaptionSheet(`${title}: left out`, tiles),
    );
  }

  const jpegs = await Promise.all(candidatePictures.map(toJpeg));
  const cards = candidates.map((candidate: Candidate, index) => ({ ...candidate, jpeg: jpegs[index]! }));
  const rejectedJpegs = await Promise.all(rejectedPictures.map(toJpeg));
  const html = reportHtml({
    title,
    curves,
    picked: cards.slice(0, picked.length),
    next: cards.slice(picked.length),
    rejected: shown.map((frame, index) => ({
      ...frame,
      ...captions[index]!,
      jpeg: rejectedJpegs[index]!,
    })),
    leftOut: tallyReasons(rejected.map(({ reason }) => reason)),
    warnings,
  });
  const page = join(folder, REPORT_FILES.report);
  await writeFileAtomic(page, html);
  return page;
}

/** The longest spans, not all for one reason, in the order of the film. */
function longestSpans(spans: readonly RejectedSpan[]): RejectedSpan[] {
  const ofReason = new Map<string, number>();
  return spans
    .toSorted((a, b) => b.last - b.first - (a.last - a.first) || a.first - b.first)
    .filter(({ reason }) => {
      const count = (ofReason.get(reason) ?? 0) + 1;
      ofReason.set(reason, count);
      return count <= MOST_OF_A_REASON;
    })
    .slice(0, MOST_SPANS)
    .toSorted((a, b) => a.first - b.first);
}

/** The frame that stands for a span: one whose picture is at hand, the nearest to the middle; else the middle. */
function shownPlace({ first, last }: RejectedSpan, { frames, tiles }: ReportRequest): number {
  const middle = (first + last) >> 1;
  for (let away = 0; away <= last - middle; away++) {
    for (const near of [middle - away, middle + away]) {
      if (near >= first && near <= last && tiles?.has(frames[near]!.frame) === true) return near;
    }
  }
  return middle;
}

function describeSpan(
  { reason, first, last }: RejectedSpan,
  { frames, selection }: ReportRequest,
): Pick<RejectedSpan, "reason"> & { readonly text: string } {
  const count = last - first + 1;
  const length =
    count === 1
      ? "1 frame"
      : `${count} frames, ${formatTime(frames[first]!.timeSeconds)} to ${formatTime(frames[last]!.timeSeconds)}`;
  const { frame } = frames[first]!;
  const of = selection.rejected.find((other) => other.frame === frame)?.of;
  return { reason, text: of === undefined ? length : `${length}, like #${of}` };
}

async function readAll(
  frames: readonly FrameAddress[],
  { read, tiles }: ReportRequest,
): Promise<ByteImage[]> {
  const pictures: ByteImage[] = [];
  for (const { frame, timeSeconds } of frames) {
    pictures.push(await shrinkPicture(tiles?.get(frame) ?? (await read({ frame, timeSeconds }))));
  }
  return pictures;
}

async function shrinkPicture(image: ByteImage): Promise<ByteImage> {
  if (Math.max(image.width, image.height) <= PICTURE_SIDE) return image;
  const { data, info } = await fromRgbBytes(image)
    .resize(PICTURE_SIDE, PICTURE_SIDE, { fit: "inside", kernel: "lanczos3" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

function toJpeg(image: ByteImage): Promise<Buffer> {
  return encodeJpeg(image, PICTURE_QUALITY);
}

function place({ frame, timeSeconds }: FrameAddress): string {
  return `#${frame} ${formatTime(timeSeconds)}`;
}
