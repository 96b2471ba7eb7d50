/** What the process with the user's networks is asked, and what it answers. */

import type { FoundBox } from "../models/detector-forms.ts";
import type { ByteImage } from "../tensor/image.ts";

/** Absolute paths of .onnx files; null for none. */
export interface JudgeFiles {
  readonly detector: string | null;
  readonly aesthetic: string | null;
}

export type ToJudges =
  | ({ readonly type: "open" } & JudgeFiles)
  | { readonly type: "judge"; readonly picture: ByteImage };

export interface Judged {
  /** Surest first; null without a detector. */
  readonly boxes: readonly FoundBox[] | null;
  /** Null without a predictor. */
  readonly aesthetic: number | null;
}

export type FromJudges =
  | { readonly type: "ready" }
  | ({ readonly type: "judged" } & Judged)
  | { readonly type: "failed"; readonly message: string; readonly where?: string; readonly hint?: string };
