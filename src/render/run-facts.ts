/** What all frames of a run share and what decides their pixels: the root of the hash chain. */

import { createRequire } from "node:module";
import type { ModelInfo } from "../models/model.ts";
import type { PictureNetworkInfo } from "../models/picture-networks.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { distributes } from "../schedule/drawn-frames.ts";
import { usesTiles } from "../models/tiled-vae.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { type RunFacts, sha256 } from "./chain.ts";
import { decidesByDepth } from "./choose-networks.ts";
import { flowFacts } from "./flow-options.ts";
import type { ControlFacts } from "./control-inputs.ts";
import type { ControlIdentity } from "./inference-messages.ts";

/** Raised whenever the same plan gives other pixels than before; older frames are then rendered again instead of being mixed with new ones. */
export const PIXELS_VERSION = 3;

const require = createRequire(import.meta.url);

/** Version of the ONNX Runtime in use; its releases differ in the last bits. */
export const runtimeVersion: string = (require("onnxruntime-node/package.json") as { version: string })
  .version;

/** What a run opened, as far as it decides pixels. */
export interface OpenedParts {
  readonly model: Pick<ModelInfo, "hash" | "provider"> &
    Partial<Pick<ModelInfo, "vaeHash" | "inputChannels" | "precision">>;
  /** Null or not given, here and below: the run has none. */
  readonly depth?: PictureNetworkInfo | null;
  /** The picture that frame 0 is drawn over. */
  readonly initImage?: ByteImage | null;
  readonly controls?: readonly (ControlFacts & ControlIdentity)[];
  readonly mask?: Readonly<Record<string, unknown>> | null;
  readonly noiseMask?: Readonly<Record<string, unknown>> | null;
  /** What finds words in pictures, for masks. */
  readonly words?: PictureNetworkInfo | null;
  readonly hybrid?: Readonly<Record<string, unknown>> | null;
  /** Not given: flows are found without networks. */
  readonly identifyFlow?: (method: string) => string;
}

/** Left out: whatever changes no pixel (fps, video, thumbnails, threads) and whatever is in each frame's plan already. */
export function runFacts(
  settings: Settings,
  plan: readonly Pick<FramePlan, "sampler" | "clip_skip" | "image_guidance_scale">[],
  opened: OpenedParts,
): RunFacts {
  const { model, depth = null, initImage = null, controls = [] } = opened;
  const { mask = null, noiseMask = null, words = null, hybrid = null } = opened;
  const { size, mode, cadence, low_memory, vae_tiling, deforum_exact, motion, noise, feedback } = settings;
  const flow = flowFacts(settings, opened.identifyFlow ?? ((method) => method));
  const { precision = "fp32" } = model;
  return {
    pixels: PIXELS_VERSION,
    runtime: runtimeVersion,
    provider: model.provider,
    model: model.hash,
    // Left out where they decide nothing, so that frames rendered before these settings existed keep their hashes.
    ...(model.vaeHash !== undefined && { vae: model.vaeHash }),
    ...(model.inputChannels === 8 && { image_guidance_scale: plan[0]?.image_guidance_scale }),
    ...(settings.prediction !== "auto" && { prediction: settings.prediction }),
    ...(settings.flow_shift !== null && { flow_shift: settings.flow_shift }),
    initImage: initImage && sha256(initImage.data),
    size,
    mode,
    // Where prompts decide which frames are drawn, each frame says so itself.
    cadence: distributes(settings) ? "keyframes" : cadence,
    // Frames that have another than the first say so themselves.
    sampler: plan[0]?.sampler,
    clip_skip: plan[0]?.clip_skip,
    ...(settings.seed_resize_from && { seed_resize_from: settings.seed_resize_from }),
    // Absent unless they change pixels: renders from before these settings keep their hashes.
    ...(low_memory && { low_memory }),
    ...(precision !== "fp32" && { precision }),
    ...(deforum_exact && { deforum_exact }),
    ...(usesTiles(vae_tiling, size.width, size.height) && { vae_tiles: true }),
    motion: {
      border: motion.border,
      padding: motion.padding,
      sampling: motion.sampling,
      perspective_flip: motion.perspective_flip,
      ...(motion.holes !== "smear" && { holes: motion.holes }),
      // Absent where pictures are planes, so that hashes from before there was depth stay.
      ...(depth && decidesByDepth(settings) && { depth: depthFacts(depth, motion.depth) }),
    },
    noise: {
      type: noise.type,
      perlin_width: noise.perlin_width,
      perlin_height: noise.perlin_height,
      octaves: noise.octaves,
      persistence: noise.persistence,
      ...(noiseMask && { mask: noiseMask }),
    },
    feedback: {
      color_match: feedback.color_match,
      color_reference: feedback.color_reference,
      grayscale: feedback.grayscale,
    },
    // Not there without ControlNets and masks: older runs keep their hashes.
    ...(controls.length > 0 && { controlnet: controls }),
    ...(mask && { mask }),
    ...(words && { words: words.hash }),
    ...(flow && { flow }),
    ...(hybrid && { hybrid }),
  };
}

function depthFacts(
  { hash }: PictureNetworkInfo,
  { kind, near, far, equalize }: Settings["motion"]["depth"],
): object {
  // At their defaults near and equalize are not there, so that older frames keep their hashes.
  return { network: hash, kind, far, ...(near !== 1 && { near }), ...(!equalize && { equalize }) };
}
