/** Pictures of any size through networks for one: in tiles that overlap, put together again. */

import { ModelError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";

/** Pixels that each tile sees beyond its own, so that no seam shows. */
const OVERLAP = 16;

/**
 * A picture enlarged tile by tile.
 *
 * @param tile size in pixels of what the network is given; beyond the right and lower edge of a smaller picture the last pixels are repeated
 * @param scale of the network
 * @param where of it, for errors
 * @throws ModelError when the network gives a picture of another size than it should
 */
export async function enlargeInTiles(
  picture: ByteImage,
  tile: { readonly width: number; readonly height: number },
  { scale, where }: { readonly scale: number; readonly where: string },
  enlarge: (piece: ByteImage) => Promise<ByteImage>,
): Promise<ByteImage> {
  const { width, height } = picture;
  const enlarged = new Uint8Array(3 * width * height * scale * scale);
  for (const rows of spans(height, tile.height)) {
    for (const columns of spans(width, tile.width)) {
      const made = await enlarge(cut(picture, columns.start, rows.start, tile.width, tile.height));
      if (made.width !== tile.width * scale || made.height !== tile.height * scale) {
        throw new ModelError(
          `expected ${tile.width * scale}×${tile.height * scale} for ${tile.width}×${tile.height}, found ${made.width}×${made.height}`,
          { where, hint: "its factor must be the same for every picture" },
        );
      }
      paste(made, enlarged, { rows, columns, width, scale });
    }
  }
  return { width: width * scale, height: height * scale, data: enlarged };
}

/** A stretch of a line of pixels: the tile starts at `start`, its own pixels are `from` … `to` − 1. */
interface Span {
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

/** The tiles along a line. All have the same length; the last one is moved back so that it ends with the line. */
export function spans(length: number, tile: number): Span[] {
  const list: Span[] = [];
  // A tile of a few pixels would have nothing of its own.
  const overlap = Math.min(OVERLAP, tile >> 2);
  let from = 0;
  while (from < length) {
    const start = Math.max(0, Math.min(from - overlap, length - tile));
    const to = start + tile >= length ? length : start + tile - overlap;
    list.push({ start, from, to });
    from = to;
  }
  return list;
}

/** A part of a picture; beyond its right and lower edge the last pixels are repeated. */
function cut(picture: ByteImage, left: number, top: number, width: number, height: number): ByteImage {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0, o = 0; y < height; y++) {
    const row = Math.min(picture.height - 1, top + y);
    for (let x = 0; x < width; x++) {
      const s = 3 * (row * picture.width + Math.min(picture.width - 1, left + x));
      data[o++] = picture.data[s]!;
      data[o++] = picture.data[s + 1]!;
      data[o++] = picture.data[s + 2]!;
    }
  }
  return { width, height, data };
}

function paste(
  made: ByteImage,
  target: Uint8Array,
  { rows, columns, width, scale }: { rows: Span; columns: Span; width: number; scale: number },
): void {
  for (let y = rows.from * scale; y < rows.to * scale; y++) {
    const source = 3 * ((y - rows.start * scale) * made.width + (columns.from - columns.start) * scale);
    const length = 3 * (columns.to - columns.from) * scale;
    target.set(made.data.subarray(source, source + length), 3 * (y * width * scale + columns.from * scale));
  }
}
