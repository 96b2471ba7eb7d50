/** Names from a server become files here only if they can do no harm on any system. */

import { DownloadError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { printable } from "../printable.ts";

/** Reserved, or with a meaning, on Windows; `/` alone separates. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\:*?"<>|]/u;
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * @param path as a server names a file
 * @param where the server, for errors
 * @throws DownloadError for whatever would leave the folder, hide, or mean a device
 */
export function requireSafePath(path: string, where: string): void {
  const parts = path.split("/");
  const isSafe =
    parts.length <= LIMITS.library.nameDepth &&
    parts.every(
      (part) =>
        part !== "" &&
        part.length <= LIMITS.library.nameCharacters &&
        !part.startsWith(".") &&
        !/[. ]$/.test(part) &&
        !FORBIDDEN.test(part) &&
        !DEVICE.test(part),
    );
  if (isSafe) return;
  throw new DownloadError(
    `the server lists a file under a name that is not safe: ${printable(path.slice(0, 300))}`,
    {
      where,
      hint: "Nothing was downloaded. Use another repository or mirror.",
    },
  );
}
