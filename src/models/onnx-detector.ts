/** A detector of faces or subjects in an ONNX file of the user. */

import { ModelError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { fromRgbBytes } from "../tensor/picture-file.ts";
import { toPlanes } from "../tensor/planes.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  type DetectorForm,
  type FoundBox,
  findForm,
  isSeen,
  joinOverlapping,
  SUPPORTED_FORMS,
} from "./detector-forms.ts";
import { openOnnxFile } from "./onnx-file.ts";
import type { OpenModelOptions } from "./open-model.ts";

export interface Detector {
  readonly form: DetectorForm["name"];
  /** What is in the picture, surest first, in shares of its sides. */
  find(picture: ByteImage): Promise<FoundBox[]>;
  release(): Promise<void>;
}

/** Sides that every form takes, for the first look at a network of any size. */
const PROBE_SIDE = 320;

/**
 * Opens a detector; which of the {@link SUPPORTED_FORMS} it is, its outputs for a black picture tell.
 *
 * @throws ModelError that tells the outputs when they are of another form
 */
export async function openOnnxDetector(path: string, options: OpenModelOptions): Promise<Detector> {
  const file = await openOnnxFile("detector", path, options);
  const release = () => file.session.release();
  const run = async (image: Tensor) => await file.session.run({ [file.input]: image });
  const [probeHeight, probeWidth] = [file.height ?? PROBE_SIDE, file.width ?? PROBE_SIDE];
  const black = {
    width: probeWidth,
    height: probeHeight,
    data: new Uint8Array(3 * probeWidth * probeHeight),
  };
  const outputs = await run(toPlanes(black)).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  const form = findForm(outputs);
  if (!form) {
    await release();
    const found = Object.entries(outputs).map(([name, { dims }]) => `${name} [${dims.join(", ")}]`);
    throw new ModelError(`expected the outputs of a detector, found ${found.join(", ")}`, {
      where: path,
      hint: `Supported: ${SUPPORTED_FORMS}.`,
    });
  }
  const size = { height: file.height ?? form.height, width: file.width ?? form.width };
  const colors = [
    [form.mean, form.mean, form.mean],
    [form.deviation, form.deviation, form.deviation],
  ] as const;
  return {
    form: form.name,
    async find(picture) {
      const { image, shareX, shareY } = await letterbox(picture, size);
      const found = form.read(
        await run(toPlanes(form.bgr ? swapRedBlue(image) : image, ...colors)),
        size.height,
        size.width,
      );
      const inPicture = found.map((box) => ({
        ...box,
        left: box.left / shareX,
        top: box.top / shareY,
        width: box.width / shareX,
        height: box.height / shareY,
      }));
      return joinOverlapping(inPicture.filter(isSeen));
    },
    release,
  };
}

/** The whole picture in the upper left corner of one of this size, the rest black. */
async function letterbox(picture: ByteImage, { height, width }: { height: number; width: number }) {
  const scale = Math.min(width / picture.width, height / picture.height);
  const fitted = {
    width: Math.max(1, Math.round(picture.width * scale)),
    height: Math.max(1, Math.round(picture.height * scale)),
  };
  const small = await fromRgbBytes(picture)
    .resize({ ...fitted, fit: "fill", kernel: "linear" })
    .raw()
    .toBuffer();
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < fitted.height; y++) {
    data.set(small.subarray(3 * y * fitted.width, 3 * (y + 1) * fitted.width), 3 * y * width);
  }
  return { image: { width, height, data }, shareX: fitted.width / width, shareY: fitted.height / height };
}

function swapRedBlue({ width, height, data }: ByteImage): ByteImage {
  const swapped = data.slice();
  for (let i = 0; i < data.length; i += 3) {
    swapped[i] = data[i + 2]!;
    swapped[i + 2] = data[i]!;
  }
  return { width, height, data: swapped };
}
