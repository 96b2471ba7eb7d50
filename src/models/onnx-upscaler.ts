/** Ready upscalers in ONNX files, in the manner of Real-ESRGAN; large pictures go through in tiles. */

import { ModelError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { fromPlanes, toPlanes } from "../tensor/planes.ts";
import { openOnnxFile, type OnnxFile } from "./onnx-file.ts";
import type { OpenModelOptions } from "./open-model.ts";
import type { Upscaler } from "./picture-networks.ts";
import { result } from "./session.ts";

/** Side of a tile where the network takes any size: memory stays bounded whatever the picture. */
const TILE = 256;
/** Pixels that each tile sees beyond its own, so that no seam shows. */
const OVERLAP = 16;
const MAX_SCALE = 8;

/**
 * Opens an ONNX file that enlarges a picture `[1, 3, h, w]`, 0–1, by a whole factor. The factor is found by a first run.
 *
 * @throws ModelError when the file takes or gives something else
 */
export async function openOnnxUpscaler(path: string, options: OpenModelOptions): Promise<Upscaler> {
  const file = await openOnnxFile("upscaler", path, options);
  const tile = { width: file.width ?? TILE, height: file.height ?? TILE };
  const scale = await findScale(file, path);
  return {
    info: { name: file.name, hash: file.hash, scale },
    async enlarge(picture) {
      const { width, height } = picture;
      const enlarged = new Uint8Array(3 * width * height * scale * scale);
      for (const rows of spans(height, tile.height)) {
        for (const columns of spans(width, tile.width)) {
          const piece = cut(picture, columns.start, rows.start, tile.width, tile.height);
          const made = fromPlanes(await run(file, piece));
          paste(made, enlarged, { rows, columns, width, scale });
        }
      }
      return { width: width * scale, height: height * scale, data: enlarged };
    },
    release: () => file.session.release(),
  };
}

async function run(file: OnnxFile, picture: ByteImage) {
  return result(await file.session.run({ [file.input]: toPlanes(picture) }), file.output);
}

async function findScale(file: OnnxFile, path: string): Promise<number> {
  const [width, height] = [file.width ?? 64, file.height ?? 64];
  const { dims } = await run(file, { width, height, data: new Uint8Array(3 * width * height) });
  const scale = dims[3]! / width;
  const fits = dims.length === 4 && dims[1] === 3 && dims[2] === height * scale;
  if (!fits || !Number.isInteger(scale) || scale < 2 || scale > MAX_SCALE) {
    await file.session.release();
    throw new ModelError(
      `expected a picture at 2 to ${MAX_SCALE} times the size, found [${dims.join(", ")}] for ${width}×${height}`,
      { where: path },
    );
  }
  return scale;
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
  let from = 0;
  while (from < length) {
    const start = Math.max(0, Math.min(from - OVERLAP, length - tile));
    const to = start + tile >= length ? length : start + tile - OVERLAP;
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
