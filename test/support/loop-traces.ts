/** Traces of Deforum's frame loop: read, imported as the settings files that they are, and run through our own loop with the same stand-in. */

import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { worldDepth } from "../../src/motion/depth.ts";
import {
  INITIAL_STATE,
  type LoopState,
  type Paint,
  type RenderedFrame,
} from "../../src/render/frame-loop.ts";
import { type FrameTools, type PlannedRun, runFrames } from "../../src/render/run-frames.ts";
import { flowByMethod } from "./no-networks.ts";
import { openRunPictures } from "../../src/render/run-pictures.ts";
import { openStartVideo } from "../../src/render/start-video.ts";
import type { FramePlan } from "../../src/schedule/frame-plan.ts";
import { planFrames } from "../../src/schedule/plan.ts";
import type { Settings } from "../../src/settings/schema.ts";
import { readPngBytes } from "../../src/tensor/picture-file.ts";
import { readGoldenFloats } from "./deforum-fixtures.ts";
import { importFields } from "./interchange.ts";
import { standIn } from "./loop-stand-in.ts";

/** Something that Deforum's loop did; what else there is depends on `op`. */
export interface TraceEvent {
  readonly op: string;
  /** Of `warp`: the frame whose camera it is. */
  readonly frame?: number;
  /** Of `save`: `T0_000000003.png`. */
  readonly file?: string;
  /** Of `noise` and `diffuse`. */
  readonly seed?: number;
  /** The same: whether there is a mask. */
  readonly mask?: boolean;
  readonly amount?: number;
  readonly kind?: "txt2img" | "img2img";
  /** Of `flow_apply`. */
  readonly factor?: number;
  /** The longest component of the flow, pixels. */
  readonly max_abs?: number;
}

/** What the model was asked for. */
export interface TracedDrawing extends TraceEvent {
  readonly kind: "txt2img" | "img2img";
  readonly seed: number;
  readonly prompt: string;
  readonly negative: string;
  readonly steps: number;
  readonly cfg: number;
  readonly sampler: string;
  readonly denoising_strength: number;
  readonly subseed?: number;
  readonly subseed_strength?: number;
  readonly CLIP_stop_at_last_layers?: number;
  readonly initial_noise_multiplier?: number;
  readonly eta_ddim?: number;
  readonly eta_ancestral?: number;
}

export interface Trace {
  readonly args: object;
  readonly anim: { readonly hybrid_composite?: string; readonly hybrid_motion?: string };
  readonly loop?: object;
  readonly prompts: Readonly<Record<string, string>>;
  readonly frames_written: readonly string[];
  /** By drawing, with a schedule of checkpoints. */
  readonly checkpoints_loaded?: readonly string[];
  /** What Deforum ended with; undefined for a run that went through. */
  readonly error?: string;
  readonly events: readonly TraceEvent[];
}

export const LOOP_FOLDER = new URL("../fixtures/deforum/loop/", import.meta.url).pathname;

/** All there are; two JSON files of the folder are tables. */
export const TRACE_NAMES: readonly string[] = readdirSync(LOOP_FOLDER)
  .filter((file) => file.endsWith(".json") && !["guided_images.json", "batch_name.json"].includes(file))
  .map((file) => file.slice(0, -".json".length));

export function readTrace(name: string): Trace {
  return JSON.parse(readFileSync(`${LOOP_FOLDER}${name}.json`, "utf8")) as Trace;
}

/** A frame's picture in the folder of its trace. */
export function pictureName(frame: number): string {
  return `${String(frame).padStart(9, "0")}.png`;
}

/** The same as Deforum wrote it and as traces name it. */
export function writtenName(frame: number): string {
  return `T0_${pictureName(frame)}`;
}

export function drawingsOf({ events }: Trace): readonly TracedDrawing[] {
  return events.filter((event): event is TracedDrawing => event.op === "diffuse");
}

/** The fields of the run's settings file; the values that the traces share stand in for what they leave out. */
export function fieldsOf({ args, anim, loop, prompts }: Trace): object {
  const isHybrid = [anim.hybrid_composite, anim.hybrid_motion].some((word) => word && word !== "None");
  return {
    W: 64,
    H: 64,
    seed: 1000,
    steps: 20,
    sampler: "Euler a",
    init_image: "init.png",
    legacy_colormatch: false,
    ...args,
    ...anim,
    ...loop,
    video_init_path: "video",
    // Deforum takes the number of the video's frames.
    ...(isHybrid && { max_frames: 10 }),
    prompts,
  };
}

/** The settings that an import makes of it where its checkpoints are in the library. */
export function settingsOf(trace: Trace): Settings {
  return importFields(fieldsOf(trace), ["model a", "model b"]).loaded.settings;
}

/** The run, ready for its first frame. */
export async function openTraced(settings: Settings): Promise<PlannedRun> {
  const startVideo = await openStartVideo(settings, LOOP_FOLDER, tmpdir());
  const pictures = await openRunPictures(settings, LOOP_FOLDER, tmpdir());
  return { settings, plan: planFrames(settings), startVideo, ...pictures };
}

/** The stand-in of the traces. @param numberOf see {@link standIn} */
export async function standInPaint(numberOf?: (plan: FramePlan) => number): Promise<Paint> {
  return standIn(await readPngBytes(`${LOOP_FOLDER}base.png`), numberOf);
}

/** The run's frames, from the beginning or from where it was left, under the traces' depth. */
export function framesOf(
  run: PlannedRun,
  paint: Paint,
  start: LoopState = INITIAL_STATE,
): AsyncGenerator<RenderedFrame, void, void> {
  return runFrames(run, start, paint, traceTools(run));
}

/** What the frames of a trace take besides drawings. */
export function traceTools({ settings: { mode, motion } }: PlannedRun): FrameTools {
  const isDeep = mode === "3d" && motion.depth.model !== "plane";
  return {
    ...(isDeep && { findDepth: async () => DEPTH }),
    chooseFlow: flowByMethod,
    findNearness: () => {
      throw new Error("no trace has a mask by depth");
    },
    wordsIn: () => () => {
      throw new Error("no trace has a mask by words");
    },
    signal: new AbortController().signal,
  };
}

const DEPTH = worldDepth(readGoldenFloats("loop/depth_64x64_f32le.bin"), "inverse");
