/** The parent's side of the inference process: start it, ask for pictures, notice when it dies. */

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RenderError } from "../errors.ts";
import { MEMORY_HINT } from "../models/memory-hint.ts";
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
  /** Ends the process. Safe to call more than once. */
  close(): Promise<void>;
}

/** The process ended before it had answered: out of memory, killed, or a fault in the runtime. Another one can be started. */
export class InferenceEndedError extends RenderError {}

type Answer<Type extends FromInference["type"]> = Extract<FromInference, { readonly type: Type }>;

/** How long a process may take to end by itself before it is killed. */
const CLOSE_TIMEOUT_MS = 2000;

/** Starts the inference process and opens the model in it. Throws ModelError when the model cannot be used. */
export async function startInference(settings: InferenceSettings): Promise<Inference> {
  // The compiled file, also when the tests run this one from source: a forked process has no TypeScript loader.
  const path = fileURLToPath(new URL("../../dist/render/inference-child.js", import.meta.url));
  const child = fork(path, { serialization: "advanced", env: allocatorEnvironment(process.env) });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));

  /** Settles when all that was asked so far is answered: one question at a time, so that answers need no address. */
  let answered: Promise<unknown> = Promise.resolve();

  /**
   * @param type of the answer
   * @param onOther takes what comes before it
   */
  async function ask<Type extends FromInference["type"]>(
    message: ToInference,
    where: string,
    type: Type,
    onOther: (other: FromInference) => void = () => {},
  ): Promise<Answer<Type>> {
    const turn = answered.then(() => exchange(message, where, type, onOther));
    answered = turn.catch(() => {});
    return await turn;
  }

  async function exchange<Type extends FromInference["type"]>(
    message: ToInference,
    where: string,
    type: Type,
    onOther: (other: FromInference) => void,
  ): Promise<Answer<Type>> {
    return await new Promise((resolve, reject) => {
      const settle = (action: () => void) => {
        child.off("message", listen).off("exit", died);
        action();
      };
      const listen = (answer: FromInference) => {
        if (answer.type === "failed") settle(() => reject(fromErrorMessage(answer.error)));
        else if (isAnswer(answer, type)) settle(() => resolve(answer));
        else onOther(answer);
      };
      const died = (code: number | null, signal: NodeJS.Signals | null) =>
        settle(() => reject(processEnded(where, code, signal)));
      child.on("message", listen).once("exit", died);
      // A channel that is closed already belongs to a process that ends; its exit tells more than the failure to send.
      child.send(message, () => {});
      if (child.exitCode !== null || child.signalCode !== null) died(child.exitCode, child.signalCode);
    });
  }

  let lastDepth: { readonly picture: ByteImage; readonly map: Promise<Float32Array> } | undefined;

  async function askDepth(picture: ByteImage): Promise<Float32Array> {
    const { map } = await ask({ type: "depth", picture }, "depth", "depth");
    return map;
  }

  async function close(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    if (child.connected) child.send({ type: "close" } satisfies ToInference, () => {});
    const timer = setTimeout(() => child.kill("SIGKILL"), CLOSE_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }

  const opened = await ask({ type: "open", settings }, "model", "ready").catch(async (error: unknown) => {
    await close();
    throw error;
  });

  return {
    info: opened.info,
    models: opened.models,
    depth: opened.depth,
    upscaler: opened.upscaler,
    flows: opened.flows,
    words: opened.words,
    subject: opened.subject,
    captioner: opened.captioner,
    controls: opened.controls,
    async paint(init, plan, controls, parts, onStep) {
      const { width, height } = init ?? settings;
      const size = { width, height };
      const message: ToInference = { type: "paint", init: init && init.data, size, plan, controls, ...parts };
      const { picture, seconds } = await ask(message, `frame ${plan.frame}`, "painted", (other) => {
        if (other.type === "step") onStep(other.step, other.steps);
      });
      return { image: { width, height, data: picture }, seconds };
    },
    async estimateDepth(picture) {
      // The camera and the saved map of a frame ask about one and the same picture.
      if (lastDepth?.picture !== picture) lastDepth = { picture, map: askDepth(picture) };
      return await lastDepth.map;
    },
    async enlarge(picture) {
      const enlarged = await ask({ type: "enlarge", picture }, "upscaling", "enlarged");
      return enlarged.picture;
    },
    async estimateFlow(file, previous, next) {
      const network = settings.flows?.indexOf(file) ?? -1;
      if (network < 0) throw new TypeError(`the flow network ${file} was not opened`);
      const { flow } = await ask({ type: "flow", network, previous, next }, "optical flow", "flow");
      return flow;
    },
    async findWords(picture, words) {
      const { likely } = await ask({ type: "words", picture, words }, "masks by words", "words");
      return likely;
    },
    async findSubject(picture) {
      const { likely } = await ask({ type: "subject", picture }, "the subject", "subject");
      return likely;
    },
    async describePicture(picture) {
      const { text } = await ask({ type: "caption", picture }, "the caption", "caption");
      return text;
    },
    close,
  };
}

function isAnswer<Type extends FromInference["type"]>(
  message: FromInference,
  type: Type,
): message is Answer<Type> {
  return message.type === type;
}

function processEnded(
  where: string,
  code: ChildProcess["exitCode"],
  signal: ChildProcess["signalCode"],
): InferenceEndedError {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const hint =
    signal === "SIGKILL"
      ? `The system may have run out of memory. ${MEMORY_HINT} Then continue with --resume.`
      : "Finished frames are safe: continue with --resume. Run `animate doctor` if it happens again.";
  return new InferenceEndedError(`the inference process ended (${how}) before the picture was done`, {
    where,
    hint,
  });
}
