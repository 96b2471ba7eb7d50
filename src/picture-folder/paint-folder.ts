/** A folder of pictures through img2img: each for itself, and none stops the others. */

import { join } from "node:path";
import { FileError } from "../errors.ts";
import { systemErrorCode } from "../files.ts";
import { fillFromAround, type Mask } from "../diffusion/mask.ts";
import { createEta } from "../render/eta.ts";
import { frameRecipe } from "../render/recipe.ts";
import { wordMasks } from "../render/word-masks.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { type ByteImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import type { PictureSize } from "../tensor/picture-file.ts";
import { type FinishedPicture, openResultFolder, type ResultFolder } from "./finished-pictures.ts";
import type { FolderReport } from "./folder-events.ts";
import { writeFolderManifest } from "./folder-manifest.ts";
import { type PictureFailure, toFailure } from "./folder-picture.ts";
import type { FolderRequest } from "./folder-request.ts";
import type { BytePlane } from "./plane.ts";
import { type FolderTask, type PreparedFolder, prepareFolder } from "./prepare-folder.ts";
import { CAPTION } from "./picture-plan.ts";
import { maskForModel, maskForResult, wholeCells } from "./redrawn-part.ts";
import { findRegion, hashRegion } from "./region.ts";
import { encodeResult, finishPicture } from "./result-picture.ts";
import { onMatte, openSource, type SourcePicture, stretched } from "./source-picture.ts";
import { workingSize } from "./working-size.ts";

/**
 * Draws over every picture of a folder; the results have the pictures' names in a folder of their own. Results that are there already, made
 * of the same, are left as they are; so the same command goes on after anything.
 *
 * @throws AnimateError of what concerns all pictures: settings, models, a full disk; finished results stay, and no half-written file does
 */
export async function paintFolder(request: FolderRequest): Promise<FolderReport> {
  const prepared = await prepareFolder(request);
  try {
    const outputs = prepared.tasks.map(({ output }) => output);
    const results = await openResultFolder(request.out, outputs, request);
    try {
      return await paintInto({ ...prepared, request, results });
    } finally {
      await results.close();
    }
  } finally {
    await prepared.inference.close();
  }
}

interface FolderRun extends PreparedFolder {
  readonly request: FolderRequest;
  readonly results: ResultFolder;
}

/** What was drawn, on its way to its file. */
interface DrawnPicture {
  readonly image: ByteImage;
  readonly write: () => Promise<FinishedPicture>;
}

async function paintInto(run: FolderRun): Promise<FolderReport> {
  const { request, tasks, model } = run;
  const { onEvent, out, stop } = request;
  const began = performance.now();
  const eta = createEta();
  const failed: PictureFailure[] = [];
  const finished = new Map<string, FinishedPicture>();
  const total = tasks.length + run.failed.length;
  const done = (): number => finished.size + failed.length;
  let made = 0;

  const fail = (failure: PictureFailure): void => {
    failed.push(failure);
    onEvent({ type: "failed", done: done(), ...failure });
  };
  const finish = (result: FinishedPicture, image: ByteImage | null): void => {
    finished.set(result.picture, result);
    if (image) made++;
    const { picture, output } = result;
    const etaSeconds = eta.remaining(total - done()) ?? null;
    const status = image ? "made" : "reused";
    onEvent({ type: "picture", picture, output: join(out, output), status, image, done: done(), etaSeconds });
  };
  const record = async (status: "running" | "stopped" | "complete"): Promise<void> =>
    await writeFolderManifest(status, { ...run, finished, failures: failed });

  await record("running");
  const { name, family, hash, provider } = model;
  onEvent({ type: "start", folder: out, pictures: total, model: { name, family, hash, provider } });
  run.failed.forEach(fail);
  let storing: Promise<void> = Promise.resolve();
  try {
    for (const task of tasks) {
      if (stop.aborted) break;
      const started = performance.now();
      try {
        const drawn = await drawOrFind(run, task, started);
        await storing;
        if (!("write" in drawn)) finish(drawn, null);
        else {
          eta.frameTook((performance.now() - started) / 1000);
          // While this result is encoded and written, the next picture is drawn.
          storing = drawn.write().then(
            (result) => finish(result, drawn.image),
            (error: unknown) => failOrThrow(task, error),
          );
          storing.catch(() => {});
        }
      } catch (error) {
        await storing;
        failOrThrow(task, error);
      }
    }
    await storing;
  } finally {
    await Promise.allSettled([storing]);
    await record(done() === total ? "complete" : "stopped");
  }
  return {
    folder: out,
    made,
    reused: finished.size - made,
    failed,
    complete: done() === total,
    seconds: (performance.now() - began) / 1000,
  };

  function failOrThrow(task: FolderTask, error: unknown): void {
    if (concernsAll(error)) throw error;
    fail(toFailure(task, error));
  }
}

/** Whether every other result would fail the same way: the disk is full or cannot be written. */
function concernsAll(error: unknown): boolean {
  return (
    error instanceof FileError &&
    ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EIO"].includes(systemErrorCode(error.cause))
  );
}

/** Draws one picture, unless its result is there. */
async function drawOrFind(
  run: FolderRun,
  task: FolderTask,
  started: number,
): Promise<DrawnPicture | FinishedPicture> {
  const { request, settings, plans, results, inference, addons, model } = run;
  const { part, output } = request;
  const file = await openSource(task.path);
  const size = workingSize(file, settings.size);
  // Where the caption is still to be written, the network that writes it counts in its place.
  const asks = task.caption === null && plans.template.includes(CAPTION);
  const written = plans.planOf(task.name, task.caption);
  const read = [
    file.sha256,
    ...(part ? [await hashRegion(part.region, task)] : []),
    ...(asks ? [`caption ${inference.captioner!.hash}`] : []),
  ];
  const inputs = run.hashOf(written, size, read);
  const there = await results.find(task.output, inputs);
  if (there) return there;

  const source = await file.decode();
  const seen = await stretched(onMatte(source, output.matte), size);
  const plan = asks ? plans.planOf(task.name, await inference.describePicture(seen)) : written;
  const { image, region } = await drawParts(run, task, { source, seen, size, plan });
  const maskAt =
    part && region
      ? async (wanted: PictureSize) => await maskForResult(region, size, wanted, partOptions(request, source))
      : null;
  return {
    image,
    async write() {
      const result = await finishPicture(source, image, maskAt, output);
      const texts = frameRecipe({ ...settings, size }, model, plan, addons);
      const seconds = (performance.now() - started) / 1000;
      return await results.save(
        {
          picture: task.name,
          output: task.output,
          inputs,
          seed: plan.seed,
          prompt: plan.prompts.map(({ text }) => text).join(" / "),
          drawn: size,
          seconds,
        },
        await encodeResult(result, output, texts),
      );
    },
  };
}

interface Drawing {
  readonly source: SourcePicture;
  /** As the model gets it. */
  readonly seen: ByteImage;
  readonly size: PictureSize;
  readonly plan: FramePlan;
}

/** What the model draws, and the region that decides which part of it counts. */
async function drawParts(
  { request, inference, model }: FolderRun,
  task: FolderTask,
  { source, seen, size, plan }: Drawing,
): Promise<{ image: ByteImage; region: BytePlane | null }> {
  const { part, onEvent } = request;
  let init = toFloatImage(seen);
  let region: BytePlane | null = null;
  let mask: Mask | null = null;
  if (part) {
    const eyes = { words: wordMasks(inference)(init), subject: () => inference.findSubject(seen) };
    region = await findRegion(part.region, task, { source, size, eyes });
    mask = await maskForModel(region, size, partOptions(request, source));
    if (part.keeps) {
      // Beside the subject the model is to see neither the matte nor the old background.
      init = fillFromAround(init, mask);
      mask = wholeCells(mask, model.vaeFactor);
    }
  }
  // A run with ControlNets has them take the picture itself.
  const controls = plan.controlnet?.map(() => null);
  const parts = { mask: mask && mask.data, holes: null };
  const painted = await inference.paint(init, plan, controls, parts, (step, steps) =>
    onEvent({ type: "step", picture: task.name, step, steps }),
  );
  return { image: toByteImage(painted.image), region };
}

function partOptions({ part, settings }: FolderRequest, { width, height, alpha }: SourcePicture) {
  const keeps = part!.keeps !== settings.mask.invert;
  return { keeps, blur: part!.blur, alpha: part!.keeps && alpha ? { width, height, data: alpha } : null };
}
