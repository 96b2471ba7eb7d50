/** Ready upscalers in ONNX files, in the manner of Real-ESRGAN; large pictures go through in tiles. */

import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { ByteImage } from "../tensor/image.ts";
import { fromPlanes, toPlanes } from "../tensor/planes.ts";
import { enlargeInTiles } from "./picture-tiles.ts";
import { openOnnxFile, type OnnxFile } from "./onnx-file.ts";
import type { OpenModelOptions } from "./open-model.ts";
import type { Upscaler } from "./picture-networks.ts";
import { result } from "./session.ts";

/** Side of a tile where the network takes any size: memory stays bounded whatever the picture. */
const TILE = 256;

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
    enlarge: (picture) =>
      enlargeInTiles(picture, tile, { scale, where: path }, async (piece) =>
        fromPlanes(await run(file, piece)),
      ),
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
  if (!fits || !Number.isInteger(scale) || scale < 2 || scale > LIMITS.onnx.upscale) {
    await file.session.release();
    throw new ModelError(
      `expected a picture at 2 to ${LIMITS.onnx.upscale} times the size, found [${dims.join(", ")}] for ${width}×${height}`,
      { where: path },
    );
  }
  return scale;
}
