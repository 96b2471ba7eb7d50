/** What a render tells while it works; the command turns it into a progress bar, NDJSON or silence. */

import type { ModelInfo } from "../models/model.ts";
import type { ByteImage } from "../tensor/image.ts";
import type { StageSeconds } from "./inference-messages.ts";

export type RunEvent =
  | { readonly type: "loading"; readonly model: string }
  | {
      readonly type: "start";
      readonly name: string;
      readonly folder: string;
      readonly frames: number;
      /** Frames found finished in the run's folder and taken over. */
      readonly reused: number;
      /** Frames taken from the cache. */
      readonly cached: number;
      /** Inference processes that render side by side, ≥ 1. */
      readonly processes: number;
      readonly model: Pick<ModelInfo, "name" | "family" | "hash" | "provider">;
    }
  | { readonly type: "step"; readonly frame: number; readonly step: number; readonly steps: number }
  | {
      readonly type: "frame";
      readonly frame: number;
      readonly image: ByteImage;
      /** Wall time of the frame. */
      readonly seconds: number;
      /** Seconds inside the model, by stage; null for frames that were only moved and blended. */
      readonly stages: StageSeconds | null;
      readonly secondsPerFrame: number;
      /** Seconds until the last frame, by the pace of the last frames. */
      readonly etaSeconds: number;
    }
  | { readonly type: "finishing"; readonly what: "video" | "thumbnails" }
  | { readonly type: "warning"; readonly message: string };

export type OnRunEvent = (event: RunEvent) => void;

/** What one render gave. */
export interface RunReport {
  readonly name: string;
  readonly folder: string;
  readonly frames: number;
  /** Of these, those that were in the run's folder before. */
  readonly reused: number;
  /** Of these, those that were taken from the cache. */
  readonly cached: number;
  /** False when it was stopped before the last frame; `frames` then counts the finished ones. */
  readonly complete: boolean;
  /** Paths of what was made; null where the format asks for none or the run was stopped. */
  readonly video: string | null;
  readonly thumbnails: readonly string[];
  readonly contactSheet: string | null;
  /** The page that tells how the stills were chosen; null when there are none, or the run is not complete. */
  readonly stillsReport: string | null;
  /** How often the inference process ended before its time and another one took its place. */
  readonly restarts: number;
  readonly seconds: number;
}
