/** The words a small model was trained on, for models that say so. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { LIMITS } from "../limits.ts";
import { readText } from "./config.ts";

/**
 * The words of `vocabulary.txt` in a model's folder, one per line, lower case; undefined for models that have no such list, as those trained
 * on half the web.
 *
 * @param model folder or checkpoint file, as `findModel` gives it
 * @throws ModelError when the list is there and cannot be read
 */
export async function readVocabulary(model: string): Promise<ReadonlySet<string> | undefined> {
  const file = join(model, "vocabulary.txt");
  const status = await stat(file).catch(() => undefined);
  if (!status?.isFile()) return undefined;
  const text = await readText(file, LIMITS.model.wordListBytes);
  return new Set(text.split(/\s+/).filter((word) => word !== ""));
}
