/** A picture of the user's as the world of a preview; beyond its edges it goes on as its own mirror image. */

import type { Size } from "../motion/camera.ts";
import { TAP_RULES } from "../motion/padding.ts";
import { spreadSilhouettes } from "../motion/silhouette.ts";
import type { WarpOptions } from "../motion/warp.ts";
import type { ByteImage } from "../tensor/image.ts";
import { cameraMoves } from "./camera-moves.ts";
import { drawTrace, halvings } from "./draw-trace.ts";
import type { WearingScene } from "./scene.ts";
import { moveTrace, startTrace, type Trace, wornShare } from "./trace.ts";

/**
 * @param depth world depth of the picture, `height * width`, which sticks to what it belongs to; null = a plane at depth 1
 */
export function pictureScene(
  picture: ByteImage,
  camera: WarpOptions,
  depth: Float32Array | null,
): WearingScene {
  const size: Size = { width: picture.width, height: picture.height };
  const levels = halvings(picture);
  let trace = startTrace(size, depth === null ? PLANE_STEP : 1);
  return {
    move(motion) {
      const seen = depth && spreadSilhouettes(depthInView(depth, trace), size, motion);
      trace = cameraMoves(size, motion, camera, seen).reduce(moveTrace, trace);
    },
    draw: () => drawTrace(trace, levels),
    isWorn: () => wornShare(trace, LARGEST) > 0.3,
  };
}

const { reflection: mirrored } = TAP_RULES;

/** A picture that is enlarged further shows nothing but its own pixels. */
const LARGEST = 5;

/** Pixels between two nodes of the trace of a plane, which bends little over so few; a scene with depth needs every pixel. */
const PLANE_STEP = 8;

function depthInView(depth: Float32Array, { width, height, places }: Trace): Float32Array {
  const seen = new Float32Array(depth.length);
  for (let i = 0; i < seen.length; i++) {
    const column = Math.round(places[2 * i]!);
    const row = Math.round(places[2 * i + 1]!);
    const isInside = column >= 0 && column < width && row >= 0 && row < height;
    seen[i] =
      depth[isInside ? row * width + column : mirrored(row, height) * width + mirrored(column, width)]!;
  }
  return seen;
}
