/** The frames between two diffused ones: the older picture becomes the newer one, by fading or by bending one into the other. */

import { applyFlow } from "../flow/apply-flow.ts";
import type { FindFlow } from "../flow/estimate.ts";
import { type ByteImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { nearKernels } from "../tensor/near-kernels.ts";

/** `older` · (1 − share) + `newer` · share, rounded. */
function fade(older: ByteImage, newer: ByteImage, share: number): ByteImage {
  if (share === 1) return newer;
  const data = new Uint8Array(newer.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = older.data[i]! * (1 - share) + newer.data[i]! * share + 0.5;
  }
  return { width: newer.width, height: newer.height, data };
}

/**
 * Fades from `older`, moved `share` of the way along the flow between the two, to `newer`, moved back the rest of the way: things in both
 * pictures travel instead of fading out here and in there.
 *
 * @param factor how far they travel; 1 = all the way, 0 = not at all
 * @param findFlow null = they only fade
 */
export async function bend(
  older: ByteImage,
  newer: ByteImage,
  share: number,
  factor: number,
  findFlow: FindFlow | null,
): Promise<ByteImage> {
  if (share === 1 || factor === 0 || findFlow === null) return fade(older, newer, share);
  const flow = await findFlow(older, newer);
  return fade(along(older, flow, share * factor), along(newer, flow, (share - 1) * factor), share);
}

/** An 8-bit picture moved along a flow. */
export function along(picture: ByteImage, flow: Float32Array, factor: number): ByteImage {
  return nearKernels(2, picture, () => toByteImage(applyFlow(toFloatImage(picture), flow, factor)));
}
