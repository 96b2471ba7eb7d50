/** How a network in an ONNX file wants its picture, as models of the hub say it: `preprocessor_config.json`. */

import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { readText } from "./config.ts";

/** ImageNet's colors, on which MiDaS 2, Depth Anything, CLIPSeg and U²-Net were trained: means and deviations of values 0–1. */
export const IMAGENET = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/** A value per color of the means that networks subtract. */
export const colorMeans = z.array(z.number().min(-10).max(10)).length(3);
/** The same of the deviations that they divide by. */
export const colorDeviations = colorMeans.refine((values) => values.every((value) => value > 0));

/**
 * Reads `preprocessor_config.json` beside the network, or one folder above it, where exports from the hub have it.
 *
 * @param path of the ONNX file
 * @param schema what matters of it to this kind of network
 * @param words what was expected, and what to do about a file that says something else
 * @returns undefined when there is none
 * @throws ModelError when the file is there and says something that cannot be done
 */
export async function readPreprocessorConfig<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  words: { readonly expected: string; readonly hint: string },
): Promise<{ readonly file: string; readonly said: z.output<Schema> } | undefined> {
  for (const folder of [dirname(path), dirname(dirname(path))]) {
    const file = join(folder, "preprocessor_config.json");
    if ((await stat(file).catch(() => undefined)) === undefined) continue;
    const parsed = schema.safeParse(parseJson(await readText(file, LIMITS.model.smallConfigBytes)));
    if (parsed.success) return { file, said: parsed.data };
    throw new ModelError(words.expected, { where: file, hint: words.hint, cause: parsed.error });
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
