/** TAESD as its author publishes it: encoder and decoder in a file each, layers by number. */

import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ModelError } from "../errors.ts";
import type { Family } from "./model.ts";
import { readSafetensors, type SafetensorsFile, type StoredTensor } from "./safetensors.ts";

const WAYS = ["encoder", "decoder"] as const;
type Way = (typeof WAYS)[number];

/** The decoder counts the bending of its input as a layer, which has no weights and which diffusers does not count. */
const FIRST_LAYER: Readonly<Record<Way, number>> = { encoder: 0, decoder: 1 };

/** Which half a file is; undefined when it is none. */
export function taesdHalf({ tensors }: SafetensorsFile): Way | undefined {
  if (tensors.has("0.weight") && tensors.has("1.conv.0.weight")) return "encoder";
  return tensors.has("1.weight") && tensors.has("3.conv.0.weight") ? "decoder" : undefined;
}

/**
 * The half in a folder without config, such as ComfyUI's `vae_approx`: `taesd_encoder.safetensors`, for SDXL `taesdxl_encoder.safetensors`;
 * undefined when there is none.
 */
export async function findTaesdHalf(folder: string, family: Family): Promise<string | undefined> {
  const name = family === "sdxl" || family === "sdxl-refiner" ? "taesdxl" : "taesd";
  const file = join(folder, `${name}_encoder.safetensors`);
  const status = await stat(file).catch(() => undefined);
  return status?.isFile() ? file : undefined;
}

/**
 * Both halves as one table, under diffusers' names.
 *
 * @param file one of them; the other lies beside it, called the same but for `encoder` and `decoder`
 * @throws ModelError when the other is missing, or is not the other half
 */
export async function readTaesdHalves(file: string): Promise<SafetensorsFile> {
  const name = basename(file);
  const files = WAYS.map((way) => join(dirname(file), name.replace(/encoder|decoder/, way)));
  const [encoderFile, decoderFile] = files;
  if (encoderFile === decoderFile) {
    throw new ModelError("it is one half of TAESD, and its name does not say where the other is", {
      where: file,
      hint: "Name the two files taesd_encoder.safetensors and taesd_decoder.safetensors.",
    });
  }
  const tensors = new Map<string, StoredTensor>();
  for (const [i, way] of WAYS.entries()) {
    const stored = await readSafetensors(files[i]!).catch((cause: unknown) => {
      if (!(cause instanceof ModelError) || files[i] === file) throw cause;
      throw new ModelError(`the ${way} of this TAESD is not beside it: ${cause.message}`, {
        where: files[i]!,
        hint: "TAESD comes as two files, taesd_encoder.safetensors and taesd_decoder.safetensors; download both.",
        cause,
      });
    });
    if (taesdHalf(stored) !== way) {
      throw new ModelError(`expected the ${way} of TAESD, found other layers`, {
        where: files[i]!,
        hint: "The file was renamed or is of another model; download both halves again.",
      });
    }
    for (const tensor of stored.tensors.values()) {
      const renamed = tensor.name.replace(
        /^(\d+)\./,
        (_, layer: string) => `${way}.layers.${Number(layer) - FIRST_LAYER[way]}.`,
      );
      tensors.set(renamed, { ...tensor, path: stored.path });
    }
  }
  return { path: encoderFile!, files, tensors, metadata: new Map() };
}
