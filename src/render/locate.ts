/** Where a setting stands, in words for messages. */

/** The place of a setting: `superman.yaml:14:9`, or the flag that gave it; `characterOfText` counts in a prompt. */
export type Locate = (path: readonly string[], characterOfText?: number) => string;

/** For settings that come from no file: the path of the setting alone. */
export const byPath: Locate = (path) => path.join(".");

/** `superman.yaml:14:9 controlnet.0.input`; a flag says its path already. */
export function placeOf(locate: Locate, path: readonly string[]): string {
  const [location, setting] = [locate(path), path.join(".")];
  return location.endsWith(setting) ? location : `${location} ${setting}`;
}
