/** Copies of the tiny single-file checkpoint with another header, each in a folder that goes away with the test. */

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { decodeSafetensors, encodeSafetensors, type HeaderEntry } from "./safetensors-file.ts";

/** The folder of the checkpoint, its tokenizer and its goldens. */
export const SINGLE_FILE_FOLDER = fileURLToPath(
  new URL("../fixtures/tiny-sd15-singlefile/", import.meta.url),
);
export const CHECKPOINT = join(SINGLE_FILE_FOLDER, "tiny-fp16.safetensors");

/** What the names of each network begin with. */
export const UNET = "model.diffusion_model.";
export const VAE = "first_stage_model.";
export const TEXT = "cond_stage_model.transformer.text_model.";

export type Header = Record<string, HeaderEntry>;

/** A new folder that has the checkpoint's tokenizer. */
export async function checkpointFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "animate-single-"));
  onTestFinished(async () => await rm(folder, { recursive: true }));
  await cp(join(SINGLE_FILE_FOLDER, "tokenizer"), join(folder, "tokenizer"), { recursive: true });
  return folder;
}

/** A copy of the checkpoint with its header edited and bytes added at the end, in a new folder. */
export async function editedCheckpoint(edit: HeaderEdit, added?: Buffer): Promise<string> {
  return await writeEditedCheckpoint(await checkpointFolder(), edit, added);
}

export type HeaderEdit = (header: Header, dataLength: number) => void;

/** The same in a given folder, as `copy.safetensors`; resolves to its path. */
export async function writeEditedCheckpoint(
  folder: string,
  edit: HeaderEdit,
  added: Buffer = Buffer.alloc(0),
): Promise<string> {
  const { header, data } = decodeSafetensors(await readFile(CHECKPOINT));
  edit(header, data.length);
  const file = join(folder, "copy.safetensors");
  await writeFile(file, encodeSafetensors(header, Buffer.concat([data, added])));
  return file;
}

/** Gives a tensor of the header another name. */
export function renameTensor(header: Header, from: string, to: string): void {
  header[to] = header[from]!;
  delete header[from];
}
