/** A preprocessor that is a network in an `.onnx` file of the user: picture in, picture out. */

import * as ort from "onnxruntime-node";
import { ModelError, RenderError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import type { Device } from "../models/device.ts";
import { selectProvider } from "../models/select-provider.ts";

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
 * @throws ModelError when the file cannot be loaded, or has more than one input
 */
export async function openPictureNetwork(
  path: string,
  { device = "auto", threads = 0 }: { readonly device?: Device; readonly threads?: number } = {},
): Promise<PictureNetwork> {
  const provider = await selectProvider(device);
  const session = await ort.InferenceSession.create(path, {
    executionProviders: provider === "cpu" ? ["cpu"] : [provider, "cpu"],
    ...(threads > 0 && { intraOpNumThreads: threads }),
  }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError(`ONNX Runtime cannot load the preprocessor: ${reason}`, { where: path, cause });
  });
  const [input, ...others] = session.inputNames;
  const [output] = session.outputNames;
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
  return {
    async run(image) {
      const results = await session.run({ [input]: toTensor(image) }).catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new RenderError(`the preprocessor failed: ${reason}`, { where: path, cause });
      });
      return toPicture(path, image, results[output]!);
    },
    release: () => session.release(),
  };
}

function toTensor({ width, height, data }: ByteImage): ort.Tensor {
  const area = width * height;
  const planes = new Float32Array(3 * area);
  for (let i = 0; i < data.length; i++) planes[(i % 3) * area + Math.floor(i / 3)] = data[i]! / 255;
  return new ort.Tensor("float32", planes, [1, 3, height, width]);
}

function toPicture(
  path: string,
  { width, height }: ByteImage,
  { data: planes, dims }: ort.Tensor,
): ByteImage {
  const channels = dims.at(-3) ?? 1;
  const isPicture = dims.at(-1) === width && dims.at(-2) === height && (channels === 1 || channels === 3);
  if (!isPicture || !(planes instanceof Float32Array)) {
    throw new RenderError(
      `the preprocessor gave [${dims.join(", ")}], expected floats [1, 1 or 3, ${height}, ${width}]`,
      { where: path, hint: "Export it so that its output has the size of its input." },
    );
  }
  const area = width * height;
  const data = new Uint8Array(3 * area);
  for (let i = 0; i < data.length; i++) {
    const plane = channels === 1 ? 0 : i % 3;
    const value = planes[plane * area + Math.floor(i / 3)]!;
    data[i] = value > 0 ? Math.min(value, 1) * 255 + 0.5 : 0;
  }
  return { width, height, data };
}
