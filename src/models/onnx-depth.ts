/** Ready depth networks in ONNX files: MiDaS, DPT, Depth Anything and their kin. */

import { dirname } from "node:path";
import { ModelError } from "../errors.ts";
import { resizePlanes, toPlanes } from "../tensor/planes.ts";
import { fittedSize, readDepthPreprocessing } from "./depth-preprocessing.ts";
import { hashModel } from "./model-hash.ts";
import { openOnnxFile } from "./onnx-file.ts";
import type { OpenModelOptions } from "./open-model.ts";
import type { DepthNetwork } from "./picture-networks.ts";
import { result } from "./session.ts";

/**
 * Opens an ONNX file that gives a depth map `[1, h, w]` or `[1, 1, h, w]` for a picture `[1, 3, h, w]`.
 *
 * The picture is resized (bilinear) to the sides that the file fixes, or else by {@link readDepthPreprocessing}, which has the colors, too.
 * The map is resized back.
 *
 * @throws ModelError when the file takes or gives something else
 */
export async function openOnnxDepth(path: string, options: OpenModelOptions): Promise<DepthNetwork> {
  const file = await openOnnxFile("depth network", path, options);
  const { size, mean, deviation, file: config } = await readDepthPreprocessing(path, file.entry);
  // A config decides pixels as much as the network does.
  const hash = config === null ? file.hash : await hashModel(dirname(config), [...file.files, config]);

  return {
    info: { name: file.name, hash, output: "relative" },
    async estimate(picture) {
      const fitted = fittedSize(picture, size);
      const height = file.height ?? fitted.height;
      const width = file.width ?? fitted.width;
      const image = resizePlanes(toPlanes(picture, mean, deviation), height, width);
      const map = result(await file.session.run({ [file.input]: image }), file.output);
      const planes = map.dims.slice(0, -2);
      if (map.dims.length < 2 || planes.some((count) => count !== 1)) {
        throw new ModelError(`expected a depth map [1, height, width], found [${map.dims.join(", ")}]`, {
          where: path,
        });
      }
      return resizePlanes(map, picture.height, picture.width).data;
    },
    release: () => file.session.release(),
  };
}
