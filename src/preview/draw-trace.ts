/** What a trace shows of a picture; beyond its edges the picture goes on as its own mirror image. */

import { bytesAt, copyNumbers, doublesAt, lendMemory, wordsAt } from "../kernels/kernels.ts";
import { fillRows } from "../kernels/share-rows.ts";
import type { ByteImage } from "../tensor/image.ts";
import { NET_BYTES, type Trace, writeNet } from "./trace.ts";

/** Bytes of a picture, and those that kernels may read after it. */
function spaceOf({ width, data }: ByteImage): number {
  return data.length + 3 * width + 8;
}

/** What kernels know of a picture, see kernels/assembly/net-picture.ts. */
const LEVEL_BYTES = 40;

/**
 * Bilinear, in the one of `levels` whose pixels are nearest to those of the view in size.
 *
 * @param levels see {@link halvings}
 */
export function drawTrace(trace: Trace, levels: readonly ByteImage[]): ByteImage {
  const { width, height } = trace;
  const data = new Uint8Array(3 * width * height);
  const sizes = [8 * trace.places.length, LEVEL_BYTES * levels.length, 64];
  const pixels = levels.reduce((sum, level) => sum + spaceOf(level), 0);
  lendMemory([...sizes, pixels], (places, list, settings, first) => {
    writeNet(trace, places, settings);
    wordsAt(settings + NET_BYTES, 2).set([list, levels.length]);
    let place = first;
    levels.forEach((level, i) => {
      copyNumbers(level.data, bytesAt(place, level.data.length));
      const about = list + LEVEL_BYTES * i;
      wordsAt(about, 3).set([place, level.width, level.height]);
      doublesAt(about + 16, 3).set([level.width - 1, level.height - 1, 2 ** -i]);
      place += spaceOf(level);
    });
    fillRows({ kernel: "drawNet", settings, rows: height, bandRows: 16, scratchBytes: 0 }, data);
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
