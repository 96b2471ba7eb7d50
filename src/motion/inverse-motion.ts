/** The camera move that takes another one back, in the same numbers. */

import { type CameraMotion, rotationMatrix } from "./camera.ts";
import type { Matrix3 } from "./matrix3.ts";

const RADIANS = Math.PI / 180;

/**
 * The inverse of a move.
 *
 * 2D: exact; the matrix of the result is the inverse of the matrix of `motion`. 3D: the camera goes back to where it came from, (R, T) →
 * (Rᵀ, −T·Rᵀ) for row vectors. The picture does so approximately, because the 3D warp adds offsets to pixels instead of projecting them: a
 * plane flown at by t world units and left again is too large by (2kt² + k²t²) / (1 − t²), with k = 1 / tan(fov / 2), at distance 1.
 * For 10/200 of a unit at the default 70 degrees that is 1.2 %, three pixels at the edges of 512, and 0.12 % at distance 2.
 *
 * @param mode in which the translations are meant: pixels in 2D, 1/200 world unit in 3D
 * @param flips whether the perspective flip is on; then it is taken back, too, exactly in both modes. Default false: its numbers stay
 */
export function inverseMotion<Motion extends CameraMotion>(
  motion: Motion,
  mode: "2d" | "3d",
  flips = false,
): Motion {
  const { perspective_flip_back: isBack, ...rest } = motion;
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is left out is optional
    ...(rest as Motion),
    ...(mode === "2d" ? inverse2d(motion) : inverse3d(motion)),
    ...(flips && !isBack && { perspective_flip_back: true as const }),
  };
}

/** Turn and zoom A about a center, after the shift t: taken back by A⁻¹ about the same center after the shift −A·t. */
function inverse2d({ angle, zoom, translation_x: x, translation_y: y }: CameraMotion): Partial<CameraMotion> {
  const alpha = zoom * Math.cos(angle * RADIANS);
  const beta = zoom * Math.sin(angle * RADIANS);
  return {
    angle: 0 - angle,
    zoom: 1 / zoom,
    translation_x: 0 - (alpha * x + beta * y),
    translation_y: 0 - (alpha * y - beta * x),
  };
}

function inverse3d(motion: CameraMotion): Partial<CameraMotion> {
  const { rotation_3d_x, rotation_3d_y, rotation_3d_z } = motion;
  const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = rotationMatrix(rotation_3d_x, rotation_3d_y, rotation_3d_z);
  // The signs of the numbers of a move: right and forward count down, downwards counts up.
  const [x, y, z] = [-motion.translation_x, motion.translation_y, -motion.translation_z];
  return {
    translation_x: x * r0 + y * r1 + z * r2 + 0,
    translation_y: 0 - (x * r3 + y * r4 + z * r5),
    translation_z: x * r6 + y * r7 + z * r8 + 0,
    ...(motion.lens_zoom !== undefined && { lens_zoom: 1 / motion.lens_zoom }),
    ...angles([r0, r3, r6, r1, r4, r7, r2, r5, r8]),
  };
}

type Angles = Pick<CameraMotion, "rotation_3d_x" | "rotation_3d_y" | "rotation_3d_z">;

/** The angles of which a rotation is Rx·Ry·Rz, in degrees; all of the roll goes to x where the pan is a right angle. */
function angles([m0, m1, m2, , m4, m5, , m7, m8]: Matrix3): Angles {
  const isUpright = Math.abs(m2) < 1 - 1e-12;
  const x = isUpright ? Math.atan2(-m5, m8) : Math.atan2(m7, m4);
  const y = Math.asin(Math.max(-1, Math.min(1, m2)));
  const z = isUpright ? Math.atan2(-m1, m0) : 0;
  return { rotation_3d_x: x / RADIANS + 0, rotation_3d_y: y / RADIANS + 0, rotation_3d_z: z / RADIANS + 0 };
}
