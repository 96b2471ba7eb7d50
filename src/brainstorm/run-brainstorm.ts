/** Paints a sheet: pictures from a title under many prompts, seeds, models and weights, and the best ones as stills. */

import { join, relative } from "node:path";
import { writeFileAtomic } from "../files.ts";
import { startInference } from "../render/inference-process.ts";
import { openScorePool } from "../scoring/score-pool.ts";
import { exportStills } from "../thumbnails/export-stills.ts";
import { readFrameRecipe } from "../thumbnails/frame-recipe.ts";
import { describeShortfall, type Selection, selectStills } from "../thumbnails/select.ts";
import type { OnBrainstormEvent } from "./brainstorm-events.ts";
import { type FinishedPictures, openFinishedPictures } from "./finished-pictures.ts";
import { encodeGridSheet, type GridTile } from "./grid-sheet.ts";
import { describeError, paintPictures } from "./paint-pictures.ts";
import type { PlannedBrainstorm } from "./plan-brainstorm.ts";
import { writeRecord } from "./record.ts";
import { type BestStill, keepSmall, type Result, toRecord, toScored } from "./results.ts";

export interface PaintRequest {
  readonly folder: string;
  /** Paint every picture again. */
  readonly force: boolean;
  readonly stop: AbortSignal;
  readonly onEvent: OnBrainstormEvent;
}

export interface BrainstormReport {
  readonly folder: string;
  readonly pictures: number;
  readonly painted: number;
  readonly reused: number;
  readonly failed: readonly { readonly picture: number; readonly message: string }[];
  /** False when it was stopped before the last picture. */
  readonly complete: boolean;
  /** Absolute paths. */
  readonly grid: string;
  readonly best: readonly string[];
  readonly seconds: number;
}

/** Paints the sheet and writes it with its stills and record. Pictures that are there already are taken as they are. */
export async function runBrainstorm(
  planned: PlannedBrainstorm,
  options: PaintRequest,
): Promise<BrainstormReport> {
  const { folder, onEvent, stop } = options;
  const began = performance.now();
  const { grid, groups, warnings, title } = planned;
  for (const message of warnings) onEvent({ type: "warning", message });
  const finished = await openFinishedPictures(folder, options.force);
  const pool = openScorePool();
  try {
    await writeRecord(folder, toRecord(planned, "running", [], null));
    onEvent({
      type: "start",
      title,
      folder,
      pictures: grid.cells.length,
      rows: grid.rows.length,
      columns: grid.columns.length,
      models: new Set(groups.map(({ opening }) => opening.models[0]!.file)).size,
    });
    const results: Result[] = [];
    for await (const painted of paintPictures(groups, { finished, onEvent, stop })) {
      results.push(painted.status === "failed" ? painted : await keepSmall(painted, pool));
    }
    onEvent({ type: "finishing", what: "grid" });
    // In the order of the sheet, whatever the order of the work was.
    results.sort((a, b) => a.cell.number - b.cell.number);
    const selection = selectStills(
      results.flatMap(toScored),
      planned.settings.thumbnails.count,
      planned.weights,
    );
    await writeFileAtomic(join(folder, "grid.jpg"), await drawSheet(planned, results, selection));
    if (selection.picked.length > 0) onEvent({ type: "finishing", what: "best" });
    const best = await writeBest(planned, folder, finished, results, selection, onEvent);
    const shortfall = describeShortfall(selection, planned.settings.thumbnails.count);
    if (shortfall !== undefined) onEvent({ type: "warning", message: shortfall });
    const complete = results.length === grid.cells.length;
    await writeRecord(
      folder,
      toRecord(planned, complete ? "complete" : "stopped", results, { selection, best }),
    );
    const failed = results.flatMap((result) =>
      result.status === "failed"
        ? [{ picture: result.cell.number, message: describeError(result.error) }]
        : [],
    );
    return {
      folder,
      pictures: grid.cells.length,
      painted: results.filter(({ status }) => status === "painted").length,
      reused: results.filter(({ status }) => status === "reused").length,
      failed,
      complete,
      grid: join(folder, "grid.jpg"),
      best: best.map(({ file }) => join(folder, file)),
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    await pool.close();
    await finished.close();
  }
}

async function drawSheet(
  { grid, title, request, settings, groups }: PlannedBrainstorm,
  results: readonly Result[],
  { picked, ranked }: Selection,
): Promise<Buffer> {
  const byNumber = new Map(results.map((result) => [result.cell.number, result]));
  const merits = new Map(ranked.map(({ frame, merit }) => [frame, merit]));
  const ranks = new Map(picked.map(({ frame }, index) => [frame, index + 1]));
  const tiles = grid.cells.map(({ number, row, column }): GridTile => {
    const result = byNumber.get(number);
    const place = { number, row, column };
    if (result === undefined) return { ...place, image: null, merit: null };
    if (result.status === "failed") return { ...place, image: null, merit: null, note: "failed" };
    return {
      ...place,
      image: result.small,
      merit: merits.get(number) ?? null,
      rank: ranks.get(number),
      note: result.score.dud,
    };
  });
  const models = [...new Set(groups.map(({ opening }) => opening.models[0]!.name))];
  const model = models.length === 1 ? models[0]! : `${models.length} models`;
  const samplers = new Set(grid.cells.map(({ plan }) => plan.sampler));
  const { width, height } = settings.size;
  const facts = [`channel ${request.channel.name}`, model, [...samplers].join(", "), `${width}x${height}`];
  return await encodeGridSheet({
    title,
    subtitle: facts.join(", "),
    rows: grid.rows,
    columns: grid.columns,
    tiles,
    aspect:
      Math.max(...grid.cells.map((cell) => cell.settings.size.width)) /
      Math.max(...grid.cells.map((cell) => cell.settings.size.height)),
  });
}

/** The stills of the best pictures, as a render exports them; their paths inside the folder. */
async function writeBest(
  { settings, title, groups, dress }: PlannedBrainstorm,
  folder: string,
  finished: FinishedPictures,
  results: readonly Result[],
  { picked }: Selection,
  onEvent: OnBrainstormEvent,
): Promise<BestStill[]> {
  const files = new Map(
    results.flatMap((result) =>
      result.status === "failed" ? [] : [[result.cell.number, result.file] as const],
    ),
  );
  const { thumbnails } = settings;
  const { opening } = groups[0]!;
  // Its networks are loaded when they are first used: of the model, none is.
  const options = { onRenewal: (message: string) => onEvent({ type: "warning", message }) };
  const inference =
    thumbnails.upscale && opening.upscaler !== null ? await startInference(opening, options) : null;
  try {
    const exported = await exportStills(picked, {
      thumbnails,
      dress,
      folder: join(folder, "best"),
      source: {
        kind: "folder",
        name: title,
        read: ({ frame }) => finished.read(files.get(frame)!),
        recipe: ({ frame }) => readFrameRecipe(join(folder, files.get(frame)!.file)),
        settings: null,
      },
      upscaler: inference?.upscaler
        ? { name: inference.upscaler.name, enlarge: (picture) => inference.enlarge(picture) }
        : null,
    });
    for (const message of exported.warnings) onEvent({ type: "warning", message });
    return exported.thumbnails.map(({ file, frame, merit }) => ({
      picture: frame,
      file: relative(folder, file),
      merit,
    }));
  } finally {
    await inference?.close();
  }
}
