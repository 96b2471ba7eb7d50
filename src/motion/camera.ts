/** The camera numbers of a frame as matrices: the 2D homography, the perspective flip, the 3D rotation. */

import { RenderError } from "../errors.ts";
import { type Matrix3, multiply, requireInverse, translationMatrix } from "./matrix3.ts";
import { requireFinite } from "./require-finite.ts";

/** Signs and units are Deforum's; all angles in degrees. */
export interface Motion2d {
  /** Positive = counter-clockwise on screen. */
  readonly angle: number;
  /** Factor, > 1 enlarges, negative mirrors both axes; not 0. */
  readonly zoom: number;
  /** Pixels, positive = picture moves right. */
  readonly translation_x: number;
  /** Pixels, positive = picture moves down. */
  readonly translation_y: number;
  /** Center of angle and zoom as a share of the width; may lie outside 0–1. */
  readonly transform_center_x: number;
  /** Share of the height. */
  readonly transform_center_y: number;
}

export interface PerspectiveFlip {
  /** Roll. */
  readonly perspective_flip_theta: number;
  /** Tilt. */
  readonly perspective_flip_phi: number;
  /** Pan. */
  readonly perspective_flip_gamma: number;
  /** Field of view of the flip, between 0 and 180; useful 30–160. */
  readonly perspective_flip_fv: number;
  /** The flip is taken back: its inverse, after the move in 3D and ahead of it in 2D, which is the other way round than the flip. */
  readonly perspective_flip_back?: true;
}

export interface Motion3d {
  /** 1/200 world unit, positive = picture moves left. */
  readonly translation_x: number;
  /** 1/200 world unit, positive = picture moves down. */
  readonly translation_y: number;
  /** 1/200 world unit, positive = forward. */
  readonly translation_z: number;
  /** Positive = picture moves down. */
  readonly rotation_3d_x: number;
  /** Positive = picture moves left. */
  readonly rotation_3d_y: number;
  /** Positive = picture turns counter-clockwise. */
  readonly rotation_3d_z: number;
  /** Field of view; negative mirrors the motion; not a multiple of 180. */
  readonly fov: number;
  /** Divides horizontal offsets; default 1, whatever the canvas. */
  readonly aspect_ratio?: number;
  /** Factor by which the lens enlarges the picture about its center, besides the move; default 1. */
  readonly lens_zoom?: number;
}

/** Every camera number of a frame; `FramePlan.motion` is one. */
export type CameraMotion = Motion2d & Motion3d & PerspectiveFlip;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface FlipOptions {
  /**
   * Reproduce two defects of Deforum: the picture shrinks by h/(h+1) at zero angles (0.9988 at 512×512), and in 2D the translation is lost
   * while the flip is on. Default false.
   */
  readonly deforumExact?: boolean;
}

const degrees = Math.PI / 180;

/**
 * Forward matrix of a 2D move, source pixel → destination pixel: shift, then rotation and zoom about the center, then the flip.
 * Source: Deforum (behavior).
 *
 * @param flip null = no perspective flip
 * @throws RenderError when a number is not finite or the flip's field of view is impossible
 */
export function matrix2d(
  { width, height }: Size,
  motion: Motion2d,
  flip: PerspectiveFlip | null,
  { deforumExact = false }: FlipOptions = {},
): Matrix3 {
  const { angle, zoom, translation_x, translation_y, transform_center_x, transform_center_y } = motion;
  requireFinite("motion", {
    angle,
    zoom,
    translation_x,
    translation_y,
    transform_center_x,
    transform_center_y,
  });
  const centerX = width * transform_center_x;
  const centerY = height * transform_center_y;
  const alpha = zoom * Math.cos(angle * degrees);
  const beta = zoom * Math.sin(angle * degrees);
  const turn: Matrix3 = [
    alpha,
    beta,
    (1 - alpha) * centerX - beta * centerY,
    -beta,
    alpha,
    beta * centerX + (1 - alpha) * centerY,
    0,
    0,
    1,
  ];
  const move = multiply(turn, translationMatrix(translation_x, translation_y));
  if (flip === null) return move;
  const flipped = flipMatrix({ width, height }, flip, { deforumExact });
  if (flip.perspective_flip_back) return multiply(move, flipped);
  return multiply(flipped, deforumExact ? turn : move);
}

/**
 * Forward matrix of the perspective flip alone: the picture as a card, turned in space by Rx(phi)·Ry(gamma)·Rz(theta) and seen from the
 * distance at which the unturned card fills the view. Zero angles give the identity. Source: Deforum (behavior).
 *
 * The card lies in the plane z = 0, so of the 4×4 projection only the columns of x, y and 1 and the rows of x, y and w matter: they
 * are the homography, no corners need to be matched.
 *
 * @returns with `perspective_flip_back` the inverse
 * @throws RenderError when a number is not finite, the field of view is not between 0° and 180°, or the flip to be taken back is seen edge-on
 */
export function flipMatrix(
  { width, height }: Size,
  flip: PerspectiveFlip,
  { deforumExact = false }: FlipOptions = {},
): Matrix3 {
  const { perspective_flip_theta, perspective_flip_phi, perspective_flip_gamma, perspective_flip_fv } = flip;
  requireFinite("motion", {
    perspective_flip_theta,
    perspective_flip_phi,
    perspective_flip_gamma,
    perspective_flip_fv,
  });
  if (!(perspective_flip_fv > 0 && perspective_flip_fv < 180)) {
    throw new RenderError(
      `expected a field of view between 0 and 180 degrees, found ${perspective_flip_fv}`,
      {
        where: "motion.perspective_flip_fv",
        hint: "use 30 to 160, 53 looks natural",
      },
    );
  }
  const half = (perspective_flip_fv / 2) * degrees;
  const diagonal = Math.hypot(width, height);
  const side = diagonal / Math.cos(half);
  const distance = diagonal / (2 * Math.sin(half));
  const focal = 1 / Math.tan(half);
  const [r0, r1, , r3, r4, , r6, r7] = rotationMatrix(
    perspective_flip_phi,
    perspective_flip_gamma,
    perspective_flip_theta,
  );
  const w = deforumExact ? distance + 1 : distance;
  const project: Matrix3 = [focal * r0, focal * r1, 0, focal * r3, focal * r4, 0, -r6, -r7, w];
  const toScreen: Matrix3 = [side / 2, 0, side / 2, 0, side / 2, side / 2, 0, 0, 1];
  const centered = multiply(multiply(toScreen, project), translationMatrix(-width / 2, -height / 2));
  const matrix = multiply(normalized(centered), translationMatrix((width - side) / 2, (height - side) / 2));
  return flip.perspective_flip_back ? requireInverse(matrix) : matrix;
}

/** The same homography with 1 as its last number. */
function normalized([a, b, c, d, e, f, g, h, i]: Matrix3): Matrix3 {
  return [a / i, b / i, c / i, d / i, e / i, f / i, g / i, h / i, 1];
}

/** Rx(x) · Ry(y) · Rz(z), each the standard matrix for column vectors; angles in degrees. */
export function rotationMatrix(x: number, y: number, z: number): Matrix3 {
  const [sx, cx] = [Math.sin(x * degrees), Math.cos(x * degrees)];
  const [sy, cy] = [Math.sin(y * degrees), Math.cos(y * degrees)];
  const [sz, cz] = [Math.sin(z * degrees), Math.cos(z * degrees)];
  const aroundX: Matrix3 = [1, 0, 0, 0, cx, -sx, 0, sx, cx];
  const aroundY: Matrix3 = [cy, 0, sy, 0, 1, 0, -sy, 0, cy];
  const aroundZ: Matrix3 = [cz, -sz, 0, sz, cz, 0, 0, 0, 1];
  return multiply(multiply(aroundX, aroundY), aroundZ);
}
