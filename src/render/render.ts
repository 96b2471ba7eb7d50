/** One animation from settings to files: wires loop, inference process, run folder, video and stills, and cleans up whatever happens. */

import { join } from "node:path";
import { RenderError } from "../errors.ts";
import { writeFileAtomic } from "../files.ts";
import { requireFlowSampler } from "../diffusion/samplers/flow-samplers.ts";
import { findInLibrary } from "../models/library.ts";
import type { NamedFile } from "../models/lora.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { planFrames } from "../schedule/plan.ts";
import { inRenderOrder } from "../schedule/render-order.ts";
import { drawsSingly } from "../settings/check-mode.ts";
import { drawSeed } from "../settings/draw-seed.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { requireEncoder } from "../video/encoder.ts";
import { chainHashes } from "./chain.ts";
import { checkNames } from "./check-names.ts";
import { readRunColors, type RunColors } from "./color-rules.ts";
import { type ControlInputs, openControlInputs } from "./control-inputs.ts";
import { createEta } from "./eta.ts";
import { feedbackOptions } from "./feedback-options.ts";
import { flowOptions } from "./flow-options.ts";
import { type Paint, renderFrames } from "./frame-loop.ts";
import type { StageSeconds } from "./inference-messages.ts";
import { type Inference, startInference } from "./inference-process.ts";
import { type GuidedInput, guidePaint, openGuidedInput } from "./guided-input.ts";
import { type HybridInput, openHybridInput } from "./hybrid-input.ts";
import { readInitImage } from "./init-image.ts";
import { byPath, type Locate } from "./locate.ts";
import { type MaskInput, openMaskInput } from "./mask-input.ts";
import { manifest, type ManifestFrame, manifestFrame, recordedSeed, writeManifest } from "./manifest.ts";
import { type Delivery, inPlayedOrder } from "./played-order.ts";
import { frameRecipe } from "./recipe.ts";
import type { OnRunEvent, RunReport } from "./run-events.ts";
import { findAddons, identifyAddons, type RunAddons } from "./run-addons.ts";
import { runFacts } from "./run-facts.ts";
import { renderSingleFrames } from "./single-frames.ts";
import { openStartVideo, type StartVideo } from "./start-video.ts";
import { openRunFolder, type Restored, type RunFolder } from "./run-folder.ts";
import { sceneDepth, sceneHoles, sceneNearness } from "./scene-depth.ts";
import { encodingSettings, openSinks, type Sinks } from "./sinks.ts";

export interface RenderRequest {
  /** Complete settings; a seed of −1 is drawn, or taken over from the run in `folder`. */
  readonly settings: Settings;
  /** Text of the schedule file, kept in the run folder. */
  readonly scheduleText: string;
  /** Folder of the schedule file: relative paths in it start there. */
  readonly scheduleFolder: string;
  /** Where each setting stands in its file, for messages. */
  readonly locate?: Locate;
  /** The run folder; made when it is not there. */
  readonly folder: string;
  /** Fail when there is nothing to continue. */
  readonly resume: boolean;
  /** Render every frame again. */
  readonly force: boolean;
  /** Aborted: the current frame is finished, what is there becomes a video, and the report says that it is not complete. */
  readonly stop: AbortSignal;
  readonly onEvent: OnRunEvent;
}

/**
 * Renders an animation.
 *
 * @throws AnimateError of any kind; finished frames stay, and no half-written file does
 */
export async function renderAnimation(request: RenderRequest): Promise<RunReport> {
  const { folder: path, force, stop } = request;
  const seed = force ? undefined : await recordedSeed(path);
  const asked = drawSeed(request.settings, seed === undefined ? undefined : () => seed);
  const { locate = byPath } = request;
  const startVideo = await openStartVideo(asked, request.scheduleFolder, path, locate);
  const settings = { ...asked, frames: Math.min(asked.frames, startVideo?.count ?? Infinity) };
  const plan = inRenderOrder(planFrames(settings), settings);
  const { modelFolder, networks, addPlace } = await checkNames(
    settings,
    plan,
    request.scheduleFolder,
    locate,
  );
  const hybrid = drawsSingly(settings) ? null : await openHybridInput(settings, request.scheduleFolder, path);
  const guided = drawsSingly(settings)
    ? null
    : await openGuidedInput(settings, request.scheduleFolder, locate);
  const initImage =
    (await readInitImage(settings, request.scheduleFolder, locate)) ??
    guided?.first ??
    hybrid?.initImage ??
    null;
  const colors = await readRunColors(
    settings,
    request.scheduleFolder,
    initImage !== null,
    hybrid && hybrid.pictures,
  );
  const addons = await findAddons(settings, plan, request.scheduleFolder);
  const { format } = settings.video;
  if (format !== "png") await requireEncoder(format, encodingSettings(settings));
  const controls = await openControlInputs(settings, request.scheduleFolder, path, locate);
  const mask = await openMaskInput(settings, request.scheduleFolder, path, locate);
  const inputHashes = await hashInputs(plan, controls, [
    mask,
    hybrid,
    startVideo,
    guided,
    colors.rules.pictureAt ? colors : null,
  ]);
  request.onEvent({ type: "loading", model: settings.model });
  const inference = await startInference({
    modelFolder,
    ...networks,
    device: settings.device,
    threads: settings.threads,
    lowMemory: settings.low_memory,
    precision: settings.precision,
    vaeTiling: settings.vae_tiling,
    ...settings.size,
    loras: addons.loras.map(toNamedFile),
    embeddings: addons.embeddings.map(toNamedFile),
    noiseSize: settings.seed_resize_from,
    ...(settings.vae !== null && { vae: await findInLibrary("vae", settings.vae, request.scheduleFolder) }),
    ...(settings.prediction !== "auto" && { prediction: settings.prediction }),
    ...(settings.flow_shift !== null && { flowShift: settings.flow_shift }),
    controlnets: controls.networks,
    mask: mask && { fill: mask.fill, onlyMaskedPadding: mask.onlyMaskedPadding },
  }).catch((error: unknown) => {
    throw addPlace(error);
  });
  try {
    const { info } = inference;
    if (info.prediction === "flow") plan.forEach((frame) => requireFlowSampler(frame, frame.frame));
    const controlFacts = controls.facts.map((facts, i) => ({ ...facts, ...inference.controls[i]! }));
    const chain = chainHashes(
      {
        ...runFacts(
          settings,
          plan,
          info,
          initImage,
          controlFacts,
          mask && mask.facts,
          inference.depth,
          hybrid && hybrid.facts,
        ),
        ...colors.facts,
      },
      identifyAddons(plan, addons),
      inputHashes,
    );
    const { folder, restored } = await openRunFolder(path, chain, { force });
    try {
      checkResumable(request, restored);
      await writeFileAtomic(join(path, "schedule.yaml"), request.scheduleText);
      const run = {
        request,
        settings,
        plan,
        chain,
        inference,
        folder,
        restored,
        initImage,
        colors,
        addons,
        controls,
        mask,
        hybrid,
        startVideo,
        guided,
      };
      const sinks = await openSinks(path, settings, info, inference);
      try {
        return await renderInto(run, sinks, stop);
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

/** Everything that is decided before the first frame. */
interface Run {
  readonly request: RenderRequest;
  readonly settings: Settings;
  readonly plan: readonly FramePlan[];
  readonly chain: readonly string[];
  readonly inference: Inference;
  readonly folder: RunFolder;
  readonly restored: Restored;
  readonly initImage: ByteImage | null;
  readonly colors: RunColors;
  readonly addons: RunAddons;
  readonly controls: ControlInputs;
  readonly mask: MaskInput | null;
  readonly hybrid: HybridInput | null;
  readonly startVideo: StartVideo | null;
  readonly guided: GuidedInput | null;
}

/** Hashes of the pictures that each frame reads; undefined when none reads any. */
async function hashInputs(
  plan: readonly FramePlan[],
  controls: ControlInputs,
  others: readonly ({ readonly hashAt: (frame: FramePlan) => Promise<string | null> } | null)[],
): Promise<(string | null)[][] | undefined> {
  const ofControls = await controls.hashes(plan);
  const inputs = others.filter((input) => input !== null);
  if (inputs.length === 0) return ofControls?.map((hashes) => [...hashes]);
  return await Promise.all(
    plan.map(async (frame, index) => {
      const hashes = await Promise.all(inputs.map((input) => input.hashAt(frame)));
      return [...(ofControls?.[index] ?? []), ...hashes];
    }),
  );
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
  const delivery = inPlayedOrder(sinks, folder, settings.reverse);
  for (const entry of restored.entries) await delivery.take(entry);
  const rendered = await renderNewFrames(run, delivery, stop);
  const frames = [...reused, ...rendered].toSorted((a, b) => a.frame - b.frame);

  const complete = frames.length === plan.length;
  onEvent({ type: "finishing", what: "video" });
  await delivery.finish();
  const video = frames.length > 0 ? await sinks.finishVideo() : null;
  if (complete) onEvent({ type: "finishing", what: "thumbnails" });
  const stills = complete ? await sinks.pickStills() : { thumbnails: [], contactSheet: null, warnings: [] };
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
    seconds: (performance.now() - began) / 1000,
  };
}

/** The loop and its consumers: while a frame is stored, encoded and scored, the next one is painted. */
async function renderNewFrames(run: Run, delivery: Delivery, stop: AbortSignal): Promise<ManifestFrame[]> {
  const { request, settings, plan, chain, inference, folder, restored } = run;
  const { onEvent } = request;
  const eta = createEta();
  const finished: ManifestFrame[] = [];
  let stages: StageSeconds | null = null;
  let storing: Promise<unknown> = Promise.resolve();
  let began = performance.now();
  const findDepth = sceneDepth(settings, inference);

  const paint: Paint = async (init, frame, holes = null) => {
    const pictures = await run.controls.picturesAt(frame);
    const mask = init && run.mask ? (await run.mask.maskAt(frame)).data : null;
    const { image, seconds } = await inference.paint(init, frame, pictures, { mask, holes }, (step, steps) =>
      onEvent({ type: "step", frame: frame.frame, step, steps }),
    );
    stages = seconds;
    return image;
  };
  const common = { feedback: feedbackOptions(settings), maskAt: run.mask?.maskAt, signal: stop };
  const frames = drawsSingly(settings)
    ? renderSingleFrames(plan, restored.state, paint, {
        ...common,
        pictureAt: run.startVideo && run.startVideo.pictureAt,
        colors: run.colors.rules.image ?? null,
      })
    : renderFrames(plan, restored.state, run.guided ? guidePaint(paint, run.guided) : paint, {
        ...common,
        cadence: settings.cadence,
        ...flowOptions(settings),
        initImage: run.initImage,
        colors: run.colors.rules,
        holes: sceneHoles(settings, inference),
        hybrid: run.hybrid?.effects(sceneNearness(settings, inference)),
        ...(findDepth && { findDepth }),
        ...(restored.entries[0] && { firstPicture: await folder.readFrame(restored.entries[0]) }),
      });
  try {
    for await (const frame of frames) {
      const { plan: planned, image } = frame;
      const done = frame.state.nextFrame;
      const seconds = (performance.now() - began) / 1000;
      began = performance.now();
      await storing;
      storing = (async () => {
        const recipe = frameRecipe(settings, inference.info, planned, run.addons);
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

function toNamedFile({ name, file }: NamedFile): NamedFile {
  return { name, file };
}

function checkResumable({ resume, folder }: RenderRequest, { entries }: Restored): void {
  if (!resume || entries.length > 0) return;
  throw new RenderError("expected finished frames to continue from, found none that fit this schedule", {
    where: folder,
    hint: "Leave out --resume to start from frame 0, or name the folder of the earlier run with --out.",
  });
}
