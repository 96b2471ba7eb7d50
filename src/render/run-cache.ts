/** The shared frame cache as one run uses it. */

import { type FrameCache, openFrameCache } from "../frame-cache/frame-cache.ts";
import { adoptFrame } from "./adopt-frame.ts";
import type { Agreement } from "./drift.ts";
import type { JournalEntry, PictureFile } from "./journal-entry.ts";
import type { Pins } from "./pins.ts";
import type { PreparedRun } from "./prepare.ts";
import { frameRecipe } from "./recipe.ts";
import type { RenderRequest } from "./render-request.ts";
import type { RunFolder } from "./run-folder.ts";
import type { RunModels } from "./run-models.ts";

export interface RunCache {
  /** Takes what the run lacks into its folder, as if it had been rendered there. @returns the frames that were taken */
  takeMissing(): Promise<JournalEntry[]>;
  /** Keeps a frame that was rendered for other runs. */
  keep(entry: JournalEntry): Promise<void>;
  close(): Promise<void>;
}

const NO_CACHE: RunCache = {
  takeMissing: () => Promise.resolve([]),
  async keep() {},
  async close() {},
};

/** What the cache has to know of a run. */
export interface CachedRun extends Pick<PreparedRun, "settings" | "plan" | "chain" | "addons"> {
  readonly pins: Pick<Pins, "processor" | "graphics" | "optimization">;
  readonly agreement: Pick<Agreement, "isDrifted">;
  readonly models: Pick<RunModels, "infoAt">;
}

/** Frames of other runs that may stand in for those of this one: where there is a cache, and what it has is all that a render would make. */
export function framesOfOthers(
  request: Pick<RenderRequest, "cache" | "force" | "onEvent">,
  run: CachedRun,
): FrameCache | undefined {
  // What the loop writes beside its frames comes with rendering alone.
  return request.force || run.settings.hybrid.save_extra_frames ? undefined : openCache(request, run);
}

/** Opens the cache that is asked for, if any; with `force` it is only written. */
export function openRunCache(
  request: Pick<RenderRequest, "cache" | "force" | "stop" | "onEvent">,
  run: CachedRun,
  folder: Pick<RunFolder, "path" | "finished" | "add">,
): RunCache {
  const { settings, plan, chain, models, addons } = run;
  const cache = openCache(request, run);
  if (!cache) return NO_CACHE;
  const others = framesOfOthers(request, run);

  return {
    async takeMissing() {
      const taken: JournalEntry[] = [];
      if (!others) return taken;
      const reused = folder.finished.flatMap((entry) => (entry ? [entry.picture] : []));
      const files = new Map<string, PictureFile>(reused.map((picture) => [picture.file, picture]));
      for (const [index, hash] of chain.entries()) {
        if (request.stop.aborted) break;
        if (folder.finished[index]) continue;
        const found = await others.find(hash);
        if (!found) continue;
        const planned = plan[index]!;
        const texts = frameRecipe(settings, models.infoAt(planned), planned, addons);
        const entry = await adoptFrame(folder.path, found, {
          frame: planned.frame,
          chain: hash,
          texts,
          files,
        });
        await folder.add(entry);
        taken.push(entry);
        if (entry.picture.sha256 === found.picture.sha256) await cache.share(folder.path, entry.picture);
      }
      return taken;
    },
    keep: (entry) => cache.keep(folder.path, entry),
    close: () => cache.close(),
  };
}

/** Undefined where none is asked for, or versions have drifted: a frame is not what its hash says then. */
function openCache(
  { cache: place, onEvent }: Pick<RenderRequest, "cache" | "onEvent">,
  { settings, plan, pins, models, agreement }: CachedRun,
): FrameCache | undefined {
  if (!place || place.limitBytes === 0 || agreement.isDrifted) return undefined;
  return openFrameCache({
    ...place,
    machine: machineKind(pins),
    run: settings.name,
    model: models.infoAt(plan[0]!).name,
    onWarning: (message) => onEvent({ type: "warning", message }),
  });
}

/** The kind of machine: where it is another one, the same networks give other last bits. What the chain hashes hold already is left out. */
function machineKind({ processor, graphics, optimization }: CachedRun["pins"]): string {
  const { platform, instructions, name } = processor;
  return JSON.stringify([platform, instructions ?? name, graphics, optimization]);
}
