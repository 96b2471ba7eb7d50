/** What a folder of pictures tells while it is drawn, and what it gives in the end. */

import type { ModelInfo } from "../models/model.ts";
import type { ByteImage } from "../tensor/image.ts";
import type { PictureFailure } from "./folder-picture.ts";

export type FolderEvent =
  | { readonly type: "loading"; readonly model: string }
  | {
      readonly type: "start";
      readonly folder: string;
      readonly pictures: number;
      readonly model: Pick<ModelInfo, "name" | "family" | "hash" | "provider">;
    }
  | { readonly type: "step"; readonly picture: string; readonly step: number; readonly steps: number }
  | {
      readonly type: "picture";
      readonly picture: string;
      /** File of the result. */
      readonly output: string;
      readonly status: "made" | "reused";
      /** What was made; null for a result that was there. */
      readonly image: ByteImage | null;
      /** Pictures that are done or have failed, and seconds until the last one, by the pace of those made; null before there is one. */
      readonly done: number;
      readonly etaSeconds: number | null;
    }
  | ({ readonly type: "failed"; readonly done: number } & PictureFailure)
  | { readonly type: "warning"; readonly message: string };

export type OnFolderEvent = (event: FolderEvent) => void;

export interface FolderReport {
  /** The folder of results. */
  readonly folder: string;
  readonly made: number;
  /** Found finished and left as they were. */
  readonly reused: number;
  readonly failed: readonly PictureFailure[];
  /** False when it was stopped before the last picture. */
  readonly complete: boolean;
  readonly seconds: number;
}
