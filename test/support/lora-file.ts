/** Makes LoRA and embedding files for tests, each in a folder that goes away with the test. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeSafetensors } from "../../src/models/safetensors-writer.ts";
import { normalNoise } from "../../src/tensor/random.ts";
import { elementCount, tensor, type Tensor } from "../../src/tensor/tensor.ts";
import { decodeSafetensors, encodeSafetensors, type HeaderEntry } from "./safetensors-file.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const FOLDER = fileURLToPath(new URL("../fixtures/tiny-lora/", import.meta.url));
export const KOHYA_LORA = join(FOLDER, "sd15_kohya.safetensors");
export const PEFT_LORA = join(FOLDER, "sd15_diffusers_peft.safetensors");
export const LORA_GOLDEN = join(FOLDER, "golden.safetensors");

/** A file of tensors with small random values, by name and shape. */
export async function randomTensors(
  shapes: Readonly<Record<string, readonly number[]>>,
  name = "made",
): Promise<string> {
  const tensors = Object.entries(shapes).map(([key, dims]): [string, Tensor] => [
    key,
    tensor(
      dims,
      normalNoise(1, key, elementCount(dims)).map((value) => 0.1 * value),
    ),
  ]);
  const file = join(await temporaryFolder(), `${name}.safetensors`);
  await writeSafetensors(file, new Map(tensors));
  return file;
}

/** A copy of a file with its tensors renamed, and with metadata. A name that becomes undefined is left out. */
export async function renamedTensors(
  file: string,
  rename: (name: string) => string | undefined,
  metadata: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { header, data } = decodeSafetensors(await readFile(file));
  const entries: [string, HeaderEntry][] = [];
  const parts: Buffer[] = [];
  let end = 0;
  for (const [name, entry] of Object.entries(header)) {
    const renamed = rename(name);
    if (renamed === undefined) continue;
    const bytes = data.subarray(...entry.data_offsets);
    parts.push(bytes);
    entries.push([renamed, { ...entry, data_offsets: [end, (end += bytes.length)] }]);
  }
  const copy = join(await temporaryFolder(), "renamed.safetensors");
  const all = {
    ...(Object.keys(metadata).length > 0 && { __metadata__: metadata }),
    ...Object.fromEntries(entries),
  };
  await writeFile(copy, encodeSafetensors(all, Buffer.concat(parts)));
  return copy;
}
