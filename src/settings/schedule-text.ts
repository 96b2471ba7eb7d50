/** Schedule file on disk → its text. */

import { open } from "node:fs/promises";

import { FileError, SettingsError } from "../errors.ts";
import { lineAndColumn } from "./text-position.ts";
import { MAX_YAML_BYTES } from "./yaml-limits.ts";

/**
 * The text of a schedule file of at most 256 KB.
 *
 * @throws FileError when it cannot be read
 * @throws SettingsError when it is longer, or not UTF-8
 */
export async function readScheduleText(file: string): Promise<string> {
  return decodeUtf8(file, await readStart(file));
}

/** The bytes of the file, no more than needed to see that it is too long. */
async function readStart(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file);
    try {
      const bytes = new Uint8Array(MAX_YAML_BYTES + 1);
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return bytes.subarray(0, length);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new FileError(`expected a schedule file, found ${describeFailure(error)}`, {
      where: file,
      hint: "give the path of a .yaml file, such as schedules/superman.yaml",
      cause: error,
    });
  }
}

function describeFailure(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "a folder";
  if (code === "EACCES") return "that it may not be read";
  return String(error);
}

function decodeUtf8(file: string, bytes: Uint8Array): string {
  if (bytes.length > MAX_YAML_BYTES) {
    const message = `expected at most ${MAX_YAML_BYTES} bytes, found more`;
    const hint = "is this a schedule file? split very long schedules into several animations";
    throw new SettingsError([{ location: `${file}:1:1`, path: "", message, hint }]);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const lenient = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    const location = `${file}:${lineAndColumn(lenient, lenient.indexOf("\ufffd"))}`;
    const message = "expected UTF-8 text, found other bytes";
    throw new SettingsError([{ location, path: "", message, hint: "save the file as UTF-8" }]);
  }
}
