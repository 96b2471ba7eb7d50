/** What can be told only from a frame at full size: the last question before it becomes a still. */
import type { ByteImage } from "../tensor/image.ts";
import { measureCombing } from "./combing.ts";
import type { DudReason } from "./duds.ts";

/** Share of combed pixels in the worst tile from which a frame is interlaced. Own: docs/reference/duds.md. */
const INTERLACED_SHARE = 0.1;

/** The reason why a frame is a dud after all, seen at full size, or undefined. Pure; 10 ms for 1920 × 1080. */
export function secondLook(image: ByteImage): DudReason | undefined {
  return measureCombing(image) >= INTERLACED_SHARE ? "interlaced" : undefined;
}
