/** What a brainstorm tells while it works; the command turns it into a progress bar, NDJSON or silence. */

import type { ByteImage } from "../tensor/image.ts";

/** Which picture of the sheet, and how far the work is. */
interface PicturePlace {
  /** From 1. */
  readonly picture: number;
  /** From 0. */
  readonly row: number;
  readonly column: number;
  /** Pictures that are settled, this one included. */
  readonly done: number;
  readonly total: number;
}

export type BrainstormEvent =
  | {
      readonly type: "start";
      readonly title: string;
      readonly folder: string;
      readonly pictures: number;
      readonly rows: number;
      readonly columns: number;
      readonly models: number;
    }
  | { readonly type: "loading"; readonly model: string }
  | { readonly type: "step"; readonly picture: number; readonly step: number; readonly steps: number }
  | (PicturePlace & {
      readonly type: "picture";
      readonly status: "painted" | "reused";
      readonly image: ByteImage;
      /** Wall time that it took to paint. */
      readonly seconds: number;
      /** Of the last painted ones; null before the first. */
      readonly secondsPerPicture: number | null;
      /** Seconds until the last picture; null before the first. */
      readonly etaSeconds: number | null;
    })
  | (PicturePlace & { readonly type: "failed"; readonly message: string })
  | { readonly type: "finishing"; readonly what: "grid" | "best" }
  | { readonly type: "warning"; readonly message: string };

export type OnBrainstormEvent = (event: BrainstormEvent) => void;
