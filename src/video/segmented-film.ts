/**
 * A film in pieces of a fixed number of frames. Where one ends is decided by the plan, never by when frames arrive, so the same frames give the
 * same pieces, and the same pieces the same film.
 *
 * A piece whose first frame arrives with its picture gets an encoder at once and is fed as its frames come. Every other piece, and one whose
 * encoder failed, is encoded from the stored frames when it has them all; an unfinished run's last pieces at the end.
 */

import { join } from "node:path";
import { EncodeError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { type FinishedVideo, metadataOptions } from "./encoder.ts";
import type { Film, FilmFrame, FilmJob } from "./film.ts";
import { filmKey, forgetFilm, isFilmOf, recordFilm } from "./film-record.ts";
import type { SegmentedFormat } from "./formats.ts";
import { frameRate } from "./frame-rate.ts";
import { isHang } from "./hang.ts";
import { joinSegments } from "./join.ts";
import { retry } from "./retry.ts";
import {
  encodingHash,
  openSegmentEncoder,
  type SegmentEncoder,
  segmentKey,
  type SegmentOptions,
} from "./segment-encoder.ts";
import { openSegmentStore, type Segment } from "./segment-store.ts";

/**
 * Frames per piece. What a kill costs is encoding as many again; a hundred frames of 256 × 256 in pieces of 120 take 0.1 % more bytes than in one,
 * at the same similarity to the original, since an encoder begins anew every 250 frames anyway.
 */
export const SEGMENT_FRAMES = 120;
/** Open encoders, 30 to 150 MB each: those of shots that are rendered side by side. The pieces of further shots are encoded when they are whole. */
const MAX_OPEN = 3;

interface Piece {
  /** Positions of its first frame and of the one after its last. */
  readonly start: number;
  readonly end: number;
  readonly frames: Map<number, FilmFrame>;
  /** What is done for it is done one after the other. */
  turn: Promise<void>;
  /** Fed with its first `fed` frames. */
  encoder: SegmentEncoder | undefined;
  fed: number;
  segment: Segment | undefined;
}

/** Opens a film. @throws FileError when the folder of its pieces cannot be made, EncodeError when its tags are too long */
export async function openSegmentedFilm(job: FilmJob & { readonly format: SegmentedFormat }): Promise<Film> {
  const { width, height, fps, crf, preset, threads, format, tools, stallSeconds } = job;
  const { path, segmentFolder, segmentFrames = SEGMENT_FRAMES, soundtrack } = job;
  const options: SegmentOptions = { width, height, fps, crf, preset, threads, format, tools, stallSeconds };
  const encoding = encodingHash(options);
  const metadata = metadataOptions(job.metadata);
  const rate = frameRate(fps);
  const store = await openSegmentStore(segmentFolder);
  const record = join(segmentFolder, "film.json");
  const pieces = new Map<number, Piece>();
  const stop = new AbortController();
  const { signal } = stop;
  /** Pieces that are closed, one after the other, while frames come. */
  let closing: Promise<void> = Promise.resolve();
  let openCount = 0;
  /** Set once encoding has failed again: what is left of it waits for the end, and frames go on. */
  let isPostponed = false;

  function pieceOf(position: number): Piece {
    const start = position - (position % segmentFrames);
    let piece = pieces.get(start);
    if (!piece) {
      const end = Math.min(start + segmentFrames, job.frames);
      const nothing = { encoder: undefined, fed: 0, segment: undefined };
      piece = { start, end, frames: new Map(), turn: Promise.resolve(), ...nothing };
      pieces.set(start, piece);
    }
    return piece;
  }

  async function openEncoder(piece: Piece): Promise<SegmentEncoder> {
    openCount++;
    try {
      piece.encoder = await openSegmentEncoder(options, store, signal);
      piece.fed = 0;
      return piece.encoder;
    } catch (error) {
      openCount--;
      throw error;
    }
  }

  async function closeEncoder(piece: Piece): Promise<void> {
    if (!piece.encoder) return;
    const { encoder } = piece;
    piece.encoder = undefined;
    openCount--;
    await encoder.abort();
  }

  /** Whatever can be done now that a frame is there. */
  async function advance(piece: Piece, frame: FilmFrame, image: ByteImage | undefined): Promise<void> {
    piece.frames.set(frame.position, frame);
    if (isPostponed || signal.aborted) return;
    try {
      const isFirst = image !== undefined && frame.position === piece.start;
      // A render that is faster than the encoder waits for it, rather than for the disk later.
      if (isFirst && openCount >= MAX_OPEN) await closing;
      if (isFirst && openCount < MAX_OPEN) await openEncoder(piece);
      for (let next = nextToFeed(piece); piece.encoder && next; next = nextToFeed(piece)) {
        await piece.encoder.write(next === frame && image ? image : await next.read());
        piece.fed++;
      }
    } catch (error) {
      await closeEncoder(piece);
      tell(error, isHang(error));
    }
    if (piece.frames.size === piece.end - piece.start) closing = closing.then(() => closeEarly(piece));
  }

  async function closeEarly(piece: Piece): Promise<void> {
    if (isPostponed || signal.aborted) return;
    try {
      await close(piece);
    } catch (error) {
      tell(error, true);
    }
  }

  function tell(error: unknown, postpone: boolean): void {
    if (signal.aborted) return;
    isPostponed ||= postpone;
    job.onTrouble?.(error as Error);
  }

  /** Finds or makes the segment of a piece's frames, by feeding its encoder the rest of them or, when that fails, a new one all of them. */
  async function close(piece: Piece): Promise<Segment> {
    if (piece.segment) return piece.segment;
    const frames = [...piece.frames.values()].toSorted((a, b) => a.position - b.position);
    const identities = frames.map(({ identity }) => identity);
    const key = segmentKey(identities, encoding);
    try {
      piece.segment = await store.find(key, frames.length);
      piece.segment ??= await retry(async () => {
        const encoder = piece.encoder ?? (await openEncoder(piece));
        try {
          for (const frame of frames.slice(piece.fed)) {
            await encoder.write(await frame.read());
            if (signal.aborted) throw new EncodeError("the video was given up");
          }
          return await encoder.finish(key);
        } finally {
          await closeEncoder(piece);
        }
      }, signal);
    } finally {
      await closeEncoder(piece);
    }
    return piece.segment;
  }

  return {
    async take(frame, image) {
      const piece = pieceOf(frame.position);
      piece.turn = piece.turn.then(() => advance(piece, frame, image));
      await piece.turn;
    },

    async finish(): Promise<FinishedVideo> {
      await Promise.all([...pieces.values()].map(({ turn }) => turn));
      await closing;
      const segments: Segment[] = [];
      for (const piece of [...pieces.values()].toSorted((a, b) => a.start - b.start)) {
        segments.push(await close(piece));
      }
      const frames = segments.reduce((sum, segment) => sum + segment.frames, 0);
      if (frames === 0)
        throw new EncodeError("a video needs at least one frame, none was written", { where: path });
      const keys = segments.map(({ key }) => key);
      const film = filmKey({ keys, metadata, format, sound: soundtrack?.sha256 });
      if (!(await isFilmOf(film, path, record))) {
        await forgetFilm(record);
        await retry(
          () => joinSegments({ tools, store, segments, format, rate, metadata, soundtrack, path, signal }),
          signal,
        );
        await recordFilm(film, path, record);
      }
      if (frames === job.frames) await store.keepOnly(new Set(keys));
      return { path, frames };
    },

    async abort() {
      stop.abort();
      await Promise.all([...pieces.values()].map(closeEncoder));
      await Promise.all([...pieces.values()].map(({ turn }) => turn));
      await closing;
      await Promise.all([...pieces.values()].map(closeEncoder));
    },
  };
}

/** The frame that the encoder is to be given next, when it is there. */
function nextToFeed({ start, fed, frames }: Piece): FilmFrame | undefined {
  return frames.get(start + fed);
}
