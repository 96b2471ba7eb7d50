/** A preprocessor that is a network in an `.onnx` file of the user: picture in, picture out. */

import { ModelError, RenderError } from "../errors.ts";
import type { OpenModelOptions } from "../models/open-model.ts";
import { selectProvider } from "../models/select-provider.ts";
import { FLOATS, openSessionFile, result } from "../models/session.ts";
import type { ByteImage } from "../tensor/image.ts";
import { fromPlanes, toPlanes } from "../tensor/planes.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A network that makes one picture of another. */
export interface PictureNetwork {
  /** @returns a picture of the same size as `image` */
  run(image: ByteImage): Promise<ByteImage>;
  release(): Promise<void>;
}

/**
 * Opens a network that takes one float tensor `[1, 3, height, width]`, RGB, 0–1, and gives one `[1, 1 or 3, height, width]`, 0–1, as
 * edge, line and depth detectors are exported. Sizes may be fixed in the file or free; other than 0–1 is clamped.
 *
 * @throws ModelError when the file cannot be loaded, has more than one input, or gives no floats
 */
export async function openPictureNetwork(
  path: string,
  options: OpenModelOptions = {},
): Promise<PictureNetwork> {
  const provider = await selectProvider(options.device ?? "auto");
  const session = await openSessionFile("preprocessor", path, { ...options, provider });
  const [input, ...others] = session.inputNames;
  const [output] = session.outputs.keys();
  if (input === undefined || output === undefined || others.length > 0) {
    await session.release();
    throw new ModelError(
      `expected a network with one input, a picture; found ${session.inputNames.join(", ")}`,
      {
        where: path,
        hint: "Export the preprocessor so that it takes [1, 3, height, width], RGB from 0 to 1.",
      },
    );
  }
  const type = session.outputs.get(output)?.type;
  if (!FLOATS.has(type ?? "")) {
    await session.release();
    throw new ModelError(`expected a preprocessor that gives float32 or float16, found ${type}`, {
      where: path,
      hint: "Export it in full or half precision.",
    });
  }
  return {
    async run(image) {
      return toPicture(path, image, result(await session.run({ [input]: toPlanes(image) }), output));
    },
    release: () => session.release(),
  };
}

function toPicture(path: string, { width, height }: ByteImage, { data, dims }: Tensor): ByteImage {
  const channels = dims.at(-3) ?? 1;
  const isPicture = dims.at(-1) === width && dims.at(-2) === height && (channels === 1 || channels === 3);
  if (!isPicture) {
    throw new RenderError(
      `the preprocessor gave [${dims.join(", ")}], expected floats [1, 1 or 3, ${height}, ${width}]`,
      { where: path, hint: "Export it so that its output has the size of its input." },
    );
  }
  return fromPlanes({ dims: [1, 3, height, width], data: channels === 3 ? data : inAllColors(data) });
}

/** One plane as red, green and blue. */
function inAllColors(plane: Float32Array): Float32Array {
  const planes = new Float32Array(3 * plane.length);
  for (let color = 0; color < 3; color++) planes.set(plane, color * plane.length);
  return planes;
}
