/** Moves a camera through a picture with depth: every pixel is looked up where the moved camera would have seen it. */

import { RenderError } from "../errors.ts";
import type { RgbImage } from "../tensor/image.ts";
import { type Motion3d, rotationMatrix, type Size } from "./camera.ts";
import type { Padding } from "./padding.ts";
import { requireFinite } from "./require-finite.ts";
import { type LocateRow, resample, type Sampling } from "./sampling.ts";

export interface Warp3dOptions {
  /** World depth per pixel, `height * width`, see {@link worldDepth}; null (default) = a plane at depth 1. */
  readonly depth?: Float32Array | null;
  /** Default `bicubic`, as Deforum. */
  readonly sampling?: Sampling;
  /** Default `border`. */
  readonly padding?: Padding;
  /** Divides horizontal offsets; default 1, whatever the canvas (Deforum's). */
  readonly aspect?: number;
  /** Truncate the result to whole 8-bit levels, which darkens every frame by up to half a level, as Deforum does. Default false. */
  readonly deforumExact?: boolean;
}

/** Deforum's translations count 1/200 of a world unit; the picture spans −1 … 1. */
const UNITS = 200;

/**
 * Backward warp along the offset that a point of the picture makes when the camera moves: nothing is uncovered, so there are no holes.
 * Source: Deforum (behavior).
 *
 * @returns a picture of the same size
 * @throws RenderError when a number is not finite or the field of view is a multiple of 180°
 * @throws RangeError when the depth map has another size than the picture
 */
export function warp3d(image: RgbImage, motion: Motion3d, options: Warp3dOptions = {}): RgbImage {
  const { depth = null, sampling = "bicubic", padding = "border", aspect = 1 } = options;
  if (depth !== null && depth.length !== image.width * image.height) {
    throw new RangeError(
      `a depth map of ${image.width}×${image.height} has ${image.width * image.height} values, got ${depth.length}`,
    );
  }
  const warped = resample(image, locateInDepth(image, motion, depth, aspect), sampling, padding);
  return options.deforumExact === true ? truncateLevels(warped) : warped;
}

/**
 * Where the moved camera looks, in pixels of the unmoved picture.
 *
 * A pixel is the world point (x, y, z): x, y from −1 to 1 over the picture, z its depth. With R the rotation, T the translation and
 * k = 1 / tan(fov / 2): (x', y', z') = (x, y, z) · R + T, and the pixel is taken from where it is, less k · (x'/z' − x/z) half widths and
 * k · (y'/z' − y/z) half heights.
 *
 * @param depth world depth, `height * width`, or null for a plane at depth 1
 */
export function locateInDepth(
  { width, height }: Size,
  motion: Motion3d,
  depth: Float32Array | null,
  aspect: number,
): LocateRow {
  const { translation_x, translation_y, translation_z, rotation_3d_x, rotation_3d_y, rotation_3d_z, fov } =
    motion;
  requireFinite("motion", {
    translation_x,
    translation_y,
    translation_z,
    rotation_3d_x,
    rotation_3d_y,
    rotation_3d_z,
    fov,
    aspect,
  });
  if (fov % 180 === 0 || aspect === 0) {
    const [where, value] = aspect === 0 ? ["motion.aspect_ratio", aspect] : ["motion.fov", fov];
    throw new RenderError(`a lens of this shape does not exist: found ${value}`, {
      where,
      hint: "use a field of view between 1 and 179 degrees (70 is Deforum's default) and an aspect of 1",
    });
  }
  const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = rotationMatrix(rotation_3d_x, rotation_3d_y, rotation_3d_z);
  const tx = -translation_x / UNITS;
  const ty = translation_y / UNITS;
  const tz = -translation_z / UNITS;
  const focal = 1 / Math.tan((fov * Math.PI) / 360);
  const reachX = ((focal / aspect) * width) / 2;
  const reachY = (focal * height) / 2;
  const stepX = width > 1 ? 2 / (width - 1) : 0;
  const stepY = height > 1 ? 2 / (height - 1) : 0;

  return (row, positions) => {
    const y = row * stepY - 1;
    for (let column = 0, p = 0; column < width; column++, p += 2) {
      const x = column * stepX - 1;
      const z = depth === null ? 1 : depth[row * width + column]!;
      // A point in the plane of the lens itself goes infinitely far; just before it, only far.
      const nearness = 1 / (x * r2 + y * r5 + z * r8 + tz || Number.EPSILON);
      const offsetX = (x * r0 + y * r3 + z * r6 + tx) * nearness - x / z;
      const offsetY = (x * r1 + y * r4 + z * r7 + ty) * nearness - y / z;
      positions[p] = column - offsetX * reachX;
      positions[p + 1] = row - offsetY * reachY;
    }
  };
}

/** Floats that stand for a whole level may lie this far under it, in levels. */
const LEVEL_SLACK = 1e-4;

function truncateLevels(image: RgbImage): RgbImage {
  return { ...image, data: image.data.map((value) => Math.floor(value * 255 + LEVEL_SLACK) / 255) };
}
