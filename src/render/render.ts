/** One animation from settings to files: wires loop, inference process, run folder, video and stills, and cleans up whatever happens. */

import { join } from "node:path";
import { RenderError } from "../errors.ts";
import { writeFileAtomic } from "../files.ts";
import { createEta } from "./eta.ts";
import { chooseFlow } from "./find-flow.ts";
import type { Paint } from "./frame-loop.ts";
import { openHybridExtras } from "./hybrid-extras.ts";
import type { StageSeconds } from "./inference-messages.ts";
import { manifest, type ManifestFrame, manifestFrame, writeManifest } from "./manifest.ts";
import { type Delivery, inPlayedOrder } from "./played-order.ts";
import { type PreparedRun, prepareRun } from "./prepare.ts";
import { frameRecipe } from "./recipe.ts";
import type { RenderRequest } from "./render-request.ts";
import type { RunReport } from "./run-events.ts";
import { openRunFolder, type Restored, type RunFolder } from "./run-folder.ts";
import { lockRunFolder } from "./run-lock.ts";
import { runFrames } from "./run-frames.ts";
import { sceneDepth, sceneHoles, sceneNearness } from "./scene-depth.ts";
import { openSinks, type Sinks } from "./sinks.ts";
import { wordMasks } from "./word-masks.ts";

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
  const { settings, chain, inference, stillMeans } = prepared;
  try {
    const { folder, restored } = await openRunFolder(path, chain, { force });
    try {
      checkResumable(request, restored);
      await writeFileAtomic(join(path, "schedule.yaml"), request.scheduleText);
      const sinks = await openSinks(path, settings, stillMeans, inference.info, inference);
      try {
        return await renderInto({ ...prepared, request, folder, restored }, sinks, request.stop);
      } catch (error) {
        await sinks.abort();
        throw error;
      }
    } finally {
      await folder.close();
    }
  } finally {
    await inference.close();
  }
}

interface Run extends PreparedRun {
  readonly request: RenderRequest;
  readonly folder: RunFolder;
  readonly restored: Restored;
}

async function renderInto(run: Run, sinks: Sinks, stop: AbortSignal): Promise<RunReport> {
  const { request, settings, plan, inference, folder, restored } = run;
  const { onEvent } = request;
  const began = performance.now();
  const writeState = (status: "running" | "stopped" | "complete", results: Parameters<typeof manifest>[4]) =>
    writeManifest(folder.path, manifest(status, settings, inference, run.addons, results));

  const { name, family, hash, provider } = inference.info;
  const reused = restored.entries.map((entry) => manifestFrame(entry, "reused"));
  await writeState("running", { frames: reused, video: null, thumbnails: [] });
  onEvent({
    type: "start",
    name: settings.name,
    folder: folder.path,
    frames: plan.length,
    reused: reused.length,
    model: { name, family, hash, provider },
  });
  const delivery = inPlayedOrder(sinks, folder, plan);
  for (const entry of restored.entries) await delivery.take(entry);
  const rendered = await renderNewFrames(run, delivery, stop);
  const frames = [...reused, ...rendered].toSorted((a, b) => a.frame - b.frame);

  const complete = frames.length === plan.length;
  onEvent({ type: "finishing", what: "video" });
  await delivery.finish();
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
    complete,
    video,
    thumbnails: stills.thumbnails.map(({ file }) => file),
    contactSheet: stills.contactSheet,
    stillsReport: stills.report,
    seconds: (performance.now() - began) / 1000,
  };
}

const NO_STILLS = { thumbnails: [], contactSheet: null, report: null, warnings: [] };

/** The loop and its consumers: while a frame is stored, encoded and scored, the next one is painted. */
async function renderNewFrames(run: Run, delivery: Delivery, stop: AbortSignal): Promise<ManifestFrame[]> {
  const { request, settings, plan, chain, inference, folder, restored } = run;
  const { onEvent } = request;
  const eta = createEta();
  const finished: ManifestFrame[] = [];
  let stages: StageSeconds | null = null;
  let storing: Promise<unknown> = Promise.resolve();
  let began = performance.now();
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
  const extras = savesExtras && run.hybrid ? await openHybridExtras(folder.path, flowPicture) : undefined;
  const frames = runFrames(run, restored.state, paint, {
    findDepth: sceneDepth(settings, inference),
    findNearness: sceneNearness(settings, inference),
    chooseFlow: chooseFlow(inference, run.flows),
    extras,
    holes: sceneHoles(settings, inference),
    wordsIn,
    ...(restored.entries[0] && { firstPicture: await folder.readFrame(restored.entries[0]) }),
    signal: stop,
  });
  try {
    for await (const frame of frames) {
      const { plan: planned, image } = frame;
      const done = frame.state.nextFrame;
      const seconds = (performance.now() - began) / 1000;
      began = performance.now();
      await storing;
      storing = (async () => {
        const recipe = frameRecipe(settings, run.models.infoAt(planned), planned, run.addons);
        const entry = await folder.save(frame, chain[done - 1]!, seconds, recipe);
        finished.push(manifestFrame(entry, "rendered"));
        await delivery.take(entry, image);
      })();
      // A failure is thrown by the `await storing` above or below; until then it must not count as unhandled.
      storing.catch(() => {});
      eta.frameTook(seconds);
      onEvent({
        type: "frame",
        frame: planned.frame,
        image,
        seconds,
        stages: planned.diffuse ? stages : null,
        secondsPerFrame: eta.secondsPerFrame()!,
        etaSeconds: eta.remaining(plan.length - done)!,
      });
    }
    await storing;
  } finally {
    // When painting fails, the frame before it is still on its way to the disk.
    await Promise.allSettled([storing]);
  }
  return finished;
}

function checkResumable({ resume, folder }: RenderRequest, { entries }: Restored): void {
  if (!resume || entries.length > 0) return;
  throw new RenderError("expected finished frames to continue from, found none that fit this schedule", {
    where: folder,
    hint: "Leave out --resume to start from frame 0, or name the folder of the earlier run with --out.",
  });
}
