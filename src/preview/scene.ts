/** What a preview shows: something that a camera can move over, and a picture of it. */

import type { CameraMotion } from "../motion/camera.ts";
import type { ByteImage } from "../tensor/image.ts";

export interface Scene {
  /** Moves the camera as one frame does. Throws RenderError when its numbers describe no camera. */
  move(motion: CameraMotion): void;
  /** What the camera sees now; the caller may draw on it. */
  draw(): ByteImage;
}

/** A scene that does not stay good for ever, as no picture does under a camera that never stops. */
export interface WearingScene extends Scene {
  /** Whether too little can be recognized by now. */
  isWorn(): boolean;
}
