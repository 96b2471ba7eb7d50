/** The caption of a picture, from a text file beside it. */

import { open } from "node:fs/promises";
import { extname } from "node:path";
import { FileError } from "../errors.ts";
import { systemErrorCode } from "../files.ts";
import { LIMITS } from "../limits.ts";

/**
 * Reads `name.png.txt` or else `name.txt` beside `name.png`: UTF-8, lines joined to one.
 *
 * @param picture path of the picture
 * @returns null where there is no such file
 * @throws FileError when it is longer than 16 KB, empty, or no text
 */
export async function readCaption(picture: string): Promise<string | null> {
  const stem = picture.slice(0, picture.length - extname(picture).length);
  for (const path of [`${picture}.txt`, `${stem}.txt`]) {
    const bytes = await readStart(path);
    if (bytes) return toText(bytes, path);
  }
  return null;
}

/** At most one byte more than is allowed; null where there is no file. */
async function readStart(path: string): Promise<Uint8Array | null> {
  try {
    await using file = await open(path, "r");
    if (!(await file.stat()).isFile())
      throw new FileError("expected a caption, found no file", { where: path });
    const { buffer, bytesRead } = await file.read(
      new Uint8Array(LIMITS.picture.captionBytes + 1),
      0,
      LIMITS.picture.captionBytes + 1,
      0,
    );
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    if (systemErrorCode(cause) === "ENOENT") return null;
    throw new FileError("the caption cannot be read", {
      where: path,
      hint: "check the rights of the file",
      cause,
    });
  }
}

function toText(bytes: Uint8Array, where: string): string {
  if (bytes.length > LIMITS.picture.captionBytes) {
    const message = `expected a caption of at most ${LIMITS.picture.captionBytes} bytes, found more`;
    throw new FileError(message, { where, hint: "write what the picture shows, in a sentence or two" });
  }
  const text = decode(bytes)?.replaceAll(/\s+/g, " ").trim();
  if (text === undefined || /\p{Cc}/u.test(text)) {
    throw new FileError("expected a text in UTF-8, found other bytes", { where, hint: "save it as UTF-8" });
  }
  if (text === "") {
    throw new FileError("the caption is empty", {
      where,
      hint: "write what the picture shows, or remove the file",
    });
  }
  return text;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
