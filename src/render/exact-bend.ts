/**
 * Flow cadence as Deforum does it, for `deforum_exact`: half the flow from the older picture to the newer one is found once per block, the
 * newer picture is pulled back by it at once, and after each frame's move both go forward along it. On the way the flow is scaled so that
 * its largest component is one pixel, which bounds the effect (Deforum, behavior).
 */

import type { FindFlow } from "../flow/estimate.ts";
import type { ByteImage, RgbImage } from "../tensor/image.ts";
import { along } from "./tween.ts";

/** The flow of a block, `[height, width, 2]`, moved along with the pictures. */
export type BlockFlow = Float32Array;

/** Begins a block with the pictures as they were drawn. */
export async function beginBlock(
  older: ByteImage,
  newer: ByteImage,
  findFlow: FindFlow,
): Promise<{ readonly newer: ByteImage; readonly flow: BlockFlow }> {
  const flow = (await findFlow(older, newer)).map((value) => value / 2);
  return { newer: along(newer, flow, -1), flow };
}

/**
 * The flow after a frame's camera move.
 *
 * @param move moves a picture as the camera does; its values may be clamped to 0–1, as Deforum's 3D move does
 */
export function moveBlock(
  flow: BlockFlow,
  size: { readonly width: number; readonly height: number },
  move: (picture: RgbImage) => RgbImage,
): BlockFlow {
  const largest = flow.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return flow;
  const data = Float32Array.from({ length: 3 * size.width * size.height }, (_, i) =>
    i % 3 === 2 ? 0 : flow[2 * Math.floor(i / 3) + (i % 3)]! / largest,
  );
  const moved = move({ ...size, data }).data;
  return flow.map((_, i) => moved[3 * (i >> 1) + (i & 1)]!);
}
