/** What the renderer and its inference process say to each other; values cross by structured clone. */

import { AnimateError, EncodeError, FileError, ModelError, RenderError, ScheduleError } from "../errors.ts";
import type { ControlMode } from "../diffusion/control.ts";
import type { InpaintOptions } from "../diffusion/inpaint.ts";
import type { NamedFile } from "../models/lora.ts";
import type { Device } from "../models/device.ts";
import type { ModelInfo } from "../models/model.ts";
import type { Precision } from "../models/precision.ts";
import type { DepthInfo, PictureNetworkInfo, UpscalerInfo } from "../models/picture-networks.ts";
import type { VaeTiling } from "../models/tiled-vae.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { ByteImage } from "../tensor/image.ts";

/** Settings of a run that the painting side needs. */
export interface InferenceSettings {
  /** Folders and files of the models, absolute, by the names that frames have; the first draws frames that have none. */
  readonly models: readonly NamedFile[];
  /** How many of them may have their networks in memory, ≥ 1. */
  readonly loadedModels: number;
  /** Folder or ONNX file of the depth network, absolute; null = none. */
  readonly depth: string | null;
  /** What makes depth for ControlNets; null = none of them asks for it. May be the same network. */
  readonly controlDepth: ControlDepth | null;
  /** Folder or ONNX file of the upscaler, absolute; null = none. */
  readonly upscaler: string | null;
  /** ONNX files of networks for optical flow, absolute; not given: none. */
  readonly flows?: readonly string[];
  /** ONNX file of what finds words in pictures, absolute; null = none. */
  readonly words: string | null;
  /** ONNX file of what finds the subject of a picture, absolute; not given: none. */
  readonly subject?: string;
  /** Folder of what says what a picture shows, absolute; not given: none. */
  readonly captioner?: string;
  readonly device: Device;
  /** Threads of one operator; 0 = all cores. */
  readonly threads: number;
  readonly lowMemory: boolean;
  readonly precision: "auto" | Precision;
  readonly vaeTiling: VaeTiling;
  readonly width: number;
  readonly height: number;
  /** All that any frame uses. */
  readonly loras: readonly NamedFile[];
  readonly embeddings: readonly NamedFile[];
  /** Size at which noise is drawn; null = the picture's. */
  readonly noiseSize: { readonly width: number; readonly height: number } | null;
  /** File or folder of a VAE that stands in for the model's own, absolute. */
  readonly vae?: string;
  /** What the UNet predicts, where the user says so. */
  readonly prediction?: ModelInfo["prediction"];
  /** Of a model of flow matching, where the user says so. */
  readonly flowShift?: number;
  readonly controlnets: readonly ControlSettings[];
  /** Null for a run without masks. */
  readonly mask: MaskSettings | null;
}

/** How masked parts are drawn, see renderMasked. */
export type MaskSettings = Omit<InpaintOptions, "mask">;

/** The depth network of the ControlNets. */
export interface ControlDepth {
  /** Folder or ONNX file, absolute. */
  readonly path: string;
  /** What its numbers mean, unless it says so itself. */
  readonly kind: "inverse" | "metric";
}

/** One ControlNet. */
export interface ControlSettings {
  /** Folder or file, absolute. */
  readonly path: string;
  /** Name of a built-in one, or absolute path of an `.onnx` file. */
  readonly preprocessor: string;
  readonly mode: ControlMode;
}

/** What a ControlNet is given at a frame, 8-bit RGB of the render's size. */
export interface ControlPicture {
  readonly data: Uint8Array;
  /** The picture before it, where the preprocessor looks at movement and there is one. */
  readonly before?: Uint8Array;
}

/** What the opened model is. */
export interface OpenedModel {
  /** Of the first model. */
  readonly info: ModelInfo;
  /** Of each model, in the order of the settings. */
  readonly models: readonly ModelInfo[];
  /** Null where none was asked for. */
  readonly depth: DepthInfo | null;
  /** Null where none was asked for. */
  readonly upscaler: UpscalerInfo | null;
  /** In the order in which they were asked for. */
  readonly flows: readonly PictureNetworkInfo[];
  /** What finds words in pictures; null where none was asked for. */
  readonly words: PictureNetworkInfo | null;
  /** What finds subjects; null where none was asked for. */
  readonly subject: PictureNetworkInfo | null;
  /** What writes captions; null where none was asked for. */
  readonly captioner: PictureNetworkInfo | null;
  readonly controls: readonly ControlIdentity[];
}

/** The networks that make up a ControlNet with its preprocessor, by sha256, hex. */
export interface ControlIdentity {
  readonly model: string;
  /** Of the depth network, where the preprocessor asks one. */
  readonly depth?: string;
}

/** What of a picture is drawn, and how freely; `height * width` numbers from 0 to 1. */
export interface PaintedParts {
  /** How much of each pixel may change; null: everything. */
  readonly mask: Float32Array | null;
  /** How much of each pixel is drawn anew, whatever the strength; null: nothing. */
  readonly holes: Float32Array | null;
}

export type Stage = "encode" | "denoise" | "decode";

/** Seconds spent in each stage of one picture. */
export type StageSeconds = Readonly<Record<Stage, number>>;

export type ToInference =
  | { readonly type: "open"; readonly settings: InferenceSettings }
  | ({
      readonly type: "paint";
      readonly init: Float32Array | null;
      /** Pixels. */
      readonly size: { readonly width: number; readonly height: number };
      readonly plan: FramePlan;
      /** One per ControlNet; null where it takes the frame before or does nothing. */
      readonly controls: readonly (ControlPicture | null)[] | undefined;
    } & PaintedParts)
  | { readonly type: "depth"; readonly picture: ByteImage }
  | { readonly type: "enlarge"; readonly picture: ByteImage }
  | {
      readonly type: "flow";
      /** Place in the list of the settings. */
      readonly network: number;
      readonly previous: ByteImage;
      readonly next: ByteImage;
    }
  | { readonly type: "words"; readonly picture: ByteImage; readonly words: string }
  | { readonly type: "subject"; readonly picture: ByteImage }
  | { readonly type: "caption"; readonly picture: ByteImage }
  | { readonly type: "close" };

export type FromInference =
  | ({ readonly type: "ready" } & OpenedModel)
  | { readonly type: "step"; readonly step: number; readonly steps: number }
  | { readonly type: "painted"; readonly picture: Float32Array; readonly seconds: StageSeconds }
  | { readonly type: "depth"; readonly map: Float32Array }
  | { readonly type: "enlarged"; readonly picture: ByteImage }
  | { readonly type: "flow"; readonly flow: Float32Array }
  | { readonly type: "words"; readonly likely: Float32Array }
  | { readonly type: "subject"; readonly likely: Float32Array }
  | { readonly type: "caption"; readonly text: string }
  | { readonly type: "failed"; readonly error: ErrorMessage };

/** An error as plain data. */
export interface ErrorMessage {
  readonly kind: string;
  readonly message: string;
  readonly where: string | undefined;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

const KINDS = { AnimateError, ModelError, RenderError, ScheduleError, FileError, EncodeError };

export function toErrorMessage(error: unknown): ErrorMessage {
  if (error instanceof AnimateError) {
    const { name, message, where, hint, stack } = error;
    return { kind: name, message, where, hint, stack };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: "Error", message, where: undefined, hint: undefined, stack };
}

export function fromErrorMessage({ kind, message, where, hint, stack }: ErrorMessage): Error {
  const Kind = KINDS[kind as keyof typeof KINDS];
  const details = { ...(where !== undefined && { where }), ...(hint !== undefined && { hint }) };
  const error = Kind ? new Kind(message, details) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
