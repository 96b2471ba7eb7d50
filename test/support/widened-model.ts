/** The tiny model of Stable Diffusion 1.x with more input channels in its UNet: an inpainting checkpoint, or instruct-pix2pix. */

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { DiffusionModel } from "../../src/models/model.ts";
import { openModel } from "../../src/models/open-model.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors-file.ts";

const MODEL = fileURLToPath(new URL("../fixtures/tiny-sd15", import.meta.url));
const CONV_IN = "conv_in.weight";
/** Values of a 3 × 3 kernel. */
const KERNEL = 9;

/**
 * @param more kernels of the added channels, `[32, channels - 4, 3, 3]`
 * @returns the model, in a folder that goes away with the test
 */
export async function openWidened(more: Float32Array, channels: 8 | 9): Promise<DiffusionModel> {
  const folder = await writeWidened(more, channels);
  const model = await openModel(folder, { device: "cpu", optimization: "extended" });
  onTestFinished(() => model.release());
  return model;
}

/** The same as a folder. */
export async function writeWidened(more: Float32Array, channels: 8 | 9): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "animate-wide-"));
  onTestFinished(async () => await rm(folder, { recursive: true }));
  await cp(MODEL, folder, { recursive: true });
  const configFile = join(folder, "unet/config.json");
  const config: object = JSON.parse(await readFile(configFile, "utf8"));
  await writeFile(configFile, JSON.stringify({ ...config, in_channels: channels }));
  const weights = join(folder, "unet/diffusion_pytorch_model.safetensors");
  const { header, data } = decodeSafetensors(await readFile(weights));
  const entry = header[CONV_IN]!;
  const [begin] = entry.data_offsets;
  const [outputs = 0] = entry.shape;
  const [own, added] = [4 * KERNEL * 4, (channels - 4) * KERNEL * 4];
  const addedBytes = Buffer.from(more.buffer, more.byteOffset, more.byteLength);
  const kernels = Buffer.alloc(outputs * (own + added));
  for (let out = 0; out < outputs; out++) {
    data.copy(kernels, out * (own + added), begin + out * own, begin + (out + 1) * own);
    addedBytes.copy(kernels, out * (own + added) + own, out * added, (out + 1) * added);
  }
  const moved: Record<string, object> = {
    [CONV_IN]: { ...entry, shape: [outputs, channels, 3, 3], data_offsets: [0, kernels.length] },
  };
  const parts: Buffer[] = [kernels];
  let offset = kernels.length;
  for (const [name, { data_offsets: place, ...rest }] of Object.entries(header)) {
    if (name === CONV_IN) continue;
    const bytes = data.subarray(place[0], place[1]);
    moved[name] = { ...rest, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    parts.push(bytes);
  }
  await writeFile(weights, encodeSafetensors(moved, Buffer.concat(parts)));
  return folder;
}
