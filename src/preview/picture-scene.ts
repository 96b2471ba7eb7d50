/** A picture of the user's as the world of a preview; beyond its edges it goes on as its own mirror image. */

import type { Size } from "../motion/camera.ts";
import { TAP_RULES } from "../motion/padding.ts";
import { spreadSilhouettes } from "../motion/silhouette.ts";
import type { WarpOptions } from "../motion/warp.ts";
import type { ByteImage } from "../tensor/image.ts";
import { cameraMoves } from "./camera-moves.ts";
import type { WearingScene } from "./scene.ts";
import { moveTrace, startTrace, type Trace, visitMeshes, wornShare } from "./trace.ts";

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
    draw: () => sample(trace, levels),
    isWorn: () => wornShare(trace, LARGEST) > 0.3,
  };
}

const { reflection: mirrored } = TAP_RULES;

/** A picture that is enlarged further shows nothing but its own pixels. */
const LARGEST = 5;

/** Pixels between two nodes of the trace of a plane, which bends little over so few; a scene with depth needs every pixel. */
const PLANE_STEP = 8;

function depthInView(depth: Float32Array, { width, height, x, y }: Trace): Float32Array {
  return depth.map((_, i) => {
    const column = mirrored(Math.round(x[i]!), width);
    return depth[mirrored(Math.round(y[i]!), height) * width + column]!;
  });
}

/** The picture at 1, 1/2, 1/4 … of its size, so that one seen from afar does not flicker. */
function halvings(picture: ByteImage): ByteImage[] {
  const levels = [picture];
  for (let last = picture; Math.min(last.width, last.height) >= 2; last = levels.at(-1)!) {
    const width = last.width >> 1;
    const height = last.height >> 1;
    const data = new Uint8Array(3 * width * height);
    const line = 3 * last.width;
    for (let row = 0, o = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const s = 2 * row * line + 6 * column;
        for (let k = s; k < s + 3; k++, o++) {
          const sum = last.data[k]! + last.data[k + 3]! + last.data[k + line]! + last.data[k + line + 3]!;
          data[o] = (sum + 2) >> 2;
        }
      }
    }
    levels.push({ width, height, data });
  }
  return levels;
}

/** Bilinear, in the level whose pixels are nearest to those of the view in size. */
function sample(trace: Trace, levels: readonly ByteImage[]): ByteImage {
  const { width, height } = trace;
  const data = new Uint8Array(3 * width * height);
  visitMeshes(trace, (mesh) => {
    const across = mesh.rightX ** 2 + mesh.rightY ** 2;
    const along = mesh.downX ** 2 + mesh.downY ** 2;
    const reach = Math.max(across, along);
    const level = reach > 2 ? Math.min(levels.length - 1, Math.round(Math.log2(reach) / 2)) : 0;
    const source = levels[level]!;
    const scale = 1 / 2 ** level;
    for (let row = mesh.top; row < mesh.bottom; row++) {
      const down = row - mesh.top;
      for (let column = mesh.left; column < mesh.right; column++) {
        const right = column - mesh.left;
        const x = mesh.x + down * mesh.downX + right * (mesh.rightX + down * mesh.twistX);
        const y = mesh.y + down * mesh.downY + right * (mesh.rightY + down * mesh.twistY);
        samplePixel(
          source,
          (x + 0.5) * scale - 0.5,
          (y + 0.5) * scale - 0.5,
          data,
          3 * (row * width + column),
        );
      }
    }
  });
  return { width, height, data };
}

function samplePixel(source: ByteImage, x: number, y: number, data: Uint8Array, o: number): void {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const tx = x - left;
  const ty = y - top;
  const columnA = 3 * mirrored(left, source.width);
  const columnB = 3 * mirrored(left + 1, source.width);
  const rowA = 3 * source.width * mirrored(top, source.height);
  const rowB = 3 * source.width * mirrored(top + 1, source.height);
  for (let k = 0; k < 3; k++) {
    const above = source.data[rowA + columnA + k]! * (1 - tx) + source.data[rowA + columnB + k]! * tx;
    const below = source.data[rowB + columnA + k]! * (1 - tx) + source.data[rowB + columnB + k]! * tx;
    data[o + k] = above * (1 - ty) + below * ty + 0.5;
  }
}
