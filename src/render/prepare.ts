/** What is decided before the first frame: settings, plan, inputs and networks, and the hash of every frame. */

import { requireFlowSampler } from "../diffusion/samplers/flow-samplers.ts";
import type { NamedFile } from "../models/lora.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { planFrames } from "../schedule/plan.ts";
import { inRenderOrder } from "../schedule/render-order.ts";
import { independentParts, type PlaceRange } from "../schedule/shots.ts";
import { drawSeed } from "../settings/draw-seed.ts";
import type { Settings } from "../settings/schema.ts";
import { requireEncoder } from "../video/encoder.ts";
import type { Soundtrack } from "../video/soundtrack.ts";
import type { ChainBasis } from "./chain.ts";
import { checkNames } from "./check-names.ts";
import { type ControlInputs, openControlInputs } from "./control-inputs.ts";
import { shareThreads } from "./crew.ts";
import { type Agreement, agreeOnPins, refuseDrift } from "./drift.ts";
import { readEarlierRun } from "./earlier-run.ts";
import { type FlowFiles, identifyFlow, toOpen } from "./find-flow.ts";
import type { InferenceSettings } from "./inference-messages.ts";
import { type Inference, startInference } from "./inference-process.ts";
import { byPath, type Locate, placeOf } from "./locate.ts";
import { recordedSeed } from "./manifest.ts";
import { gatherPins, type Pins } from "./pins.ts";
import type { RenderRequest } from "./render-request.ts";
import { findAddons, identifyAddons, type RunAddons } from "./run-addons.ts";
import { runBasis } from "./run-basis.ts";
import { encodingSettings } from "./run-film.ts";
import type { PlannedRun } from "./run-frames.ts";
import { type RunModels, runModels } from "./run-models.ts";
import { openRunPictures } from "./run-pictures.ts";
import { openRunSoundtrack } from "./run-soundtrack.ts";
import { openStartVideo } from "./start-video.ts";
import { openStillMeans, type StillMeans } from "./still-means.ts";
import { wordFinderPath } from "./word-masks.ts";

/** A run that is ready for its first frame. */
export interface PreparedRun extends PlannedRun {
  /** What depends on nothing before it: shots, or single frames. */
  readonly parts: readonly PlaceRange[];
  /** One hash per frame of the plan, see {@link agreeOnPins}. */
  readonly chain: readonly string[];
  /** What {@link chain} is made of under the pins of this start. */
  readonly basis: ChainBasis;
  readonly agreement: Agreement;
  readonly pins: Pins;
  /** Whoever has the run closes it. */
  readonly inference: Inference;
  /** Starts one more process like it, for a run in several. Whoever starts it closes it. */
  readonly startAnother: () => Promise<Inference>;
  /** How many processes there may be, ≥ 1: no more than parts. */
  readonly processes: number;
  readonly models: RunModels;
  readonly addons: RunAddons;
  readonly controls: ControlInputs;
  readonly flows: FlowFiles;
  readonly stillMeans: StillMeans;
  readonly soundtrack: Soundtrack | undefined;
}

/**
 * Plans the animation, opens what its frames read and starts the inference process, in this order: mistakes come ahead of the long work.
 *
 * @param inputsIn folder in whose `inputs` the pictures of videos are kept; default: the run folder
 * @throws AnimateError of any kind; the inference process is ended then
 */
export async function prepareRun(
  request: RenderRequest,
  inputsIn: string = request.folder,
): Promise<PreparedRun> {
  const { folder: path, scheduleFolder, force, locate = byPath } = request;
  const seed = force ? undefined : await recordedSeed(path);
  const asked = drawSeed(request.settings, seed === undefined ? undefined : () => seed);
  const startVideo = await openStartVideo(asked, scheduleFolder, inputsIn, locate);
  const settings = { ...asked, frames: Math.min(asked.frames, startVideo?.count ?? Infinity) };
  const plan = inRenderOrder(planFrames(settings), settings);
  const names = await checkNames(settings, plan, scheduleFolder, locate);
  const { models, networks, vae, flows } = names;
  const pictures = await openRunPictures(settings, scheduleFolder, inputsIn, locate);
  const stillMeans = await openStillMeans(settings.thumbnails, scheduleFolder, locate);
  const { initImage, colors, mask, noiseMask, hybrid, guided } = pictures;
  const addons = await findAddons(settings, plan, scheduleFolder);
  const { format } = settings.video;
  if (format !== "png") await requireEncoder(format, encodingSettings(settings));
  const soundtrack = await openRunSoundtrack(settings, scheduleFolder, locate);
  const controls = await openControlInputs(settings, scheduleFolder, inputsIn, locate);
  const ofColors = colors.rules.pictureAt ? colors : null;
  const inputHashes = await hashInputs(plan, controls, [
    mask,
    hybrid,
    startVideo,
    guided,
    ofColors,
    noiseMask,
  ]);

  const parts = independentParts(plan, settings);
  const processes = countProcesses(request, parts.length);
  request.onEvent({ type: "loading", model: models.map(({ name }) => name).join(", ") });
  const opening = {
    ...inferenceSettings(settings),
    threads: shareThreads(settings.threads, processes),
    models,
    ...networks,
    loras: addons.loras.map(toNamedFile),
    embeddings: addons.embeddings.map(toNamedFile),
    ...(vae !== undefined && { vae }),
    controlnets: controls.networks,
    ...(flows.size > 0 && { flows: toOpen(flows) }),
    words: wordFinderPath(settings, scheduleFolder),
    mask: mask && { fill: mask.fill, onlyMaskedPadding: mask.onlyMaskedPadding },
  };
  const onRenewal = (message: string) => request.onEvent({ type: "warning", message });
  const inference = await startInference(opening, { onRenewal }).catch((error: unknown) => {
    throw names.addPlace(error);
  });
  try {
    const { info, depth, words } = inference;
    const drawing = runModels(models, inference.models);
    const byFlow = plan.filter((frame) => drawing.infoAt(frame).prediction === "flow");
    requireFlowSamplers(byFlow, locate);
    const identify = identifyFlow(inference, flows);
    const basis = runBasis({
      settings,
      plan: drawing.identify(identifyAddons(plan, addons)),
      parts,
      opened: {
        model: info,
        depth,
        initImage,
        controls: controls.facts.map((fact, i) => ({ ...fact, ...inference.controls[i]! })),
        mask: mask && mask.facts,
        noiseMask: noiseMask && noiseMask.facts,
        words,
        hybrid: hybrid && hybrid.facts(identify),
        identifyFlow: identify,
      },
      moreFacts: colors.facts,
      inputs: inputHashes,
    });
    const pins = await gatherPins({
      settings,
      opened: inference,
      models,
      addons,
      controls: controls.facts,
      flows: toOpen(flows).map((file) => [...flows].find(([, other]) => other === file)![0]),
    });
    const earlier = force ? undefined : await readEarlierRun(path);
    const agreement = agreeOnPins({ settings, basis, pins }, earlier);
    if (!request.allowDrift) refuseDrift(agreement, path);
    return {
      settings,
      plan,
      parts,
      chain: agreement.chain,
      basis,
      agreement,
      pins,
      inference,
      startAnother: () => startInference(opening, { onRenewal, like: inference }),
      processes,
      models: drawing,
      ...pictures,
      addons,
      controls,
      startVideo,
      flows,
      stillMeans,
      soundtrack,
    };
  } catch (error) {
    await inference.close();
    throw error;
  }
}

/** As many as are asked for, but no more than there are parts. */
function countProcesses({ jobs = 1, onEvent }: RenderRequest, parts: number): number {
  const processes = Math.min(jobs, parts);
  if (processes < jobs && parts === 1) {
    onEvent({ type: "warning", message: `one shot: nothing to share among ${jobs} processes` });
  }
  return processes;
}

function requireFlowSamplers(plan: readonly FramePlan[], locate: Locate): void {
  for (const frame of plan) {
    const place = (setting: string) => `${placeOf(locate, setting.split("."))} at frame ${frame.frame}`;
    requireFlowSampler(frame, place);
  }
}

/** What the painting side takes from the settings as it stands there. */
export function inferenceSettings(settings: Settings) {
  return {
    device: settings.device,
    threads: settings.threads,
    lowMemory: settings.low_memory,
    loadedModels: settings.loaded_models,
    precision: settings.precision,
    vaeTiling: settings.vae_tiling,
    ...settings.size,
    noiseSize: settings.seed_resize_from,
    ...(settings.prediction !== "auto" && { prediction: settings.prediction }),
    ...(settings.flow_shift !== null && { flowShift: settings.flow_shift }),
  } satisfies Partial<InferenceSettings>;
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

function toNamedFile({ name, file }: NamedFile): NamedFile {
  return { name, file };
}
