/** One animation from settings to files: wires loop, inference process, run folder, video and stills, and cleans up whatever happens. */

import { join } from "node:path";
import { RenderError } from "../errors.ts";
import { writeFileAtomic } from "../files.ts";
import { manifest, type ManifestFrame, manifestFrame, writeManifest } from "./manifest.ts";
import { prepareRun } from "./prepare.ts";
import { type OpenRun, renderMissing, unfinishedParts } from "./render-missing.ts";
import type { RenderRequest } from "./render-request.ts";
import { openRunCache } from "./run-cache.ts";
import type { RunReport } from "./run-events.ts";
import { openRunFolder, type RunFolder } from "./run-folder.ts";
import { lockRunFolder } from "./run-lock.ts";
import { openSinks, type Sinks } from "./sinks.ts";
import { storePlan } from "./stored-plan.ts";

/**
 * Renders an animation.
 *
 * @throws AnimateError of any kind; finished frames stay, and no half-written file does
 */
export async function renderAnimation(request: RenderRequest): Promise<RunReport> {
  // Ahead of everything: whoever comes second learns it at once, not after a model is open.
  const unlock = await lockRunFolder(request.folder, request.scheduleFile);
  try {
    return await renderLocked(request);
  } finally {
    await unlock();
  }
}

async function renderLocked(request: RenderRequest): Promise<RunReport> {
  const { folder: path, force } = request;
  const prepared = await prepareRun(request);
  const { chain, inference } = prepared;
  try {
    const folder = await openRunFolder(path, chain, { force });
    try {
      checkResumable(request, folder);
      await writeFileAtomic(join(path, "schedule.yaml"), request.scheduleText);
      const sinks = await openSinks(path, {
        ...prepared,
        model: inference.info,
        onTrouble: (message) => request.onEvent({ type: "warning", message }),
      });
      const cache = openRunCache(request, prepared, folder);
      try {
        return await renderInto({ ...prepared, request, folder, cache }, sinks);
      } catch (error) {
        await sinks.abort();
        throw error;
      } finally {
        await cache.close();
      }
    } finally {
      await folder.close();
    }
  } finally {
    await inference.close();
  }
}

async function renderInto(run: OpenRun, sinks: Sinks): Promise<RunReport> {
  const { request, settings, plan, inference, folder } = run;
  const { onEvent } = request;
  const began = performance.now();
  const writeState = (
    status: "running" | "stopped" | "complete",
    results: Parameters<typeof manifest>[5],
  ) => {
    const pins = run.agreement.record(results.frames, status === "running" ? plan : []);
    return writeManifest(folder.path, manifest(status, settings, inference, run.addons, pins, results));
  };

  const { name, family, hash, provider } = inference.info;
  const reused = folder.finished.filter((entry) => entry !== undefined);
  const cached = await run.cache.takeMissing();
  const found = [
    ...reused.map((entry) => manifestFrame(entry, "reused")),
    ...cached.map((entry) => manifestFrame(entry, "cached")),
  ];
  await storePlan(folder.path, run.agreement.basis);
  await writeState("running", { frames: inOrder(found), video: null, thumbnails: [] });
  onEvent({
    type: "start",
    name: settings.name,
    folder: folder.path,
    frames: plan.length,
    reused: reused.length,
    cached: cached.length,
    processes: Math.max(1, Math.min(run.processes, unfinishedParts(run).length)),
    model: { name, family, hash, provider },
  });
  for (const entry of folder.finished) if (entry) await sinks.take(entry);
  const made = await renderMissing(run, sinks);
  const rendered = made.entries.map((entry) => manifestFrame(entry, "rendered"));
  const frames = inOrder([...found, ...rendered]);

  const complete = frames.length === plan.length;
  onEvent({ type: "finishing", what: "video" });
  const video = frames.length > 0 ? await sinks.finishVideo() : null;
  if (complete) onEvent({ type: "finishing", what: "thumbnails" });
  const stills = complete ? await sinks.pickStills() : NO_STILLS;
  for (const message of stills.warnings) onEvent({ type: "warning", message });
  await sinks.close();
  await writeState(complete ? "complete" : "stopped", { frames, video, thumbnails: stills.thumbnails });
  return {
    name: settings.name,
    folder: folder.path,
    frames: frames.length,
    reused: reused.length,
    cached: cached.length,
    complete,
    video,
    thumbnails: stills.thumbnails.map(({ file }) => file),
    contactSheet: stills.contactSheet,
    stillsReport: stills.report,
    restarts: made.restarts,
    seconds: (performance.now() - began) / 1000,
  };
}

function inOrder(frames: readonly ManifestFrame[]): ManifestFrame[] {
  return frames.toSorted((a, b) => a.frame - b.frame);
}

const NO_STILLS = { thumbnails: [], contactSheet: null, report: null, warnings: [] };

function checkResumable({ resume, folder }: RenderRequest, { finished }: RunFolder): void {
  if (!resume || finished.some((entry) => entry !== undefined)) return;
  throw new RenderError("expected finished frames to continue from, found none that fit this schedule", {
    where: folder,
    hint: "Leave out --resume to start from frame 0, or name the folder of the earlier run with --out.",
  });
}
