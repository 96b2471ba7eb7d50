/** Schedule file on disk → its text. */

import { open } from "node:fs/promises";

import { FileError, SettingsError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { lineAndColumn } from "./text-position.ts";

const CHUNK_BYTES = 256 * 1024;

/** What errors call the file, and what they advise when it is not there. */
interface Expected {
  readonly noun: string;
  readonly hint: string;
}

const SCHEDULE: Expected = {
  noun: "a schedule file",
  hint: "give the path of a .yaml file, such as schedules/superman.yaml",
};

/**
 * The text of a schedule file, or of another one that people write, of at most 16 MB.
 *
 * @throws FileError when it cannot be read
 * @throws SettingsError when it is longer, or not UTF-8
 */
export async function readScheduleText(file: string, expected = SCHEDULE): Promise<string> {
  return decodeUtf8(file, await readStart(file, expected), expected);
}

/** The bytes of the file, no more than needed to see that it is too long. */
async function readStart(file: string, { noun, hint }: Expected): Promise<Uint8Array> {
  try {
    const handle = await open(file);
    try {
      const chunks: Uint8Array[] = [];
      for (let length = 0; length <= LIMITS.settings.fileBytes;) {
        const chunk = new Uint8Array(CHUNK_BYTES);
        const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES);
        if (bytesRead === 0) break;
        chunks.push(chunk.subarray(0, bytesRead));
        length += bytesRead;
      }
      return Buffer.concat(chunks);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new FileError(`expected ${noun}, found ${describeFailure(error)}`, {
      where: file,
      hint,
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

function decodeUtf8(file: string, bytes: Uint8Array, { noun }: Expected): string {
  if (bytes.length > LIMITS.settings.fileBytes) {
    const message = `expected at most ${LIMITS.settings.fileBytes} bytes, found more`;
    const hint = `is this ${noun}? split very long schedules into several animations`;
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
