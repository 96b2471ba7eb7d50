/** What became of the pictures of a sheet, and how that is written down. */

import { runtimeVersion } from "../render/run-facts.ts";
import { version } from "../render/version.ts";
import type { ScorePool } from "../scoring/score-pool.ts";
import type { ByteImage } from "../tensor/image.ts";
import type { ScoredFrame, Selection } from "../thumbnails/select.ts";
import { shrinkForSheet } from "./grid-sheet.ts";
import { describeError, type FailedPicture, type PaintedPicture } from "./paint-pictures.ts";
import type { PlannedBrainstorm } from "./plan-brainstorm.ts";
import type { BestStill, BrainstormRecord, PictureRecord } from "./record.ts";
import { scheduleOf } from "./starter-schedule.ts";
import type { ReadyCell } from "./work.ts";

export type { BestStill } from "./record.ts";

/** A painted picture with its score, small enough to be kept with hundreds of others. */
export interface ScoredPicture extends Omit<PaintedPicture, "image"> {
  readonly small: ByteImage;
  readonly score: ScoredFrame["score"];
}

export type Result = ScoredPicture | FailedPicture;

export async function keepSmall(
  { image, ...painted }: PaintedPicture,
  pool: ScorePool,
): Promise<ScoredPicture> {
  return { ...painted, score: await pool.score(image), small: await shrinkForSheet(image) };
}

/** Rows stand for times: the chosen ones are spread over prompts as stills are over a film. */
export function toScored(result: Result): ScoredFrame[] {
  return result.status === "failed"
    ? []
    : [{ frame: result.cell.number, timeSeconds: result.cell.row, score: result.score }];
}

/** The record of a sheet. */
export function toRecord(
  { request, title, settings, grid, groups }: PlannedBrainstorm,
  status: BrainstormRecord["status"],
  results: readonly Result[],
  outcome: { readonly selection: Selection; readonly best: readonly BestStill[] } | null,
): BrainstormRecord {
  const { picked = [], ranked = [] } = outcome?.selection ?? {};
  const merits = new Map(ranked.map(({ frame, merit }) => [frame, merit]));
  const ranks = new Map(picked.map(({ frame }, index) => [frame, index + 1]));
  const byNumber = new Map(results.map((result) => [result.cell.number, result]));
  const cells = groups.flatMap((group) => group.cells).toSorted((a, b) => a.number - b.number);
  return {
    status,
    title,
    channel: request.channel.name,
    seed: settings.seed,
    versions: { animate: version, onnxruntime: runtimeVersion },
    rows: grid.rows,
    columns: grid.columns,
    pictures: cells.map((cell) => {
      const [merit, rank] = [merits.get(cell.number), ranks.get(cell.number)];
      return {
        ...pictureRecord(cell, byNumber.get(cell.number)),
        ...(merit !== undefined && { merit }),
        ...(rank !== undefined && { rank }),
      };
    }),
    best: outcome?.best ?? [],
    grid: outcome === null ? null : "grid.jpg",
  };
}

function pictureRecord(cell: ReadyCell, result: Result | undefined): PictureRecord {
  const { number, row, column, prompt, plan } = cell;
  const planned = {
    number,
    row,
    column,
    prompt,
    seed: plan.seed,
    status: "planned" as const,
    schedule: scheduleOf(cell),
  };
  if (result === undefined) return planned;
  if (result.status === "failed") return { ...planned, status: "failed", error: describeError(result.error) };
  const { file, model, score } = result;
  return {
    ...planned,
    ...file,
    status: result.status,
    model: { name: model.name, sha256: model.hash },
    score: measures(score),
  };
}

/** Numbers and words; what frames are only compared by stays out of the file. */
function measures(score: ScoredFrame["score"]): Record<string, number | string> {
  return Object.fromEntries(Object.entries(score).filter(isMeasure));
}

function isMeasure(entry: [string, unknown]): entry is [string, number | string] {
  return typeof entry[1] === "number" || typeof entry[1] === "string";
}
