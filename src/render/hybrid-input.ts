/** The input video of a run: its pictures, what they do to the animation, and what of it decides pixels. */

import { join } from "node:path";
import { type InputPictures, openInputPictures } from "../control/input-pictures.ts";
import { adjustMask, blendMask, differenceMask } from "../hybrid/composite-mask.ts";
import { composite } from "../hybrid/composite.ts";
import { findVideoMotion, moveByVideo, type VideoMotion } from "../hybrid/video-motion.ts";
import type { FramePlan, HybridPlan } from "../schedule/frame-plan.ts";
import type { Settings } from "../settings/schema.ts";
import { type ByteImage, type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import type { PictureSelection } from "../video/extract-frames.ts";
import type { ChooseFlow } from "./find-flow.ts";
import type { HybridExtras } from "./hybrid-extras.ts";
import { byPath, type Locate, placeOf } from "./locate.ts";

/** Where in a frame the video's picture is mixed in. */
export type CompositeStage = Exclude<Settings["hybrid"]["composite"], "none">;

/** How near everything in a picture is: `[height, width]` levels, white = nearest. */
export type FindNearness = (picture: ByteImage) => Promise<Uint8Array>;

/** What an input video does to the pictures of the animation. */
export interface HybridEffects {
  /** The picture after the video's motion from the frame it is made from to this one; itself on the first frame and without motion. */
  readonly move: (picture: RgbImage, plan: FramePlan) => Promise<RgbImage>;
  /**
   * The picture mixed with the video's, if this is the stage.
   *
   * @param before the frame before, as it was before any move
   */
  readonly mix: (
    stage: CompositeStage,
    picture: RgbImage,
    plan: FramePlan,
    before: ByteImage,
  ) => Promise<RgbImage>;
}

export interface HybridInput {
  /**
   * What decides pixels and is the same for all frames.
   *
   * @param identify what a method of flow is known by, see identifyFlow
   */
  readonly facts: (identify: (method: string) => string) => Readonly<Record<string, unknown>>;
  /** sha256 of the file that a frame's picture is read from, or of two; null for frames that look at none. */
  readonly hashAt: (frame: FramePlan) => Promise<string | null>;
  readonly pictures: InputPictures;
  /** The picture that the first frame is drawn over, if it is the video's. */
  readonly initImage: ByteImage | null;
  readonly effects: (means: HybridMeans) => HybridEffects;
}

/** What the effects of an input video are made with. */
export interface HybridMeans {
  /** For masks by depth. */
  readonly findNearness: FindNearness;
  readonly chooseFlow: ChooseFlow;
  /** Not given: nothing but the frames is saved. */
  readonly extras?: HybridExtras | undefined;
}

/**
 * Opens the input video of the settings; its pictures are extracted into the run folder.
 *
 * @returns null for a run without
 * @throws FileError or EncodeError with the place of the setting when it cannot be read
 */
export async function openHybridInput(
  settings: Settings,
  scheduleFolder: string,
  runFolder: string,
  locate: Locate = byPath,
): Promise<HybridInput | null> {
  const { hybrid, size, fps, frames, reverse, deforum_exact: deforumExact } = settings;
  if (hybrid.video === null) return null;
  const common = { baseFolder: scheduleFolder, size, fps, frames, purpose: "video" } as const;
  const pictures = (await openInputPictures({
    ...common,
    input: hybrid.video,
    cacheFolder: join(runFolder, "inputs", "hybrid"),
    select: selectionOf(hybrid),
    setting: placeOf(locate, ["hybrid", "video"]),
  }))!;
  const cacheFolder = join(runFolder, "inputs", "hybrid-image");
  const image = hybrid.composite === "none" ? null : hybrid.image;
  const mixed =
    image === null
      ? pictures
      : (await openInputPictures({
          ...common,
          input: image,
          cacheFolder,
          setting: placeOf(locate, ["hybrid", "image"]),
        }))!;
  const startsFromVideo = hybrid.first_frame_as_init && settings.init.image === null;
  return {
    facts: (identify) => hybridFacts(hybrid, identify),
    async hashAt({ frame, diffuse }) {
      const read = new Set([
        ...(hybrid.motion !== "none" ? [pictures] : []),
        ...(hybrid.composite !== "none" && diffuse ? [mixed] : []),
      ]);
      const hashes = await Promise.all([...read].map((each) => each.hashAt(frame)));
      return hashes.length === 0 ? null : hashes.join(" ");
    },
    pictures,
    initImage: startsFromVideo ? await pictures.readAt(reverse ? frames - 1 : 0) : null,
    effects: (means) => hybridEffects(hybrid, deforumExact, { pictures, mixed }, means),
  };
}

/** Undefined where pictures are taken by time, all of them. */
function selectionOf(hybrid: Settings["hybrid"]): PictureSelection | undefined {
  const { extract_nth_frame: nth, extract_from_frame: from, extract_to_frame: to } = hybrid;
  return nth === 0 && from === 0 && to < 0 ? undefined : { nth, from, to };
}

/** Only what is used: settings of a motion or mask that is off change no pixel. */
function hybridFacts(
  hybrid: Settings["hybrid"],
  identify: (method: string) => string,
): Readonly<Record<string, unknown>> {
  const { composite: stage, mask, motion } = hybrid;
  return {
    ...(stage !== "none" && {
      composite: stage,
      mask: mask.type,
      ...(mask.type !== "none" && {
        inverse: mask.inverse,
        equalize: mask.equalize,
        auto_contrast: mask.auto_contrast,
      }),
    }),
    ...(motion !== "none" && { motion, motion_from: hybrid.motion_from }),
    ...(motion === "optical_flow" && {
      flow_method: identify(hybrid.flow_method),
      consistency_blur: hybrid.flow_consistency ? hybrid.consistency_blur : null,
    }),
  };
}

interface VideoPictures {
  /** Those that lend their motion. */
  readonly pictures: InputPictures;
  /** Those that are mixed in. */
  readonly mixed: InputPictures;
}

function hybridEffects(
  hybrid: Settings["hybrid"],
  deforumExact: boolean,
  { pictures, mixed }: VideoPictures,
  { findNearness, chooseFlow, extras }: HybridMeans,
): HybridEffects {
  const findFlow = chooseFlow(hybrid.flow_method);
  /** The motion of a frame of the video is the same for all pictures that it moves. */
  let last: { readonly frame: number; readonly motion: VideoMotion } | undefined;

  async function motionAt(frame: number, from: number, picture: RgbImage): Promise<VideoMotion> {
    const { motion, motion_from: source } = hybrid;
    if (motion === "none") throw new TypeError("the input video moves nothing");
    const consistencyBlur = hybrid.flow_consistency ? hybrid.consistency_blur : null;
    const options = { motion, findFlow, consistencyBlur, deforumExact };
    const to = await pictures.readAt(frame);
    const find = async (start: ByteImage): Promise<VideoMotion> => {
      const found = await findVideoMotion(start, to, options);
      if (found.kind === "flow") await extras?.flow(frame, found.flow, to);
      return found;
    };
    if (source === "previous") return await find(toByteImage(picture));
    if (last?.frame !== frame) last = { frame, motion: await find(await pictures.readAt(from)) };
    return last.motion;
  }

  return {
    async move(picture, { frame, madeFrom = frame - 1, hybrid: plan }) {
      if (hybrid.motion === "none" || madeFrom < 0 || !plan) return picture;
      const moved = moveByVideo(picture, await motionAt(frame, madeFrom, picture), plan.flow_factor);
      return deforumExact ? toFloatImage(toByteImage(moved)) : moved;
    },
    async mix(stage, picture, { frame, hybrid: plan }, before) {
      if (hybrid.composite !== stage || !plan || plan.alpha === 0) return picture;
      const own = toByteImage(picture);
      const video = await mixed.readAt(frame);
      const mask = await maskAt(hybrid, plan, { own, video, before }, findNearness);
      if (mask) await extras?.mask(frame, mask, own);
      const result = composite(own, video, mask, plan.alpha);
      await extras?.composite(frame, result);
      return toFloatImage(result);
    },
  };
}

/** The mask of a frame; null = the video everywhere. */
async function maskAt(
  { mask }: Settings["hybrid"],
  plan: HybridPlan,
  { own, video, before }: { readonly own: ByteImage; readonly video: ByteImage; readonly before: ByteImage },
  findNearness: FindNearness,
): Promise<Uint8Array | null> {
  if (mask.type === "none") return null;
  const { contrast, auto_contrast_cutoff_low: low, auto_contrast_cutoff_high: high } = plan.mask;
  return adjustMask(await levels(), {
    inverse: mask.inverse,
    equalize: mask.equalize,
    contrast,
    cutoffs: mask.auto_contrast ? [low, high] : null,
  });

  async function levels(): Promise<Uint8Array> {
    if (mask.type === "blend") return blendMask(own, video, plan.mask.blend_alpha);
    if (mask.type === "difference") return differenceMask(own, video);
    return await findNearness(mask.type === "depth" ? before : video);
  }
}
