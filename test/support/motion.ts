/** A camera that stands still: every number at the value that moves nothing. */

import type { CameraMotion } from "../../src/motion/camera.ts";

export const STILL: CameraMotion = {
  angle: 0,
  zoom: 1,
  translation_x: 0,
  translation_y: 0,
  translation_z: 0,
  transform_center_x: 0.5,
  transform_center_y: 0.5,
  rotation_3d_x: 0,
  rotation_3d_y: 0,
  rotation_3d_z: 0,
  fov: 70,
  perspective_flip_theta: 0,
  perspective_flip_phi: 0,
  perspective_flip_gamma: 0,
  perspective_flip_fv: 53,
};
