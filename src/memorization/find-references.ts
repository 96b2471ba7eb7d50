/** The folder of references that settings or a flag name, found before any work is done. */

import { resolve } from "node:path";
import { FileError } from "../errors.ts";
import { listPictures } from "./read-references.ts";

/**
 * @param folder as in the settings; null stays null
 * @param baseFolder that relative paths start from
 * @param place of the setting, for messages
 * @returns absolute path of a folder that has pictures
 * @throws FileError with the place when there is no such folder, or no picture in it
 */
export async function findReferences(
  folder: string | null,
  baseFolder: string,
  place: string,
): Promise<string | null> {
  if (folder === null) return null;
  const path = resolve(baseFolder, folder);
  await listPictures(path).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    const { message, hint } = error;
    throw new FileError(message, {
      where: `${place}: ${path}`,
      ...(hint !== undefined && { hint }),
      cause: error,
    });
  });
  return path;
}
