/** All that lies in a folder, to tell that nothing was touched. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Every file below `folder`, by path, with its bytes in base64. */
export async function contentOf(folder: string): Promise<[path: string, bytes: string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(
    files.toSorted().map(async (file): Promise<[string, string]> => [file, await readFile(file, "base64")]),
  );
}
