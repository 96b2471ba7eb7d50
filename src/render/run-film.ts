/** The video of a run: its frames as they are played, enlarged where the settings ask for it. */

import { join } from "node:path";
import { EncodeError } from "../errors.ts";
import type { ModelInfo } from "../models/model.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { openFilm } from "../video/film.ts";
import type { EncodingSettings } from "../video/formats.ts";
import type { Soundtrack } from "../video/soundtrack.ts";
import type { EnlargedFrames } from "./enlarged-frames.ts";
import type { JournalEntry } from "./journal-entry.ts";

export interface RunFilmOptions {
  /** With the seed drawn. */
  readonly settings: Settings;
  /** All frames that may come. */
  readonly plan: readonly Pick<FramePlan, "frame">[];
  /** Of the first drawn frame, for the tags of the file. */
  readonly model: Pick<ModelInfo, "name" | "hash">;
  /** Null: the video has the frames' own size. */
  readonly enlarged: EnlargedFrames | null;
  /** Undefined: the video is silent. */
  readonly soundtrack: Soundtrack | undefined;
  /** Told of what goes wrong while frames still come. */
  readonly onTrouble: (message: string) => void;
}

/** Exactly one of `finish` and `abort` is owed. */
export interface RunFilm {
  /**
   * Takes a finished frame, in any order; never rejects.
   *
   * @param shown its picture at the size of the video, when it is at hand
   */
  take(entry: JournalEntry, shown?: ByteImage): Promise<void>;
  /** @returns the path, null for the format png; throws EncodeError that says that the frames are safe */
  finish(): Promise<string | null>;
  abort(): Promise<void>;
}

/** Opens the video of a run in its folder. @throws EncodeError when ffmpeg is missing or cannot write the format */
export async function openRunFilm(folder: string, options: RunFilmOptions): Promise<RunFilm> {
  const { settings, plan, model, enlarged, soundtrack, onTrouble } = options;
  const { format } = settings.video;
  const positions = playedPositions(plan);
  const film = await openFilm({
    ...encodingSettings(settings),
    path: join(folder, `video.${format}`),
    segmentFolder: join(folder, "segments"),
    format,
    frames: plan.length,
    soundtrack,
    metadata: {
      title: settings.name,
      settings: { settings, model: { name: model.name, sha256: model.hash } },
    },
    onTrouble: ({ message }) =>
      onTrouble(
        `a part of the video has to be encoded again, and frames go on: ${message.split("\n", 1)[0]}`,
      ),
  });

  return {
    async take({ frame, picture: { file, sha256 } }, shown) {
      const filmed = {
        position: positions.get(frame)!,
        identity: enlarged ? enlarged.identityOf(sha256) : sha256,
        async read() {
          const picture = await readPngBytes(join(folder, file));
          return enlarged ? await enlarged.take(frame, picture) : picture;
        },
      };
      await film.take(filmed, shown);
    },

    async finish() {
      try {
        const { path } = await film.finish();
        return path ?? null;
      } catch (error) {
        if (!(error instanceof EncodeError)) throw error;
        const { message, where = folder, hint = "run again" } = error;
        throw new EncodeError(message, {
          where,
          hint: `${hint}; every finished frame is safe, and --stitch makes the video of them`,
          cause: error,
        });
      }
    },

    abort: () => film.abort(),
  };
}

/** Frame → its place in the video, from 0: frames are played from the lowest number to the highest, however they were made. */
function playedPositions(plan: RunFilmOptions["plan"]): ReadonlyMap<number, number> {
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
