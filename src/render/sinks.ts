/** What becomes of finished frames: the video, and at the end the stills. */

import { join } from "node:path";
import type { ModelInfo } from "../models/model.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { openScorePool } from "../scoring/score-pool.ts";
import { readFrameRecipe } from "../thumbnails/frame-recipe.ts";
import type { ScoredFrame } from "../thumbnails/select.ts";
import { type Stills, writeStills } from "../thumbnails/write-stills.ts";
import { openVideo } from "../video/encoder.ts";
import type { EncodingSettings } from "../video/formats.ts";
import { type DepthFinder, openDepthMaps } from "./depth-maps.ts";
import { type Enlarger, openEnlargedFrames } from "./enlarged-frames.ts";
import { frameFile } from "../frame-file.ts";
import type { StillMeans } from "./still-means.ts";

/** Takes every frame once, as they are played, of an unfinished run those that there are. Exactly one of `close` and `abort` ends it. */
export interface Sinks {
  /** Encodes and scores a frame; resolves when there is room for another. */
  take(frame: number, image: ByteImage): Promise<void>;
  /** Completes and verifies the video; null for the format png. Throws EncodeError. */
  finishVideo(): Promise<string | null>;
  /** Chooses the stills among the frames taken and writes them with the contact sheet. */
  pickStills(): Promise<Stills>;
  close(): Promise<void>;
  /** Gives up and removes what is half-written. */
  abort(): Promise<void>;
}

/** Opens the sinks of a run in its folder, which has the frames as files. */
export async function openSinks(
  folder: string,
  settings: Settings,
  stillMeans: StillMeans,
  model: ModelInfo,
  inference: Enlarger & DepthFinder,
): Promise<Sinks> {
  const { fps, name, thumbnails } = settings;
  const { format, upscale } = settings.video;
  const { depth } = settings.motion;
  const enlarged = upscale > 1 ? await openEnlargedFrames(folder, upscale, inference) : null;
  const depthMaps = depth.save ? await openDepthMaps(folder, depth.kind, inference) : null;
  const upscaler = thumbnails.upscale ? inference.upscaler : null;
  const video = await openVideo({
    ...encodingSettings(settings),
    path: join(folder, `video.${format}`),
    format,
    metadata: { title: name, settings: { settings, model: { name: model.name, sha256: model.hash } } },
  });
  const pool = openScorePool();
  const scores: Promise<ScoredFrame>[] = [];

  async function score(frame: number, image: ByteImage): Promise<ScoredFrame> {
    return { frame, timeSeconds: frame / fps, score: await pool.score(image) };
  }

  return {
    async take(frame, image) {
      const scoring = score(frame, image);
      // Thrown where the scores are used; until then a failure must not count as unhandled.
      scoring.catch(() => {});
      scores.push(scoring);
      await depthMaps?.take(frame, image);
      await video.write(enlarged ? await enlarged.take(frame, image) : image);
    },

    async finishVideo() {
      const { path } = await video.finish();
      return path ?? null;
    },

    async pickStills() {
      return writeStills({
        ...stillMeans,
        thumbnails,
        folder: join(folder, "thumbnails"),
        contactSheet: join(folder, "contact-sheet.jpg"),
        frames: await Promise.all(scores),
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
      await video.abort();
      await pool.close();
    },
  };
}

/** What the video of these settings asks of the encoder. */
export function encodingSettings({ size, fps, video }: Settings): EncodingSettings {
  const { width, height } = size;
  return {
    width: width * video.upscale,
    height: height * video.upscale,
    fps,
    crf: video.crf,
    preset: video.preset,
    threads: VIDEO_THREADS,
  };
}

/** Pinned: the encoder's output depends on its number of threads, and a render leaves the other cores to the model. */
const VIDEO_THREADS = 2;
