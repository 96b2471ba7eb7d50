/** Room for pictures in the kernels' memory: what one kernel has written there another reads without a copy. */

import { floatsAt, lendMemory, roundUp } from "./kernels.ts";

/** Where the next picture goes, and where the room ends, in bytes; null while none is lent. */
let room: { next: number; readonly end: number } | null = null;

/** Buffers that pictures have been taken from: memory that grows gets a new one, and views of the old ones stay good. */
const buffers = new WeakSet<ArrayBufferLike>();

/** Bytes after each picture that kernels may read and overwrite. */
const SPARE = 64;

/** Memory that was lent once is never given back: of large pictures fewer find room. */
const MOST_BYTES = 2 ** 27;

/**
 * Lends room for the time of `use`, which ends when it returns: what it takes must not be looked at afterwards, so whatever leaves is a copy. Calls may be
 * nested; the inner one has a room of its own.
 *
 * @param count pictures that fit, fewer if they take more than 128 MB
 * @param length floats of each
 */
export function lendRoom<T>(count: number, length: number, use: () => T): T {
  const each = roundUp(4 * length, SPARE) + SPARE;
  const bytes = each * Math.min(count, Math.floor(MOST_BYTES / each));
  return lendMemory([bytes], (place) => {
    const outer = room;
    room = { next: place, end: place + bytes };
    try {
      return use();
    } finally {
      room = outer;
    }
  });
}

/** Floats that hold anything, from the room that is lent; null where none is or it is full. */
export function takeRoom(length: number): Float32Array<SharedArrayBuffer> | null {
  if (room === null || room.next + 4 * length + SPARE > room.end) return null;
  const floats = floatsAt(room.next, length);
  room.next += roundUp(4 * length, SPARE) + SPARE;
  buffers.add(floats.buffer);
  return floats;
}

/** Where floats lie in the kernels' memory; null for floats that were not taken from a room. */
export function placeOf(floats: Float32Array): number | null {
  return buffers.has(floats.buffer) ? floats.byteOffset : null;
}

/** Bytes that a copy of `floats` takes in the kernels' memory: 0 for floats that lie there. */
export function copyBytes(floats: Float32Array): number {
  return placeOf(floats) === null ? floats.byteLength : 0;
}
