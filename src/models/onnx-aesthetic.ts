/** A network of the user that says how pleasing a picture is, in an ONNX file. */

import { z } from "zod";
import { ModelError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { fromRgbBytes } from "../tensor/picture-file.ts";
import { toPlanes } from "../tensor/planes.ts";
import { openOnnxFile } from "./onnx-file.ts";
import type { OpenModelOptions } from "./open-model.ts";
import { colorDeviations, colorMeans, readPreprocessorConfig } from "./preprocessor-config.ts";
import { result } from "./session.ts";

export interface AestheticNetwork {
  /** More is better; the range is the network's own. */
  judge(picture: ByteImage): Promise<number>;
  release(): Promise<void>;
}

const side = z.int().min(16).max(2048);
/** What `preprocessor_config.json` of transformers says that matters here, with CLIP's values for what it leaves out. */
const schema = z.object({
  image_mean: colorMeans.default([0.48145466, 0.4578275, 0.40821073]),
  image_std: colorDeviations.default([0.26862954, 0.26130258, 0.27577711]),
  size: z
    .union([side, z.object({ shortest_edge: side }), z.object({ height: side, width: side })])
    .default(224),
});

/**
 * Opens an ONNX file that gives one number for a picture `[1, 3, height, width]`. The picture is scaled until it covers the network's size, its middle
 * is cut out, and its colors are normalized: as CLIP's, 224 × 224, unless `preprocessor_config.json` beside the file or one folder above it says otherwise.
 *
 * @throws ModelError when the file takes or gives something else, or the config says something that cannot be done
 */
export async function openOnnxAesthetic(path: string, options: OpenModelOptions): Promise<AestheticNetwork> {
  const found = await readPreprocessorConfig(path, schema, {
    expected: "expected the preprocessing of an aesthetic predictor",
    hint: "It may hold image_mean, image_std and size; remove it to use CLIP's.",
  });
  const config = found?.said ?? schema.parse({});
  const file = await openOnnxFile("aesthetic predictor", path, options);
  const { size } = config;
  const usual = typeof size === "number" ? size : "shortest_edge" in size ? size.shortest_edge : undefined;
  const given = typeof size === "object" && "height" in size ? size : undefined;
  const height = file.height ?? given?.height ?? usual!;
  const width = file.width ?? given?.width ?? usual!;
  const judge = async (picture: ByteImage): Promise<number> => {
    const data = await fromRgbBytes(picture)
      .resize(width, height, { fit: "cover", kernel: "cubic" })
      .raw()
      .toBuffer();
    const image = toPlanes({ width, height, data }, config.image_mean, config.image_std);
    const number = result(await file.session.run({ [file.input]: image }), file.output);
    if (number.data.length === 1) return number.data[0]!;
    throw new ModelError(`expected one number for a picture, found [${number.dims.join(", ")}]`, {
      where: path,
      hint: "Give a predictor with its head, which turns CLIP's features into a score.",
    });
  };
  await judge({ width: 1, height: 1, data: new Uint8Array(3) }).catch(async (error: unknown) => {
    await file.session.release();
    throw error;
  });
  return { judge, release: () => file.session.release() };
}
