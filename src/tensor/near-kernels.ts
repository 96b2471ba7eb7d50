/** Work on pictures that stay in the kernels' memory from step to step, and are copied only when they leave. */

import { copyNumbers } from "../kernels/kernels.ts";
import { lendRoom, placeOf, takeRoom } from "../kernels/picture-room.ts";
import type { ByteImage, RgbImage } from "./image.ts";
import { unsetFloats } from "./unset-floats.ts";

/**
 * Does `work`, in which {@link pictureFloats} are of the kernels' memory: pictures that are made in it must not be kept, but for its result.
 *
 * @param count pictures that there is room for, see {@link lendRoom}; further ones are made elsewhere
 * @param size of the pictures
 * @returns the result of `work`, in memory of its own
 */
export function nearKernels<Picture extends RgbImage | ByteImage>(
  count: number,
  { width, height }: { readonly width: number; readonly height: number },
  work: () => Picture,
): Picture {
  const length = 3 * width * height;
  const result = lendRoom(count, length, work);
  const { data } = result;
  if (!(data instanceof Float32Array) || placeOf(data) === null) return result;
  const own = pictureFloats(data.length);
  copyNumbers(data, own);
  return { ...result, data: own };
}

/** Floats of a picture that is about to be written whole. They hold anything. */
export function pictureFloats(length: number): Float32Array {
  return takeRoom(length) ?? unsetFloats(length);
}
