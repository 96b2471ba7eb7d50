/** The parent's side of the inference process: start it, ask for pictures, start another when it dies or hangs. */

import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { RenderError } from "../errors.ts";
import { MEMORY_HINT } from "../models/memory-hint.ts";
import {
  type AskedProcess,
  describeEnd,
  type ProcessEnd,
  ProcessEndedError,
  startAskedProcess,
} from "../processes/asked-process.ts";
import { createPatience, type PatienceRules } from "../processes/patience.ts";
import { renewedProcess } from "../processes/renewed-process.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { ByteImage, RgbImage } from "../tensor/image.ts";
import { allocatorEnvironment } from "./allocator.ts";
import {
  type ControlPicture,
  type FromInference,
  type InferenceSettings,
  type OpenedModel,
  type PaintedParts,
  type StageSeconds,
  type ToInference,
  fromErrorMessage,
} from "./inference-messages.ts";

export interface Inference extends OpenedModel {
  /**
   * Paints one picture.
   * @param init start picture of img2img, whose size the result has, or null for text-to-image at the size of the settings
   * @param controls pictures of the ControlNets, see the message
   * @param parts how much of each pixel may change, and which the camera has uncovered, see the message
   * @param onStep called after each network evaluation, from 1
   * @throws InferenceEndedError when the process ends before the picture is there
   */
  paint(
    init: RgbImage | null,
    plan: FramePlan,
    controls: readonly (ControlPicture | null)[] | undefined,
    parts: PaintedParts,
    onStep: (step: number, steps: number) => void,
  ): Promise<{ image: RgbImage; seconds: StageSeconds }>;
  /** One number per pixel, as the depth network means it; remembered for the last picture asked about. @throws RenderError as `paint` */
  estimateDepth(picture: ByteImage): Promise<Float32Array>;
  /** The picture at the upscaler's scale. @throws RenderError as `paint` */
  enlarge(picture: ByteImage): Promise<ByteImage>;
  /**
   * The flow from one picture to another of its size, `[height, width, 2]`.
   *
   * @param file of the network, as in the settings
   * @throws RenderError as `paint`
   */
  estimateFlow(file: string, previous: ByteImage, next: ByteImage): Promise<Float32Array>;
  /** How likely each pixel shows what the words name, 0–1, `height * width`. @throws RenderError as `paint` */
  findWords(picture: ByteImage, words: string): Promise<Float32Array>;
  /** How surely each pixel belongs to the subject of the picture, 0–1, `height * width`. @throws RenderError as `paint` */
  findSubject(picture: ByteImage): Promise<Float32Array>;
  /** What the picture shows, in words. @throws RenderError as `paint`, and when there is nothing to say */
  describePicture(picture: ByteImage): Promise<string>;
  /** How often the process ended before its time, and another took its place. */
  readonly restarts: number;
  /** Ends the process. Safe to call more than once. */
  close(): Promise<void>;
}

/** The process ended before it had answered, and so did the one after it: out of memory, killed, hung, or a fault in the runtime. */
export class InferenceEndedError extends RenderError {}

type Answer<Type extends FromInference["type"]> = Extract<FromInference, { readonly type: Type }>;
type InferenceChild = AskedProcess<ToInference, FromInference>;

const FAREWELL: ToInference = { type: "close" };

export interface InferenceOptions {
  /** Told of each process that ended before its time, where it was, and that another one takes its place. */
  readonly onRenewal?: (message: string) => void;
  /** Another process of the run: this one has to open the same. Not given: whatever there is. */
  readonly like?: OpenedModel;
  /** Default: {@link USUAL_PATIENCE}. */
  readonly patience?: PatienceRules;
}

/**
 * Starts the inference process and opens the model in it. A process that dies or hangs is replaced, and what it was asked is asked once more.
 *
 * @throws ModelError when the model cannot be used, InferenceEndedError when the process ends twice
 */
export async function startInference(
  settings: InferenceSettings,
  { onRenewal, like, patience: rules }: InferenceOptions = {},
): Promise<Inference> {
  // The compiled file, also when the tests run this one from source: a forked process has no TypeScript loader.
  const path = fileURLToPath(new URL("../../dist/programs/inference-child.js", import.meta.url));
  const patience = createPatience(rules);
  let opened: OpenedModel | undefined = like;

  async function open(): Promise<InferenceChild> {
    const child: InferenceChild = startAskedProcess(path, patience, allocatorEnvironment(process.env));
    try {
      const { type: _, ...ready } = await exchange(child, { type: "open", settings }, "open", "ready");
      requireSameNetworks(opened ?? ready, ready);
      opened = ready;
      return child;
    } catch (error) {
      await child.close(FAREWELL);
      throw error;
    }
  }

  const renewed = renewedProcess(
    open,
    (child) => child.close(FAREWELL),
    (end, place) =>
      onRenewal?.(`${describeInferenceEnd(end)} at ${place}; it is started anew, to try once more`),
  );

  /**
   * @param place for messages
   * @param work for the patience; where networks are loaded for each size, with the size
   * @param type of the answer
   */
  async function ask<Type extends FromInference["type"]>(
    message: ToInference,
    place: string,
    work: string,
    type: Type,
    onOther?: (other: FromInference) => string,
  ): Promise<Answer<Type>> {
    try {
      return await renewed.use(place, (child) => exchange(child, message, work, type, onOther));
    } catch (error) {
      throw error instanceof ProcessEndedError ? inferenceEnded(place, error.end) : error;
    }
  }

  let lastModel: { readonly name: string | undefined } | undefined;
  let lastDepth: { readonly picture: ByteImage; readonly map: Promise<Float32Array> } | undefined;

  async function askDepth(picture: ByteImage): Promise<Float32Array> {
    const work = `depth ${sizeOf(picture)}`;
    const { map } = await ask({ type: "depth", picture }, "the depth of a picture", work, "depth");
    return map;
  }

  await renewed
    .use("the opening of the model", () => Promise.resolve())
    .catch((error: unknown) => {
      throw error instanceof ProcessEndedError
        ? inferenceEnded("the opening of the model", error.end)
        : error;
    });

  return {
    ...opened!,
    get restarts() {
      return renewed.renewals;
    },
    async paint(init, plan, controls, parts, onStep) {
      const { width, height } = init ?? settings;
      const size = { width, height };
      const message: ToInference = { type: "paint", init: init && init.data, size, plan, controls, ...parts };
      // Networks that had to give way to another model's are loaded again.
      const isAnother = lastModel !== undefined && plan.model !== lastModel.name;
      lastModel = { name: plan.model };
      const of = `${sizeOf(size)}${isAnother ? ", another model" : ""}`;
      const { picture, seconds } = await ask(
        message,
        `frame ${plan.frame}`,
        `begin ${of}`,
        "painted",
        (other) => {
          if (other.type !== "step") return `begin ${of}`;
          onStep(other.step, other.steps);
          return other.step < other.steps ? `step ${of}` : `decode ${of}`;
        },
      );
      return { image: { width, height, data: picture }, seconds };
    },
    async estimateDepth(picture) {
      // The camera and the saved map of a frame ask about one and the same picture.
      if (lastDepth?.picture !== picture) lastDepth = { picture, map: askDepth(picture) };
      return await lastDepth.map;
    },
    async enlarge(picture) {
      const work = `enlarge ${sizeOf(picture)}`;
      const { picture: enlarged } = await ask({ type: "enlarge", picture }, "upscaling", work, "enlarged");
      return enlarged;
    },
    async estimateFlow(file, previous, next) {
      const network = settings.flows?.indexOf(file) ?? -1;
      if (network < 0) throw new TypeError(`the flow network ${file} was not opened`);
      const message: ToInference = { type: "flow", network, previous, next };
      const { flow } = await ask(message, "optical flow", `flow ${network} ${sizeOf(next)}`, "flow");
      return flow;
    },
    async findWords(picture, words) {
      const message: ToInference = { type: "words", picture, words };
      const { likely } = await ask(message, "masks by words", "words", "words");
      return likely;
    },
    async findSubject(picture) {
      const { likely } = await ask({ type: "subject", picture }, "the subject", "subject", "subject");
      return likely;
    },
    async describePicture(picture) {
      const { text } = await ask({ type: "caption", picture }, "the caption", "caption", "caption");
      return text;
    },
    close: () => renewed.close(),
  };
}

/** Resolves with the answer of that type, rejects with the error that the process sends in its place. */
async function exchange<Type extends FromInference["type"]>(
  child: InferenceChild,
  message: ToInference,
  work: string,
  type: Type,
  onOther: (other: FromInference) => string = () => work,
): Promise<Answer<Type>> {
  const answer = await child.ask({
    message,
    work,
    take: (reply) => (reply.type === type || reply.type === "failed" ? null : onOther(reply)),
  });
  if (answer.type === "failed") throw fromErrorMessage(answer.error);
  return answer as Answer<Type>;
}

/** Frames of one render come from one model, also when its files were changed while it ran. */
function requireSameNetworks(first: OpenedModel, now: OpenedModel): void {
  const names = Object.keys(now) as (keyof OpenedModel)[];
  if (names.every((name) => isDeepStrictEqual(first[name], now[name]))) return;
  throw new RenderError("the models are not the ones that the render began with", {
    hint: "Files of the models, or the device, have changed since. Finished frames are safe: run the same command again, and frames of the old models are rendered again.",
  });
}

function sizeOf({ width, height }: { readonly width: number; readonly height: number }): string {
  return `${width}x${height}`;
}

function describeInferenceEnd(end: ProcessEnd): string {
  if (end.reason === "start") return `the inference process could not be started (${describeEnd(end)})`;
  if (end.reason === "silence") return `the inference process hung (${describeEnd(end)})`;
  return `the inference process ended (${describeEnd(end)})`;
}

function inferenceEnded(where: string, end: ProcessEnd): InferenceEndedError {
  return new InferenceEndedError(`${describeInferenceEnd(end)} before the picture was done, twice`, {
    where,
    hint: `${adviceOn(end)} Finished frames are safe: continue with --resume.`,
  });
}

/** What ends a process that gets no memory: the system, V8, or the C++ library; as a shell counts, 128 + SIGABRT. */
const MEMORY_SIGNALS: readonly unknown[] = ["SIGKILL", "SIGABRT", "SIGTRAP", "SIGILL", 134];

function adviceOn(end: ProcessEnd): string {
  if (end.reason === "silence") {
    return "Take another --device, a smaller size, or --low-memory; `animate doctor` shows what there is.";
  }
  if (end.reason === "start" || MEMORY_SIGNALS.includes(end.signal ?? end.code)) {
    return `The system may have run out of memory. ${MEMORY_HINT}`;
  }
  return "Run `animate doctor`, and check the model with `animate models check`.";
}
