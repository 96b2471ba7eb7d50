/** The frames of a run that are missing, from the inference processes to the journal, the video and whoever watches. */

import type { PlaceRange } from "../schedule/shots.ts";
import { openCrew } from "./crew.ts";
import { createEta } from "./eta.ts";
import { firstGap } from "./first-gap.ts";
import { openHybridExtras } from "./hybrid-extras.ts";
import { createPainter, type PaintedFrame, type Painter } from "./painter.ts";
import type { PreparedRun } from "./prepare.ts";
import { frameRecipe } from "./recipe.ts";
import type { RenderRequest } from "./render-request.ts";
import type { RunCache } from "./run-cache.ts";
import type { JournalEntry, RunFolder } from "./run-folder.ts";
import { shareWork } from "./share-work.ts";
import type { Delivery } from "./sinks.ts";

/** A run with its folder. */
export interface OpenRun extends PreparedRun {
  readonly request: RenderRequest;
  readonly folder: RunFolder;
  readonly cache: RunCache;
}

/** What became of the missing frames. */
export interface Made {
  /** In the order in which they were finished. */
  readonly entries: readonly JournalEntry[];
  /** How often inference processes ended before their time. */
  readonly restarts: number;
}

/** The parts of a run of which frames are missing: what can be worked on side by side. */
export function unfinishedParts({ parts, folder }: Pick<OpenRun, "parts" | "folder">): PlaceRange[] {
  return parts.filter(
    (part) => firstGap(part, (place) => folder.finished[place] !== undefined) !== undefined,
  );
}

/**
 * Renders what is missing until the run is stopped. While a frame is stored, encoded and scored, its process paints the next one. When a process
 * fails, the others finish the frame that they are at.
 */
export async function renderMissing(run: OpenRun, delivery: Delivery): Promise<Made> {
  const { request, settings, chain, folder } = run;
  const { onEvent, stop } = request;
  const work = unfinishedParts(run);
  const crew = await openCrew(run, Math.max(1, Math.min(run.processes, work.length)));
  const eta = createEta(crew.inferences.length);
  const entries: JournalEntry[] = [];
  let missing = folder.finished.filter((entry) => entry === undefined).length;

  async function store({ frame, place, seconds }: PaintedFrame): Promise<void> {
    const { plan, image } = frame;
    const recipe = frameRecipe(settings, run.models.infoAt(plan), plan, run.addons);
    const entry = await folder.save(frame, chain[place]!, seconds, recipe);
    entries.push(entry);
    await run.cache.keep(entry);
    await delivery.take(entry, image);
  }

  function tell({ frame: { plan, image }, seconds, stages }: PaintedFrame): void {
    eta.frameTook(seconds);
    missing--;
    const [secondsPerFrame, etaSeconds] = [eta.secondsPerFrame()!, eta.remaining(missing)!];
    onEvent({ type: "frame", frame: plan.frame, image, seconds, stages, secondsPerFrame, etaSeconds });
  }

  async function paintAll(
    painter: Painter,
    next: () => PlaceRange | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    let storing: Promise<unknown> = Promise.resolve();
    try {
      for (let part = next(); part; part = next()) {
        for await (const painted of painter.paint(part, signal, () => storing)) {
          await storing;
          storing = store(painted);
          // A failure is thrown by the `await storing` above or below; until then it must not count as unhandled.
          storing.catch(() => {});
          tell(painted);
        }
      }
      await storing;
    } finally {
      // When painting fails, the frame before it is still on its way to the disk.
      await Promise.allSettled([storing]);
    }
  }

  try {
    const { save_extra_frames: savesExtras, flow_picture: flowPicture } = settings.hybrid;
    const extras = savesExtras && run.hybrid ? await openHybridExtras(folder.path, flowPicture) : undefined;
    const painters = crew.inferences.map((inference) =>
      createPainter(inference, { run, folder, extras, onEvent }),
    );
    await shareWork(work, painters, stop, paintAll);
    return { entries, restarts: crew.restarts };
  } finally {
    await crew.close();
  }
}
