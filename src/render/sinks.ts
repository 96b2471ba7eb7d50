/** What becomes of finished frames: the video, and at the end the stills. */

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../files.ts";
import type { ModelInfo } from "../models/model.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { chooseSheetFrames, encodeContactSheet } from "../thumbnails/contact-sheet.ts";
import { openScorePool } from "../scoring/score-pool.ts";
import { type ScoredFrame, describeShortfall, selectStills } from "../thumbnails/select.ts";
import { encodeStill } from "../thumbnails/still.ts";
import { openVideo } from "../video/encoder.ts";
import type { EncodingSettings } from "../video/formats.ts";
import { type DepthFinder, openDepthMaps } from "./depth-maps.ts";
import { type Enlarger, enlargeToCover, openEnlargedFrames } from "./enlarged-frames.ts";
import { frameFile } from "./run-folder.ts";

export interface Thumbnail {
  /** Absolute path of the JPEG. */
  readonly file: string;
  readonly frame: number;
  /** 0–1, the weighted rank that chose it. */
  readonly merit: number;
}

export interface Stills {
  /** Best first. */
  readonly thumbnails: readonly Thumbnail[];
  readonly contactSheet: string | null;
  /** Why there are fewer stills than asked for. */
  readonly warnings: readonly string[];
}

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
  model: ModelInfo,
  inference: Enlarger & DepthFinder,
): Promise<Sinks> {
  const { fps, name, thumbnails } = settings;
  const { format, upscale } = settings.video;
  const { depth } = settings.motion;
  const enlarged = upscale > 1 ? await openEnlargedFrames(folder, upscale, inference) : null;
  const depthMaps = depth.save ? await openDepthMaps(folder, depth.kind, inference) : null;
  const enlargesStills = thumbnails.upscale && inference.upscaler !== null;
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
      const scored = await Promise.all(scores);
      const selection = selectStills(scored, thumbnails.count);
      const readFrame = (frame: number) => readPngBytes(join(folder, frameFile(frame)));
      await rm(join(folder, "thumbnails"), { recursive: true, force: true });
      await mkdir(join(folder, "thumbnails"), { recursive: true });
      const chosen: Thumbnail[] = [];
      for (const { frame, merit } of selection.picked) {
        const rank = chosen.length + 1;
        const file = join(folder, "thumbnails", `${rank}-frame-${String(frame).padStart(6, "0")}.jpg`);
        const { width, height, max_bytes: maxBytes } = thumbnails;
        const picture = await readFrame(frame);
        const large = enlargesStills ? await enlargeToCover(picture, { width, height }, inference) : picture;
        await writeFileAtomic(file, await encodeStill(large, { width, height, maxBytes }));
        chosen.push({ file, frame, merit });
      }

      const merits = new Map(selection.ranked.map(({ frame, merit }) => [frame, merit]));
      const ranks = new Map(chosen.map(({ frame }, index) => [frame, index + 1]));
      const shown = chooseSheetFrames(scored.length, [...ranks.keys()]);
      const tiles = shown.map(async (frame) => ({
        frame,
        timeSeconds: frame / fps,
        image: await readFrame(frame),
        merit: merits.get(frame),
        rank: ranks.get(frame),
      }));
      const contactSheet = join(folder, "contact-sheet.jpg");
      await writeFileAtomic(contactSheet, await encodeContactSheet(await Promise.all(tiles)));

      const shortfall = describeShortfall(selection, thumbnails.count);
      return { thumbnails: chosen, contactSheet, warnings: shortfall === undefined ? [] : [shortfall] };
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
