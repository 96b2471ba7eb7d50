/** What becomes of the holes that the camera tears into the pictures of the loop. */

import { fillWithNoise } from "../feedback/fill-holes.ts";
import { addHoles } from "../motion/holes.ts";
import type { WarpOptions } from "../motion/warp.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { type ByteImage, type RgbImage, toFloatImage } from "../tensor/image.ts";

/** Depth of a picture as the network saw it, world units; null = a plane. */
export type SeeDepth = (picture: ByteImage, plan: FramePlan) => Promise<Float32Array | null>;

export interface HoleOptions {
  /** `noise`: noise in the frame's colors, over which the model draws. `inpaint`: the model draws them from more noise than the rest, too. */
  readonly fill: "noise" | "inpaint";
  readonly seeDepth: SeeDepth;
  readonly camera: WarpOptions;
}

export interface HoleFill {
  /** Notes what the camera of a frame uncovers; called before the picture is moved. */
  follow(picture: ByteImage, plan: FramePlan): Promise<void>;
  /** The moved picture with its holes filled: those of all moves since the last drawn picture. */
  fill(moved: RgbImage, before: ByteImage, plan: FramePlan): RgbImage;
  /** For the model: share of each pixel that is a hole; null where it has nothing to do with them. */
  readonly toDraw: Float32Array | null;
  /** A picture was drawn: it has no holes. */
  clear(): void;
}

export function fillHoles({ fill, seeDepth, camera }: HoleOptions): HoleFill {
  let holes: Float32Array | null = null;
  return {
    async follow(picture, plan) {
      const depth = await seeDepth(picture, plan);
      holes = addHoles(holes, picture, plan.motion, { ...camera, depth });
    },
    fill(moved, before, plan) {
      if (!holes) return moved;
      return fillWithNoise(moved, toFloatImage(before), holes, plan.noiseSeed ?? plan.seed);
    },
    get toDraw() {
      return fill === "inpaint" && holes?.some((share) => share > 0) ? holes : null;
    },
    clear() {
      holes = null;
    },
  };
}
