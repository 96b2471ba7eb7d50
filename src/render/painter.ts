/** One inference process at work: the missing frames of one part of a plan after the other. */

import type { PlaceRange } from "../schedule/shots.ts";
import { chooseFlow } from "./find-flow.ts";
import type { Paint, RenderedFrame } from "./frame-loop.ts";
import type { HybridExtras } from "./hybrid-extras.ts";
import type { StageSeconds } from "./inference-messages.ts";
import type { Inference } from "./inference-process.ts";
import type { PreparedRun } from "./prepare.ts";
import { renderGap } from "./render-gap.ts";
import type { OnRunEvent } from "./run-events.ts";
import type { RunFolder } from "./run-folder.ts";
import type { FrameTools } from "./run-frames.ts";
import { sceneDepth, sceneHoles, sceneNearness } from "./scene-depth.ts";
import { wordMasks } from "./word-masks.ts";

export interface PaintedFrame {
  readonly frame: RenderedFrame;
  /** In the plan. */
  readonly place: number;
  /** Wall time. */
  readonly seconds: number;
  /** Inside the model; null for frames that were only moved and blended. */
  readonly stages: StageSeconds | null;
}

export interface Painter {
  /**
   * Paints what is missing of a part, one yield per frame.
   *
   * @param signal ends it between two frames
   * @param settle resolves when all frames that were given out are in the folder
   */
  paint(
    part: PlaceRange,
    signal: AbortSignal,
    settle: () => Promise<unknown>,
  ): AsyncGenerator<PaintedFrame, void, void>;
}

/** What painters of one run have in common. */
export interface PainterMeans {
  readonly run: PreparedRun;
  readonly folder: RunFolder;
  /** Not given: only frames are kept. */
  readonly extras?: HybridExtras | undefined;
  readonly onEvent: OnRunEvent;
}

export function createPainter(inference: Inference, { run, folder, extras, onEvent }: PainterMeans): Painter {
  const { settings } = run;
  const wordsIn = wordMasks(inference);
  let stages: StageSeconds | null = null;

  const ask: Paint = async (init, frame, holes = null) => {
    const pictures = await run.controls.picturesAt(frame);
    const mask = init && run.mask ? (await run.mask.maskAt(frame, wordsIn(init))).data : null;
    const { image, seconds } = await inference.paint(init, frame, pictures, { mask, holes }, (step, steps) =>
      onEvent({ type: "step", frame: frame.frame, step, steps }),
    );
    stages = seconds;
    return image;
  };
  const tools: Omit<FrameTools, "firstPicture" | "signal"> = {
    findDepth: sceneDepth(settings, inference),
    findNearness: sceneNearness(settings, inference),
    chooseFlow: chooseFlow(inference, run.flows),
    extras,
    holes: sceneHoles(settings, inference),
    wordsIn,
  };

  return {
    async *paint(part, signal, settle) {
      let gap = await folder.nextGap(part);
      while (gap && !signal.aborted) {
        let began = performance.now();
        for await (const { place, frame } of renderGap(run, folder, part, gap, ask, { ...tools, signal })) {
          const seconds = (performance.now() - began) / 1000;
          yield { frame, place, seconds, stages: frame.plan.diffuse ? stages : null };
          began = performance.now();
        }
        // The next gap begins at a state that is stored; the next part needs none.
        if (gap.end === part.end) return;
        await settle();
        gap = await folder.nextGap(part);
      }
    },
  };
}
