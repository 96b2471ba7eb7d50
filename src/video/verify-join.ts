/** Whether a joined film is what it was joined from: every packet of every piece, in order, and evenly spaced in time. */

import { EncodeError } from "../errors.ts";
import type { FrameRate } from "./frame-rate.ts";
import { hashPackets, type PacketList } from "./packets.ts";
import type { SegmentFacts } from "./segment-store.ts";

/**
 * Compares the film with its pieces.
 *
 * @throws EncodeError that says which piece or frame differs
 */
export function verifyJoin(film: PacketList, segments: readonly SegmentFacts[], rate: FrameRate): void {
  const expected = segments.reduce((sum, { frames }) => sum + frames, 0);
  const { packets } = film;
  if (packets.length !== expected) {
    throw new EncodeError(`expected ${expected} frames in the joined video, found ${packets.length}`);
  }
  let first = 0;
  for (const [index, { frames, packets: hash }] of segments.entries()) {
    const found = hashPackets(packets.slice(first, first + frames));
    if (found !== hash) {
      throw new EncodeError(
        `frames ${first} to ${first + frames - 1} of the joined video are not those that were encoded: expected packets ${hash.slice(0, 16)}, found ${found.slice(0, 16)} in piece ${index + 1} of ${segments.length}`,
      );
    }
    first += frames;
  }
  verifyTimes(film, rate);
}

/** Shown at even steps, decoded one after the other; within a tick, which is all that WebM's milliseconds allow. */
function verifyTimes({ packets, tick }: PacketList, { numerator, denominator }: FrameRate): void {
  const step = (denominator * tick.denominator) / (numerator * tick.numerator);
  let last = -Infinity;
  for (const [index, { dts }] of packets.entries()) {
    if (dts === undefined || dts <= last) {
      throw new EncodeError(
        `expected packet ${index} of the joined video to be decoded after ${last}, found ${dts}`,
      );
    }
    last = dts;
  }
  const shown = packets.map(({ pts }) => pts ?? NaN).toSorted((a, b) => a - b);
  for (const [index, pts] of shown.entries()) {
    const expected = shown[0]! + index * step;
    // Not the other way round: it must fail where a time is not there.
    if (!(Math.abs(pts - expected) <= 1)) {
      throw new EncodeError(`expected frame ${index} of the joined video at ${expected}, found ${pts}`);
    }
  }
}
