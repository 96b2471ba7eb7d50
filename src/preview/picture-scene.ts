/** A picture of the user's as the world of a preview; beyond its edges it goes on as its own mirror image. */

import { copyNumbers, floatsAt, lendMemory, wordsAt } from "../kernels/kernels.ts";
import { fillRows } from "../kernels/share-rows.ts";
import type { Size } from "../motion/camera.ts";
import { spreadSilhouettes } from "../motion/silhouette.ts";
import type { WarpOptions } from "../motion/warp.ts";
import type { ByteImage } from "../tensor/image.ts";
import { unsetFloats } from "../tensor/unset-floats.ts";
import { cameraMoves } from "./camera-moves.ts";
import { drawTrace, halvings } from "./draw-trace.ts";
import type { WearingScene } from "./scene.ts";
import { moveTrace, NET_BYTES, startTrace, type Trace, wornShare, writeNet } from "./trace.ts";

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
  const trace = startTrace(size, depth === null ? PLANE_STEP : 1);
  return {
    move(motion) {
      const near = depth && spreadSilhouettes(depthInView(depth, trace), size, motion);
      for (const view of cameraMoves(size, motion, camera, near)) moveTrace(trace, view);
    },
    draw: () => drawTrace(trace, levels),
    isWorn: () => wornShare(trace, LARGEST) > 0.3,
  };
}

/** A picture that is enlarged further shows nothing but its own pixels. */
const LARGEST = 5;

/** Pixels between two nodes of the trace of a plane, which bends little over so few; a scene with depth needs every pixel. */
const PLANE_STEP = 8;

/** The depth of what is seen at each pixel: that of the nearest pixel of the picture. */
function depthInView(depth: Float32Array, trace: Trace): Float32Array {
  const { columns, rows, places } = trace;
  const seen = unsetFloats(columns * rows);
  lendMemory([8 * places.length, 4 * depth.length, 64], (net, depths, settings) => {
    writeNet(trace, net, settings);
    copyNumbers(depth, floatsAt(depths, depth.length));
    wordsAt(settings + NET_BYTES, 2).set([0, depths]);
    fillRows({ kernel: "lookUpNet", settings, rows, bandRows: 16, scratchBytes: 0 }, seen);
  });
  return seen;
}
