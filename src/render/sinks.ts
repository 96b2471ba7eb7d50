/** What becomes of finished frames: the video, and at the end the stills. */

import { join } from "node:path";
import { EncodeError } from "../errors.ts";
import type { ModelInfo } from "../models/model.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { openScorePool } from "../scoring/score-pool.ts";
import { readFrameRecipe } from "../thumbnails/frame-recipe.ts";
import type { ScoredFrame } from "../thumbnails/select.ts";
import { type Stills, writeStills } from "../thumbnails/write-stills.ts";
import { openFilm } from "../video/film.ts";
import type { EncodingSettings } from "../video/formats.ts";
import { type DepthFinder, openDepthMaps } from "./depth-maps.ts";
import { type Enlarger, openEnlargedFrames } from "./enlarged-frames.ts";
import { frameFile } from "../frame-file.ts";
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
  /** Told of what goes wrong with the video while frames still come. */
  readonly onTrouble: (message: string) => void;
}

/** Opens the sinks of a run in its folder, which has the frames as files. */
export async function openSinks(folder: string, options: SinkOptions): Promise<Sinks> {
  const { settings, plan, stillMeans, model, inference, onTrouble } = options;
  const { fps, name, thumbnails } = settings;
  const { format, upscale } = settings.video;
  const { depth } = settings.motion;
  const enlarged = upscale > 1 ? await openEnlargedFrames(folder, upscale, inference) : null;
  const depthMaps = depth.save ? await openDepthMaps(folder, depth.kind, inference) : null;
  const upscaler = thumbnails.upscale ? inference.upscaler : null;
  const positions = playedPositions(plan);
  const film = await openFilm({
    ...encodingSettings(settings),
    path: join(folder, `video.${format}`),
    segmentFolder: join(folder, "segments"),
    format,
    frames: plan.length,
    metadata: { title: name, settings: { settings, model: { name: model.name, sha256: model.hash } } },
    onTrouble: ({ message }) =>
      onTrouble(
        `a part of the video has to be encoded again, and frames go on: ${message.split("\n", 1)[0]}`,
      ),
  });
  const pool = openScorePool();
  const scores: Promise<ScoredFrame>[] = [];

  async function score(frame: number, image: ByteImage): Promise<ScoredFrame> {
    return { frame, timeSeconds: frame / fps, score: await pool.score(image) };
  }

  return {
    async take({ frame, picture: { file, sha256 } }, image) {
      const read = () => readPngBytes(join(folder, file));
      const picture = image ?? (await read());
      const scoring = score(frame, picture);
      // Thrown where the scores are used; until then a failure must not count as unhandled.
      scoring.catch(() => {});
      scores.push(scoring);
      await depthMaps?.take(frame, picture);
      const shown = enlarged ? await enlarged.take(frame, picture) : image;
      const filmed = {
        position: positions.get(frame)!,
        identity: enlarged ? enlarged.identityOf(sha256) : sha256,
        read: async () => (enlarged ? await enlarged.take(frame, await read()) : await read()),
      };
      await Promise.allSettled([scoring, film.take(filmed, shown)]);
    },

    async finishVideo() {
      try {
        const { path } = await film.finish();
        return path ?? null;
      } catch (error) {
        if (!(error instanceof EncodeError)) throw error;
        const { message, where = folder, hint = "run again" } = error;
        throw new EncodeError(message, {
          where,
          hint: `${hint}; every finished frame is safe, and the same command makes the video from them`,
          cause: error,
        });
      }
    },

    async pickStills() {
      const frames = (await Promise.all(scores)).toSorted((a, b) => a.frame - b.frame);
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

/** Frame → its place in the video, from 0: frames are played from the lowest number to the highest, however they were made. */
function playedPositions(plan: SinkOptions["plan"]): ReadonlyMap<number, number> {
  const played = plan.map(({ frame }) => frame).toSorted((a, b) => a - b);
  return new Map(played.map((frame, position) => [frame, position]));
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
