/** A GIF: one palette for all of its frames, so one process encodes them all at the end. */

import { join } from "node:path";
import { EncodeError } from "../errors.ts";
import { openVideo } from "./encoder.ts";
import type { Film, FilmFrame, FilmJob } from "./film.ts";
import { filmKey, forgetFilm, isFilmOf, recordFilm } from "./film-record.ts";
import { encoderArguments } from "./encoder.ts";
import { retry } from "./retry.ts";
import { openSegmentStore } from "./segment-store.ts";

/** Opens a GIF; nothing is encoded before `finish`. */
export async function openWholeFilm(job: FilmJob): Promise<Film> {
  const { path, segmentFolder, tools } = job;
  const store = await openSegmentStore(segmentFolder);
  const record = join(segmentFolder, "film.json");
  const stop = new AbortController();
  const taken: FilmFrame[] = [];

  async function encode(frames: readonly FilmFrame[]): Promise<void> {
    const video = await openVideo({ ...job, format: "gif" });
    try {
      for (const frame of frames) {
        await video.write(await frame.read());
        if (stop.signal.aborted) throw new EncodeError("the video was given up");
      }
      await video.finish();
    } finally {
      await video.abort();
    }
  }

  return {
    async take(frame) {
      taken.push(frame);
    },
    async finish() {
      const frames = taken.toSorted((a, b) => a.position - b.position);
      const words = encoderArguments("gif", job);
      const identities = frames.map(({ identity }) => identity);
      const key = filmKey({ words, build: tools.ffmpeg.build, identities });
      if (!(await isFilmOf(key, path, record))) {
        await forgetFilm(record);
        await retry(() => encode(frames), stop.signal);
        await recordFilm(key, path, record);
      }
      if (frames.length === job.frames) await store.keepOnly(new Set());
      return { path, frames: frames.length };
    },
    async abort() {
      stop.abort();
    },
  };
}
