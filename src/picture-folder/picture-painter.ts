/** The inference process of a folder: one that dies costs at most the picture that it was at. */

import type { FramePlan } from "../schedule/frame-plan.ts";
import type { InferenceSettings, OpenedModel } from "../render/inference-messages.ts";
import { type Inference, InferenceEndedError, startInference } from "../render/inference-process.ts";
import type { ByteImage, RgbImage } from "../tensor/image.ts";

export interface PicturePainter {
  /** What the process opened. */
  readonly opened: OpenedModel;
  /** Runs `work`, and once more in a fresh process when the process ended under it. @throws InferenceEndedError the second time */
  withRetry<Result>(work: () => Promise<Result>): Promise<Result>;
  /** See {@link Inference}, here and below; inside of `withRetry`. */
  paint(
    init: RgbImage,
    plan: FramePlan,
    mask: Float32Array | null,
    onStep: (step: number, steps: number) => void,
  ): Promise<RgbImage>;
  findWords(picture: ByteImage, words: string): Promise<Float32Array>;
  findSubject(picture: ByteImage): Promise<Float32Array>;
  describePicture(picture: ByteImage): Promise<string>;
  close(): Promise<void>;
}

/** @throws ModelError when a model cannot be used */
export async function openPicturePainter(
  settings: InferenceSettings,
  onRestart: (reason: InferenceEndedError) => void,
): Promise<PicturePainter> {
  const opened = await startInference(settings);
  let inference: Inference | null = opened;

  /** The running process; another one, where the last one ended. */
  const running = async (): Promise<Inference> => (inference ??= await startInference(settings));
  const noteEnd = (error: unknown): boolean => {
    if (!(error instanceof InferenceEndedError)) return false;
    inference = null;
    return true;
  };
  return {
    opened,
    async withRetry(work) {
      try {
        return await work();
      } catch (error) {
        if (!noteEnd(error)) throw error;
        onRestart(error as InferenceEndedError);
      }
      try {
        return await work();
      } catch (error) {
        noteEnd(error);
        throw error;
      }
    },
    async paint(init, plan, mask, onStep) {
      // A run with ControlNets has them take the picture itself.
      const controls = plan.controlnet?.map(() => null);
      const process = await running();
      return (await process.paint(init, plan, controls, { mask, holes: null }, onStep)).image;
    },
    async findWords(picture, words) {
      return await (await running()).findWords(picture, words);
    },
    async findSubject(picture) {
      return await (await running()).findSubject(picture);
    },
    async describePicture(picture) {
      return await (await running()).describePicture(picture);
    },
    async close() {
      await inference?.close();
    },
  };
}
