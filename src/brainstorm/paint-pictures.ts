/** Paints the pictures of a sheet, one after the other; what fails is told and left out. */

import { AnimateError, RenderError } from "../errors.ts";
import type { ModelInfo } from "../models/model.ts";
import { chainHashes } from "../render/chain.ts";
import { createEta } from "../render/eta.ts";
import { type Inference, startInference } from "../render/inference-process.ts";
import { frameRecipe } from "../render/recipe.ts";
import { identifyAddons } from "../render/run-addons.ts";
import { runFacts } from "../render/run-facts.ts";
import { type ByteImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import type { OnBrainstormEvent } from "./brainstorm-events.ts";
import type { FinishedPicture, FinishedPictures } from "./finished-pictures.ts";
import type { ReadyCell, WorkGroup } from "./work.ts";

/** A picture that is there. */
export interface PaintedPicture {
  readonly cell: ReadyCell;
  readonly status: "painted" | "reused";
  readonly file: FinishedPicture;
  readonly model: ModelInfo;
  readonly image: ByteImage;
}

/** A picture that could not be painted, and why. */
export interface FailedPicture {
  readonly cell: ReadyCell;
  readonly status: "failed";
  readonly error: AnimateError;
}

export interface PaintOptions {
  readonly finished: FinishedPictures;
  readonly onEvent: OnBrainstormEvent;
  /** Stops between two pictures. */
  readonly stop: AbortSignal;
}

/** After so many failures one after the other, the rest of a model's pictures is given up: each may have cost minutes of loading. */
const FAILURES_IN_A_ROW = 3;

/** One result per picture, group by group. */
export async function* paintPictures(
  groups: readonly WorkGroup[],
  { finished, onEvent, stop }: PaintOptions,
): AsyncGenerator<PaintedPicture | FailedPicture, void, void> {
  const total = groups.reduce((sum, { cells }) => sum + cells.length, 0);
  const eta = createEta();
  let done = 0;

  function tell(result: PaintedPicture | FailedPicture): void {
    done++;
    const { cell, status } = result;
    const place = { picture: cell.number, row: cell.row, column: cell.column, done, total };
    if (result.status === "failed") {
      onEvent({ type: "failed", ...place, message: describeError(result.error) });
      return;
    }
    const { seconds } = result.file;
    if (status === "painted") eta.frameTook(seconds);
    const pace = {
      secondsPerPicture: eta.secondsPerFrame() ?? null,
      etaSeconds: eta.remaining(total - done) ?? null,
    };
    onEvent({ type: "picture", ...place, status: result.status, image: result.image, seconds, ...pace });
  }

  for (const group of groups) {
    const process = inferenceProcess(group, onEvent);
    let failures = 0;
    let lastError: AnimateError | undefined;
    try {
      for (const cell of group.cells) {
        if (stop.aborted) return;
        const result: PaintedPicture | FailedPicture =
          failures < FAILURES_IN_A_ROW
            ? await paintOne(cell, process, finished, onEvent)
            : { cell, status: "failed", error: givenUp(lastError!) };
        if (result.status === "failed") {
          failures++;
          lastError = result.error;
          // Whatever state the failure left behind, the next picture begins in a fresh process.
          await process.close();
        } else failures = 0;
        tell(result);
        yield result;
      }
    } finally {
      await process.close();
    }
  }
}

interface LazyInference {
  /** Starts it where it is not running. */
  open(): Promise<Inference>;
  close(): Promise<void>;
}

function inferenceProcess({ opening, cells }: WorkGroup, onEvent: OnBrainstormEvent): LazyInference {
  let running: Inference | undefined;
  return {
    async open() {
      if (running) return running;
      onEvent({ type: "loading", model: opening.models.map(({ name }) => name).join(", ") });
      const options = { onRenewal: (message: string) => onEvent({ type: "warning", message }) };
      running = await startInference(opening, options).catch((error: unknown) => {
        throw cells[0]!.names.addPlace(error);
      });
      return running;
    },
    async close() {
      await running?.close();
      running = undefined;
    },
  };
}

async function paintOne(
  cell: ReadyCell,
  process: LazyInference,
  finished: FinishedPictures,
  onEvent: OnBrainstormEvent,
): Promise<PaintedPicture | FailedPicture> {
  try {
    const inference = await process.open();
    const { info: model } = inference;
    const hash = pictureHash(cell, model);
    const before = await finished.find(hash);
    if (before) return { cell, status: "reused", file: before, model, image: await finished.read(before) };
    const began = performance.now();
    const init = cell.init && toFloatImage(cell.init);
    const { image } = await inference.paint(
      init,
      cell.drawing,
      undefined,
      { mask: null, holes: null },
      (step, steps) => onEvent({ type: "step", picture: cell.number, step, steps }),
    );
    const picture = toByteImage(image);
    const seconds = (performance.now() - began) / 1000;
    const texts = frameRecipe(cell.settings, model, cell.plan, cell.addons);
    const file = await finished.save(picture, hash, cell.plan.seed, seconds, texts);
    return { cell, status: "painted", file, model, image: picture };
  } catch (error) {
    // A full disk ends the run, as does a defect of ours.
    if (!(error instanceof AnimateError) || error.name === "FileError") throw error;
    return { cell, status: "failed", error };
  }
}

/** The chain hash that frame 0 of an animation with these settings has. */
function pictureHash({ settings, plan, addons, init }: ReadyCell, model: ModelInfo): string {
  const facts = runFacts(settings, [plan], { model, initImage: init });
  return chainHashes(facts, identifyAddons([plan], addons))[0]!;
}

function givenUp(cause: AnimateError): RenderError {
  return new RenderError(`left out after ${FAILURES_IN_A_ROW} failures in a row: ${describeError(cause)}`, {
    cause,
  });
}

/** The place and what is wrong there. */
export function describeError({ where, message }: AnimateError): string {
  return where === undefined ? message : `${where}: ${message}`;
}
