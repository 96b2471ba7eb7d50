/** The task of a scoring thread. */
import type { ByteImage } from "../tensor/image.ts";
import { scoreFrame, type FrameScore } from "./score.ts";

export default function scoreInThread(images: readonly ByteImage[]): FrameScore[] {
  return images.map(scoreFrame);
}
