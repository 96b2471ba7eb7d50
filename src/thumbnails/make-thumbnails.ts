/** From footage to a folder of stills: score, choose, write, publish. */

import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { writeFileAtomic } from "../files.ts";
import type { Footage } from "../footage/footage.ts";
import type { Settings } from "../settings/schema.ts";
import { openScorePool } from "../scoring/score-pool.ts";
import type { Dress } from "./dress-still.ts";
import { openOutputFolder, SUMMARY_FILE } from "./output-folder.ts";
import { scoreFootage } from "./score-footage.ts";
import type { ExportOptions, StillSource, Thumbnail } from "./export-stills.ts";
import type { JudgeFiles } from "./judge-messages.ts";
import { tallyReasons } from "./tally-reasons.ts";
import type { Weights } from "./weights.ts";
import { writeStills } from "./write-stills.ts";

export interface ThumbnailsRequest {
  readonly thumbnails: Settings["thumbnails"];
  readonly weights: Weights;
  /** Title and logo of the stills. */
  readonly dress: Dress;
  readonly judges: JudgeFiles;
  /** Folder of pictures that stills must not be copies of, absolute; null for none. */
  readonly references: string | null;
  /** What makes small frames larger; null: Lanczos 3 does. */
  readonly upscaler: ExportOptions["upscaler"];
  /** What the frames were made from, where they are ours. */
  readonly origin: Pick<StillSource, "recipe" | "settings">;
  /** Absolute path of the folder to make. */
  readonly folder: string;
  /** Whether stills that are there are replaced. */
  readonly force: boolean;
  readonly onProgress?: (decoded: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface ThumbnailsReport {
  readonly name: string;
  readonly kind: Footage["kind"];
  /** Pixels of the footage. */
  readonly width: number;
  readonly height: number;
  /** Scored. */
  readonly frames: number;
  readonly folder: string;
  /** Best first. */
  readonly thumbnails: readonly Thumbnail[];
  readonly contactSheet: string;
  /** The page that tells how they were chosen; null when none were asked for. */
  readonly report: string | null;
  /** How many frames were left out, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  readonly seconds: number;
}

/**
 * Makes the stills of footage.
 *
 * @throws FileError when the folder is taken, no frame can be read or a file cannot be written; the reason of `signal` when it is aborted.
 *   Nothing is left then.
 */
export async function makeThumbnails(
  footage: Footage,
  request: ThumbnailsRequest,
): Promise<ThumbnailsReport> {
  const { folder, force, onProgress, signal } = request;
  const began = performance.now();
  const output = await openOutputFolder(folder, force);
  const pool = openScorePool();
  try {
    const scored = await scoreFootage(footage, { pool, onFrame: onProgress ?? (() => {}), signal });
    const stills = await writeStills({
      thumbnails: request.thumbnails,
      weights: request.weights,
      dress: request.dress,
      judges: request.judges,
      references: request.references,
      folder: output.path,
      contactSheet: join(output.path, "contact-sheet.jpg"),
      frames: scored.frames,
      source: {
        kind: footage.kind,
        name: footage.name,
        read: (frame) => footage.still(frame),
        ...request.origin,
      },
      upscaler: request.upscaler,
      signal,
      ...(footage.kind === "video" && { tiles: scored.tiles }),
    });
    signal?.throwIfAborted();
    const { name, kind, width, height } = footage;
    const toFinal = (file: string) => join(folder, basename(file));
    const report = {
      name,
      kind,
      width,
      height,
      frames: scored.frames.length,
      folder,
      thumbnails: stills.thumbnails.map((still) => ({ ...still, file: toFinal(still.file) })),
      contactSheet: toFinal(stills.contactSheet),
      report: stills.report && toFinal(stills.report),
      rejected: Object.fromEntries(tallyReasons(stills.selection.rejected.map(({ reason }) => reason))),
      warnings: [...footage.warnings, ...scored.warnings, ...stills.warnings],
      seconds: (performance.now() - began) / 1000,
    };
    const files = [...(await readdir(output.path)), SUMMARY_FILE].toSorted();
    await writeFileAtomic(
      join(output.path, SUMMARY_FILE),
      `${JSON.stringify({ ...report, files }, null, 2)}\n`,
    );
    await output.publish();
    return report;
  } finally {
    await pool.close();
    await output.discard();
  }
}
