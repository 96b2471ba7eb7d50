/** Settings → the plan of every frame: all numbers, seeds and prompts, before any model is touched. */

import { SettingsError } from "../errors.ts";
import { loraName } from "../settings/lora-schema.ts";
import type { Settings } from "../settings/schema.ts";
import { closePrompts } from "./close-prompts.ts";
import { type DrawingOrder, drawingOrder } from "./drawing-order.ts";
import { evaluateSettings, type Curves } from "./evaluate-settings.ts";
import { flowReader } from "./flow-plan.ts";
import type { ControlPlan, FramePlan, LoraPlan, SamplingPlan } from "./frame-plan.ts";
import { guidedReader } from "./guided-plan.ts";
import { hybridReader } from "./hybrid-plan.ts";
import { planInterpolation } from "./interpolation-plan.ts";
import { lensZoomReader } from "./lens-zoom.ts";
import { closingReader, loopFrames } from "./loop-plan.ts";
import { fillLoras, sumLoras } from "./lora-plan.ts";
import { planMasks } from "./mask-plan.ts";
import { planModels } from "./model-plan.ts";
import { planPrompts, type PromptPlan } from "./prompt-plan.ts";
import { planSamplers } from "./sampler-plan.ts";
import type { ScheduleContext } from "./schedule.ts";
import { scheduleContext } from "./schedule-context.ts";
import { frameSeeds } from "./seeds.ts";
import { strengthReader } from "./strength-plan.ts";
import { variationReader } from "./variation-plan.ts";

/**
 * Plans an animation. Pure: the same settings give the same plan.
 *
 * Frame 0 is diffused and then every `cadence`-th, or those that `keyframe_distribution` says; with `reverse` the last frame is, and every
 * `cadence`-th before it. Seeds step once per diffused frame; a frame between has the seed of the diffused one
 * before it. Whole numbers (steps, clip skip, kernel) are truncated towards zero, as in Deforum.
 *
 * @param settings from the loader, with a drawn seed (see settings/draw-seed.ts)
 * @returns one plan per frame, in the order in which they are played; see schedule/render-order.ts
 * @throws SettingsError when the seed is still to be drawn
 * @throws ScheduleError when a schedule cannot be read, which the loader would have found
 */
export function planFrames(settings: Settings): FramePlan[] {
  if (settings.seed < 0) {
    const message = `expected a drawn seed, found ${settings.seed}`;
    throw new SettingsError([{ location: "plan", path: "seed", message, hint: "draw the seed first" }]);
  }
  const context = scheduleContext(settings);
  const curves = evaluateSettings(settings);
  const prompts = promptsOf(settings, context);
  const samplers = planSamplers(settings.sampler, context);
  const models = planModels(settings.model, context);
  const isDrawnByOne = models.every((name) => name === models[0]);
  const order = drawingOrder(settings);
  const { count, isDiffused, blockOf, newerShareAt } = order;
  const seeds = diffusedSeeds(settings, curves, order);

  const read = (path: string): Float64Array => curveAt(curves, path);
  const [guidance, rescale] = [read("guidance_scale"), read("guidance_rescale")];
  const strengthAt = strengthReader(settings, curves, order, prompts);
  const [steps, clipSkip, samplingAt] = [read("steps"), read("clip_skip"), samplingReader(settings, read)];
  const [motionAt, feedbackAt] = [motionReader(settings, read), feedbackReader(read)];
  const noiseAt = noiseReader(settings, context, read);
  const controlsAt = settings.controlnet.map((_, index) => controlReader(read, `controlnet.${index}`));
  const flowAt = flowReader(settings, read);
  const hybridAt = hybridReader(settings, read);
  const masks = planMasks(settings.mask.schedule, settings.mask, context);
  const guidedAt = guidedReader(settings, context, read);
  const variationAt = variationReader(settings, read, order);
  const imageGuidance = read("image_guidance_scale");
  const loras = planLoras(settings, read, prompts);
  const noiseSeeds = ownNoiseSeeds(settings, order);
  const closingAt = closingReader(settings);
  return prompts.slice(0, count).map((prompt, frame) => ({
    frame,
    timeSeconds: frame / settings.fps,
    diffuse: isDiffused(frame),
    ...optional("newerShare", newerShareAt(frame)),
    seed: seeds[blockOf(frame)]!,
    ...(noiseSeeds && { noiseSeed: noiseSeeds[blockOf(frame)]! }),
    ...variationAt(frame),
    prompts: prompt.prompts,
    negativePrompt: prompt.negativePrompt,
    promptKey: prompt.promptKey,
    promptTransition: prompt.promptTransition,
    strength: strengthAt(frame),
    guidance_scale: guidance[frame]!,
    guidance_rescale: rescale[frame]!,
    sampler: samplers[frame]!,
    ...(!isDrawnByOne && { model: models[frame]! }),
    sampling: samplingAt(frame),
    image_guidance_scale: imageGuidance[frame]!,
    steps: Math.trunc(steps[frame]!),
    clip_skip: Math.trunc(clipSkip[frame]!),
    motion: motionAt(frame),
    noise: noiseAt(frame),
    feedback: feedbackAt(frame),
    ...optional("closing", closingAt(frame)),
    ...(loras[frame]!.length > 0 && { loras: loras[frame]! }),
    ...optional("flow", flowAt(frame)),
    ...optional("hybrid", hybridAt(frame)),
    ...optional("guided", guidedAt(frame)),
    ...(masks && { mask: masks[frame]! }),
    ...(controlsAt.length > 0 && { controlnet: controlsAt.map((controlAt) => controlAt(frame)) }),
  }));
}

/** The prompts of every frame; in a loop those of the end lead back to the beginning. */
function promptsOf(settings: Settings, context: ScheduleContext): readonly PromptPlan[] {
  if (settings.mode !== "interpolation") return closePrompts(planPrompts(settings, context), settings);
  const wayBack = settings.loop === true ? Infinity : loopFrames(settings);
  return planInterpolation(settings, context, wayBack);
}

/** The part under its name, or nothing: parts that are not used are not in the plan. */
function optional<Name extends string, Part>(name: Name, part: Part | undefined): { [Key in Name]?: Part } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed key is typed as any text
  return part === undefined ? {} : ({ [name]: part } as { [Key in Name]: Part });
}

function curveAt(curves: Curves, path: string): Float64Array {
  const values = curves.get(path);
  if (values === undefined) throw new TypeError(`${path} is no scheduled setting`);
  return values;
}

/** One seed per diffused frame. */
function diffusedSeeds(
  { seed, seed_behavior, seed_iter_n }: Settings,
  curves: Curves,
  { blocks, isDiffused }: DrawingOrder,
): readonly number[] {
  const scheduled = curveAt(curves, "seed_schedule");
  return frameSeeds(seed_behavior, seed, blocks, {
    repeat: seed_iter_n,
    schedule: scheduled.filter((_, frame) => isDiffused(frame)),
  });
}

/** With deforum_exact and a seed schedule: the seeds of the grain, which Deforum draws at random before it reads the schedule. */
function ownNoiseSeeds(
  { deforum_exact, seed, seed_behavior }: Settings,
  { blocks }: DrawingOrder,
): readonly number[] | undefined {
  if (!deforum_exact || seed_behavior !== "schedule") return undefined;
  return frameSeeds("random", seed, blocks);
}

type CurveReader = (path: string) => Float64Array;

function samplingReader({ sampling }: Settings, read: CurveReader): (frame: number) => SamplingPlan {
  const ancestralEta = read("sampling.ancestral_eta");
  const ddimEta = read("sampling.ddim_eta");
  const tcdEta = read("sampling.tcd_eta");
  const noise = read("sampling.s_noise");
  const churn = read("sampling.s_churn");
  const churnFrom = read("sampling.s_tmin");
  const churnTo = read("sampling.s_tmax");
  return (frame) => ({
    ancestral_eta: ancestralEta[frame]!,
    ddim_eta: ddimEta[frame]!,
    tcd_eta: tcdEta[frame]!,
    s_noise: noise[frame]!,
    s_churn: churn[frame]!,
    s_tmin: churnFrom[frame]!,
    s_tmax: churnTo[frame]!,
    eta_noise_seed_delta: sampling.eta_noise_seed_delta,
    ...(sampling.fractional_strength && { fractional_strength: true }),
  });
}

function motionReader(settings: Settings, read: CurveReader): (frame: number) => FramePlan["motion"] {
  const angle = read("motion.angle");
  const zoom = read("motion.zoom");
  const translationX = read("motion.translation_x");
  const translationY = read("motion.translation_y");
  const translationZ = read("motion.translation_z");
  const centerX = read("motion.transform_center_x");
  const centerY = read("motion.transform_center_y");
  const rotationX = read("motion.rotation_3d_x");
  const rotationY = read("motion.rotation_3d_y");
  const rotationZ = read("motion.rotation_3d_z");
  const fov = read("motion.fov");
  const aspectRatio = read("motion.aspect_ratio");
  const lensZoomAt = lensZoomReader(settings, fov);
  const flipTheta = read("motion.perspective_flip_theta");
  const flipPhi = read("motion.perspective_flip_phi");
  const flipGamma = read("motion.perspective_flip_gamma");
  const flipFv = read("motion.perspective_flip_fv");
  return (frame) => ({
    angle: angle[frame]!,
    zoom: zoom[frame]!,
    translation_x: translationX[frame]!,
    translation_y: translationY[frame]!,
    translation_z: translationZ[frame]!,
    transform_center_x: centerX[frame]!,
    transform_center_y: centerY[frame]!,
    rotation_3d_x: rotationX[frame]!,
    rotation_3d_y: rotationY[frame]!,
    rotation_3d_z: rotationZ[frame]!,
    fov: fov[frame]!,
    aspect_ratio: aspectRatio[frame]!,
    ...optional("lens_zoom", lensZoomAt(frame)),
    perspective_flip_theta: flipTheta[frame]!,
    perspective_flip_phi: flipPhi[frame]!,
    perspective_flip_gamma: flipGamma[frame]!,
    perspective_flip_fv: flipFv[frame]!,
  });
}

function noiseReader(
  { noise, mask }: Settings,
  context: ScheduleContext,
  read: CurveReader,
): (frame: number) => FramePlan["noise"] {
  const amount = read("noise.amount");
  const multiplier = read("noise.multiplier");
  const masks = planMasks(noise.mask, mask, context);
  return (frame) => ({
    amount: amount[frame]!,
    multiplier: multiplier[frame]!,
    ...(masks && { mask: masks[frame]! }),
  });
}

/** Per frame, the weights of the settings' LoRAs plus those that the prompts' tags ask for. */
function planLoras(
  settings: Settings,
  read: CurveReader,
  prompts: readonly { readonly loras: readonly LoraPlan[] }[],
): LoraPlan[][] {
  const listed = settings.loras.map(({ name }, index) => {
    return { name: loraName(name), weights: read(`loras.${index}.weight`) };
  });
  const frames = prompts.map((prompt, frame) => {
    const own = listed.map(({ name, weights }) => {
      return { name, weight: weights[frame]!, text_weight: weights[frame]! };
    });
    return sumLoras([
      { loras: own, share: 1 },
      { loras: prompt.loras, share: 1 },
    ]);
  });
  return fillLoras(frames);
}

function controlReader(read: CurveReader, path: string): (frame: number) => ControlPlan {
  const weight = read(`${path}.weight`);
  const start = read(`${path}.start`);
  const end = read(`${path}.end`);
  const low = read(`${path}.low_threshold`);
  const high = read(`${path}.high_threshold`);
  const blur = read(`${path}.blur`);
  const downsample = read(`${path}.downsample`);
  return (frame) => ({
    weight: weight[frame]!,
    start: start[frame]!,
    end: end[frame]!,
    low_threshold: low[frame]!,
    high_threshold: high[frame]!,
    blur: blur[frame]!,
    downsample: downsample[frame]!,
  });
}

function feedbackReader(read: CurveReader): (frame: number) => FramePlan["feedback"] {
  const contrast = read("feedback.contrast");
  const amount = read("feedback.sharpen.amount");
  const kernel = read("feedback.sharpen.kernel");
  const sigma = read("feedback.sharpen.sigma");
  const threshold = read("feedback.sharpen.threshold");
  return (frame) => ({
    contrast: contrast[frame]!,
    sharpen: {
      amount: amount[frame]!,
      kernel: Math.trunc(kernel[frame]!),
      sigma: sigma[frame]!,
      threshold: threshold[frame]!,
    },
  });
}
