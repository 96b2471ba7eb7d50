/** Where a setting stands, in words for messages. */

import { FileError } from "../errors.ts";

/** The place of a setting: `superman.yaml:14:9`, or the flag that gave it; `characterOfText` counts in a prompt. */
export type Locate = (path: readonly string[], characterOfText?: number) => string;

/** For settings that come from no file: the path of the setting alone. */
export const byPath: Locate = (path) => path.join(".");

/** `superman.yaml:14:9 controlnet.0.input`; a flag says its path already. */
export function placeOf(locate: Locate, path: readonly string[]): string {
  const [location, setting] = [locate(path), path.join(".")];
  return location.endsWith(setting) ? location : `${location} ${setting}`;
}

/** An error about a file, with the place of the setting that names the file ahead of it; other errors as they are. */
export function addSetting(error: unknown, place: string): unknown {
  if (!(error instanceof FileError)) return error;
  const { message, where, hint } = error;
  return new FileError(message, {
    where: `${place}: ${where}`,
    ...(hint !== undefined && { hint }),
    cause: error,
  });
}
