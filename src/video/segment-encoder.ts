/** One piece of a film through one ffmpeg process into the store. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { EncodeError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { encoderArguments, openVideo } from "./encoder.ts";
import type { EncodingSettings, SegmentedFormat } from "./formats.ts";
import type { VideoTools } from "./locate.ts";
import { hashPackets, readPackets } from "./packets.ts";
import { hashFile, type Segment, type SegmentStore } from "./segment-store.ts";

export interface SegmentOptions extends EncodingSettings {
  readonly format: SegmentedFormat;
  readonly tools: VideoTools;
  readonly stallSeconds?: number | undefined;
}

/** Exactly one of `finish` and `abort` is owed. */
export interface SegmentEncoder {
  /** @throws EncodeError as {@link openVideo}'s sink */
  write(image: ByteImage): Promise<void>;
  /** Verifies the piece by decoding it and puts it into the store. @throws EncodeError when it is not whole */
  finish(key: string): Promise<Segment>;
  /** Safe at any time, also twice. */
  abort(): Promise<void>;
}

/** Starts ffmpeg. @throws EncodeError when it cannot be started */
export async function openSegmentEncoder(
  options: SegmentOptions,
  store: SegmentStore,
  signal: AbortSignal,
): Promise<SegmentEncoder> {
  const { ffmpeg } = options.tools;
  const sink = await openVideo({ ...options, path: join(store.folder, "open.mp4"), isSegment: true });
  return {
    write: (image) => sink.write(image),
    async finish(key) {
      const path = store.pathOf(key);
      const { frames } = await sink.finish(path);
      const { packets } = await readPackets(ffmpeg.path, path, signal);
      if (packets.length !== frames) {
        const message = `expected ${frames} packets in the piece, found ${packets.length}`;
        throw new EncodeError(message, { where: path });
      }
      const segment = { key, frames, sha256: await hashFile(path), packets: hashPackets(packets) };
      await store.add(segment);
      return segment;
    },
    abort: () => sink.abort(),
  };
}

/** Hash of everything that decides how pictures are encoded: every option, and the build of ffmpeg. */
export function encodingHash(options: SegmentOptions): string {
  const { format, tools } = options;
  const words = encoderArguments(format, { ...options, isSegment: true });
  return hashOf({ words, build: tools.ffmpeg.build });
}

/**
 * The name of a piece.
 *
 * @param identities hashes of its pictures, in order
 * @param encoding see {@link encodingHash}
 */
export function segmentKey(identities: readonly string[], encoding: string): string {
  return hashOf({ encoding, identities });
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
