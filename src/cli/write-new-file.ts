/** Writes a file that a command makes, without losing one that is there. */

import { stat } from "node:fs/promises";
import { FileError } from "../errors.ts";
import { writeFileAtomic } from "../files.ts";

/** @throws FileError when there is a file and `force` is not given, or when it cannot be written */
export async function writeNewFile(path: string, text: string, force: boolean): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere && !force) {
    throw new FileError("expected a new file, found one that is there", {
      where: path,
      hint: "give another name, or replace it with --force",
    });
  }
  await writeFileAtomic(path, text);
}
