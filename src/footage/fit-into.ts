/** The size of a picture that has to fit into another, in its own shape. */

import type { PictureSize } from "../tensor/picture-file.ts";

/** Never enlarged; whole pixels, one at least. */
export function fitInto({ width, height }: PictureSize, maxWidth: number, maxHeight: number): PictureSize {
  const factor = Math.min(1, maxWidth / width, maxHeight / height);
  return {
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  };
}
