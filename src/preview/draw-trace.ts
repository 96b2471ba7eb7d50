/** What a trace shows of a picture; beyond its edges the picture goes on as its own mirror image. */

import { bytesAt, lendMemory, wordsAt } from "../kernels/kernels.ts";
import { shareRows } from "../kernels/share-rows.ts";
import type { ByteImage } from "../tensor/image.ts";
import { NET_BYTES, type Trace, writeNet } from "./trace.ts";

/** Bytes that kernels may read beyond a picture. */
const SPARE = 16;
/** Words that kernels know of a picture, see kernels/assembly/net.ts. */
const LEVEL_WORDS = 4;

/**
 * Bilinear, in the one of `levels` whose pixels are nearest to those of the view in size.
 *
 * @param levels see {@link halvings}
 */
export function drawTrace(trace: Trace, levels: readonly ByteImage[]): ByteImage {
  const { width, height } = trace;
  const data = new Uint8Array(3 * width * height);
  const sizes = [8 * trace.places.length, 4 * LEVEL_WORDS * levels.length, 64];
  const pixels = levels.reduce((sum, level) => sum + level.data.length + SPARE, 0);
  lendMemory([...sizes, pixels], (places, list, settings, first) => {
    writeNet(trace, places, settings);
    wordsAt(settings + NET_BYTES, 2).set([list, levels.length]);
    let place = first;
    levels.forEach((level, i) => {
      bytesAt(place, level.data.length).set(level.data);
      wordsAt(list + 4 * LEVEL_WORDS * i, 3).set([place, level.width, level.height]);
      place += level.data.length + SPARE;
    });
    shareRows(
      { kernel: "drawNet", settings, rows: height, bandRows: 16, rowBytes: 3 * width, scratchBytes: 0 },
      (row, rows, drawn) => data.set(bytesAt(drawn, 3 * width * rows), 3 * width * row),
    );
  });
  return { width, height, data };
}

/** The picture at 1, 1/2, 1/4 … of its size, so that one seen from afar does not flicker. */
export function halvings(picture: ByteImage): ByteImage[] {
  const levels = [picture];
  for (let last = picture; Math.min(last.width, last.height) >= 2; last = levels.at(-1)!) {
    const width = last.width >> 1;
    const height = last.height >> 1;
    const data = new Uint8Array(3 * width * height);
    const line = 3 * last.width;
    for (let row = 0, o = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const s = 2 * row * line + 6 * column;
        for (let k = s; k < s + 3; k++, o++) {
          const sum = last.data[k]! + last.data[k + 3]! + last.data[k + line]! + last.data[k + line + 3]!;
          data[o] = (sum + 2) >> 2;
        }
      }
    }
    levels.push({ width, height, data });
  }
  return levels;
}
