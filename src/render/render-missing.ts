/** The frames of a run that are missing, from the inference process to the journal, the video and whoever watches. */

import type { PlaceRange } from "../schedule/shots.ts";
import { createEta } from "./eta.ts";
import { chooseFlow } from "./find-flow.ts";
import type { Paint } from "./frame-loop.ts";
import { openHybridExtras } from "./hybrid-extras.ts";
import type { StageSeconds } from "./inference-messages.ts";
import type { PreparedRun } from "./prepare.ts";
import { frameRecipe } from "./recipe.ts";
import { renderGap } from "./render-gap.ts";
import type { RenderRequest } from "./render-request.ts";
import type { RunCache } from "./run-cache.ts";
import type { JournalEntry, RunFolder } from "./run-folder.ts";
import type { FrameTools } from "./run-frames.ts";
import { sceneDepth, sceneHoles, sceneNearness } from "./scene-depth.ts";
import type { Delivery } from "./sinks.ts";
import { wordMasks } from "./word-masks.ts";

/** A run with its folder. */
export interface OpenRun extends PreparedRun {
  readonly request: RenderRequest;
  readonly folder: RunFolder;
  readonly cache: RunCache;
}

/**
 * Renders what is missing until the run is stopped. While a frame is stored, encoded and scored, the next one is painted.
 *
 * @returns the entries of the new frames, in the order in which they were finished
 */
export async function renderMissing(run: OpenRun, delivery: Delivery): Promise<JournalEntry[]> {
  const { request, settings, parts, chain, inference, folder } = run;
  const { onEvent, stop } = request;
  const eta = createEta();
  const made: JournalEntry[] = [];
  let missing = folder.finished.filter((entry) => entry === undefined).length;
  let stages: StageSeconds | null = null;
  let storing: Promise<unknown> = Promise.resolve();
  const wordsIn = wordMasks(inference);

  const paint: Paint = async (init, frame, holes = null) => {
    const pictures = await run.controls.picturesAt(frame);
    const mask = init && run.mask ? (await run.mask.maskAt(frame, wordsIn(init))).data : null;
    const { image, seconds } = await inference.paint(init, frame, pictures, { mask, holes }, (step, steps) =>
      onEvent({ type: "step", frame: frame.frame, step, steps }),
    );
    stages = seconds;
    return image;
  };
  const { save_extra_frames: savesExtras, flow_picture: flowPicture } = settings.hybrid;
  const tools: Omit<FrameTools, "firstPicture"> = {
    findDepth: sceneDepth(settings, inference),
    findNearness: sceneNearness(settings, inference),
    chooseFlow: chooseFlow(inference, run.flows),
    extras: savesExtras && run.hybrid ? await openHybridExtras(folder.path, flowPicture) : undefined,
    holes: sceneHoles(settings, inference),
    wordsIn,
    signal: stop,
  };

  async function renderPart(part: PlaceRange): Promise<void> {
    let gap = await folder.nextGap(part);
    while (gap && !stop.aborted) {
      let began = performance.now();
      for await (const { place, frame } of renderGap(run, folder, part, gap, paint, tools)) {
        const { plan: planned, image } = frame;
        const seconds = (performance.now() - began) / 1000;
        began = performance.now();
        await storing;
        storing = (async () => {
          const recipe = frameRecipe(settings, run.models.infoAt(planned), planned, run.addons);
          const entry = await folder.save(frame, chain[place]!, seconds, recipe);
          made.push(entry);
          await run.cache.keep(entry);
          await delivery.take(entry, image);
        })();
        // A failure is thrown by the `await storing` above or below; until then it must not count as unhandled.
        storing.catch(() => {});
        eta.frameTook(seconds);
        missing--;
        onEvent({
          type: "frame",
          frame: planned.frame,
          image,
          seconds,
          stages: planned.diffuse ? stages : null,
          secondsPerFrame: eta.secondsPerFrame()!,
          etaSeconds: eta.remaining(missing)!,
        });
      }
      // The next gap begins at a state that is stored; the next part needs none.
      if (gap.end === part.end) return;
      await storing;
      gap = await folder.nextGap(part);
    }
  }

  try {
    for (const part of parts) {
      if (!stop.aborted) await renderPart(part);
    }
    await storing;
  } finally {
    // When painting fails, the frame before it is still on its way to the disk.
    await Promise.allSettled([storing]);
  }
  return made;
}
