/** What becomes of finished frames: the video, and at the end the stills. */

import { join } from "node:path";
import type { ModelInfo } from "../models/model.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { createScoreLedger } from "../scoring/score-ledger.ts";
import { openScorePool } from "../scoring/score-pool.ts";
import { readFrameRecipe } from "../thumbnails/frame-recipe.ts";
import { type Stills, writeStills } from "../thumbnails/write-stills.ts";
import type { Soundtrack } from "../video/soundtrack.ts";
import { type DepthFinder, openDepthMaps } from "./depth-maps.ts";
import { type Enlarger, openEnlargedFrames } from "./enlarged-frames.ts";
import { frameFile } from "../frame-file.ts";
import { openRunFilm } from "./run-film.ts";
import type { JournalEntry } from "./run-folder.ts";
import type { StillMeans } from "./still-means.ts";

/** Takes every finished frame once, in any order, from one shot or several side by side. */
export interface Delivery {
  /**
   * Encodes and scores a frame; resolves when there is room for another.
   *
   * @param image read from the folder when it is not given
   */
  take(entry: JournalEntry, image?: ByteImage): Promise<void>;
}

/** Exactly one of `close` and `abort` ends it. */
export interface Sinks extends Delivery {
  /** Completes and verifies the video of the frames that there are; null for the format png. Throws EncodeError. */
  finishVideo(): Promise<string | null>;
  /** Chooses the stills among the frames taken and writes them with the contact sheet. */
  pickStills(): Promise<Stills>;
  close(): Promise<void>;
  /** Gives up and removes what is half-written. */
  abort(): Promise<void>;
}

export interface SinkOptions {
  readonly settings: Settings;
  /** All frames that may come. */
  readonly plan: readonly Pick<FramePlan, "frame">[];
  readonly stillMeans: StillMeans;
  readonly model: Pick<ModelInfo, "name" | "hash">;
  readonly inference: Enlarger & DepthFinder;
  readonly soundtrack: Soundtrack | undefined;
  /** Told of what goes wrong with the video while frames still come. */
  readonly onTrouble: (message: string) => void;
}

/** Opens the sinks of a run in its folder, which has the frames as files. */
export async function openSinks(folder: string, options: SinkOptions): Promise<Sinks> {
  const { settings, plan, stillMeans, model, inference, soundtrack, onTrouble } = options;
  const { fps, name, thumbnails } = settings;
  const { upscale } = settings.video;
  const { depth } = settings.motion;
  const enlarged = upscale > 1 ? await openEnlargedFrames(folder, upscale, inference) : null;
  const depthMaps = depth.save ? await openDepthMaps(folder, depth.kind, inference) : null;
  const upscaler = thumbnails.upscale ? inference.upscaler : null;
  const film = await openRunFilm(folder, { settings, plan, model, enlarged, soundtrack, onTrouble });
  const pool = openScorePool();
  const ledger = createScoreLedger();
  /** Why a frame has no score; thrown where the scores are used. */
  let scoringError: unknown;

  async function score(frame: number, image: ByteImage): Promise<void> {
    try {
      ledger.add(frame, await pool.score(image));
    } catch (error) {
      scoringError ??= error;
    }
  }

  return {
    async take(entry, image) {
      const { frame } = entry;
      const picture = image ?? (await readPngBytes(join(folder, entry.picture.file)));
      const scoring = score(frame, picture);
      await depthMaps?.take(frame, picture);
      const shown = enlarged ? await enlarged.take(frame, picture) : image;
      await Promise.allSettled([scoring, film.take(entry, shown)]);
    },

    finishVideo: () => film.finish(),

    async pickStills() {
      if (scoringError !== undefined) throw scoringError;
      const frames = ledger.scores().map((scored) => ({ ...scored, timeSeconds: scored.frame / fps }));
      return writeStills({
        ...stillMeans,
        thumbnails,
        folder: join(folder, "thumbnails"),
        contactSheet: join(folder, "contact-sheet.jpg"),
        frames,
        source: {
          kind: "run",
          name,
          read: ({ frame }) => readPngBytes(join(folder, frameFile(frame))),
          recipe: ({ frame }) => readFrameRecipe(join(folder, frameFile(frame))),
          settings,
        },
        upscaler: upscaler && { name: upscaler.name, enlarge: (picture) => inference.enlarge(picture) },
      });
    },

    close: () => pool.close(),

    async abort() {
      await film.abort();
      await pool.close();
    },
  };
}
