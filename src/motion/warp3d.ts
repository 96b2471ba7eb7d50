/** Moves a camera through a picture with depth: every pixel is looked up where the moved camera would have seen it. */

import { RenderError } from "../errors.ts";
import type { RgbImage } from "../tensor/image.ts";
import { type CameraView, type LocateRow, locateRows } from "./camera-view.ts";
import { type Motion3d, rotationMatrix, type Size } from "./camera.ts";
import type { Padding } from "./padding.ts";
import { requireFinite } from "./require-finite.ts";
import { resample, type Sampling } from "./sampling.ts";

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
  const warped = resample(image, viewInDepth(image, motion, depth, aspect), sampling, padding);
  return options.deforumExact === true ? truncateLevels(warped) : warped;
}

/**
 * Where the moved camera looks, in pixels of the unmoved picture.
 *
 * A pixel is the world point (x, y, z): x, y from −1 to 1 over the picture, z its depth. With R the rotation, T the translation and
 * k = 1 / tan(fov / 2): (x', y', z') = (x, y, z) · R + T, and the pixel is taken from where it is, less k · (x'/z' − x/z) half widths and
 * k · (y'/z' − y/z) half heights. A lens that enlarges by a factor looks at x and y divided by it.
 *
 * @param depth world depth, `height * width`, or null for a plane at depth 1
 */
export function viewInDepth(
  { width, height }: Size,
  motion: Motion3d,
  depth: Float32Array | null,
  aspect: number,
): CameraView {
  const {
    translation_x,
    translation_y,
    translation_z,
    rotation_3d_x,
    rotation_3d_y,
    rotation_3d_z,
    fov,
    lens_zoom = 1,
  } = motion;
  requireFinite("motion", {
    translation_x,
    translation_y,
    translation_z,
    rotation_3d_x,
    rotation_3d_y,
    rotation_3d_z,
    fov,
    aspect,
    lens_zoom,
  });
  if (fov % 180 === 0 || aspect === 0) {
    const [where, value] = aspect === 0 ? ["motion.aspect_ratio", aspect] : ["motion.fov", fov];
    throw new RenderError(`a lens of this shape does not exist: found ${value}`, {
      where,
      hint: "use a field of view between 1 and 179 degrees (70 is Deforum's default) and an aspect of 1",
    });
  }
  const rotation = rotationMatrix(rotation_3d_x, rotation_3d_y, rotation_3d_z);
  const translation = [-translation_x / UNITS, translation_y / UNITS, -translation_z / UNITS];
  const focal = 1 / Math.tan((fov * Math.PI) / 360);
  const reach = [((focal / aspect) * width) / 2, (focal * height) / 2];
  const step = [width > 1 ? 2 / (width - 1) : 0, height > 1 ? 2 / (height - 1) : 0];
  const shrink = 1 / lens_zoom;
  const home = [((width - 1) / 2) * (1 - shrink), ((height - 1) / 2) * (1 - shrink)];
  return {
    kind: "depth",
    numbers: [...rotation, ...translation, ...reach, ...step, shrink, ...home],
    depth,
  };
}

/** {@link viewInDepth}, row by row. */
export function locateInDepth(
  size: Size,
  motion: Motion3d,
  depth: Float32Array | null,
  aspect: number,
): LocateRow {
  return locateRows(viewInDepth(size, motion, depth, aspect));
}

/** Floats that stand for a whole level may lie this far under it, in levels. */
const LEVEL_SLACK = 1e-4;

function truncateLevels(image: RgbImage): RgbImage {
  return { ...image, data: image.data.map((value) => Math.floor(value * 255 + LEVEL_SLACK) / 255) };
}
