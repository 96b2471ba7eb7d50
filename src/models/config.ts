/** Reads the JSON files of a model folder against a schema; what a schema does not allow is refused by name. */

import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

import { printable, printableName } from "../printable.ts";

/** A file of another kind may have a thousand mistakes. */
const MAX_TOLD = 8;
const DOWNLOAD_AGAIN = "The file is damaged or of another program; download the model again.";

/** Whole numbers in configs: bounded so that a hostile file cannot ask for a graph without end. */
export const widthSchema = z.int().min(1).max(LIMITS.model.width);
export const layersSchema = z.int().min(1).max(LIMITS.model.layers);

/** One value for all blocks, or one per block. */
export function perBlock<Item extends z.ZodType>(item: Item) {
  return z.union([item, z.array(item).min(1).max(LIMITS.model.blocks)]);
}

/**
 * Reads a JSON object and checks it. Keys that begin with `_` are notes of the program that saved the file and are dropped.
 *
 * @throws ModelError that lists every option that is unknown or has a value other than supported
 */
export async function readConfig<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(withoutNotes(await readJsonObject(file)), {
    reportInput: true,
  });
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const told = issues.slice(0, MAX_TOLD).map(describeIssue);
  if (issues.length > MAX_TOLD) told.push(`and ${issues.length - MAX_TOLD} more`);
  throw new ModelError(told.join("; "), {
    where: file,
    hint: "This version runs models of the Stable Diffusion 1.x, 2.x and SDXL families.",
    cause: parsed.error,
  });
}

/**
 * What a config says it is of: its `_class_name`, which {@link readConfig} drops; undefined when it does not say.
 *
 * @throws ModelError when the file cannot be read as a JSON object
 */
export async function readClassName(file: string): Promise<unknown> {
  return (await readJsonObject(file))["_class_name"];
}

/**
 * Reads a JSON file that holds an object.
 *
 * @param maxBytes default: 1 MB
 * @throws ModelError when it is missing, larger than `maxBytes`, no JSON or no object
 */
export async function readJsonObject(
  file: string,
  maxBytes = LIMITS.model.configBytes,
): Promise<Record<string, unknown>> {
  const text = await readText(file, maxBytes);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    const message = `expected JSON: ${printable(String(cause).slice(0, 200))}`;
    throw new ModelError(message, { where: file, hint: DOWNLOAD_AGAIN, cause });
  }
  if (!isObject(parsed)) {
    throw new ModelError("expected a JSON object, `{ … }`", { where: file, hint: DOWNLOAD_AGAIN });
  }
  return parsed;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a text file.
 *
 * @throws ModelError when it is missing, larger than `maxBytes`, or no file but a device or pipe, which may never end
 */
export async function readText(file: string, maxBytes: number): Promise<string> {
  try {
    const status = await stat(file);
    if (!status.isFile()) throw new ModelError("expected a file", { where: file, hint: DOWNLOAD_AGAIN });
    if (status.size > maxBytes) {
      const message = `${status.size} bytes, expected at most ${maxBytes}`;
      throw new ModelError(message, { where: file, hint: DOWNLOAD_AGAIN });
    }
    return await readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    throw new ModelError("the file is missing or cannot be read", {
      where: file,
      hint: "Download the whole model folder; the layout is that of diffusers (unet/, vae/, text_encoder/, tokenizer/, scheduler/).",
      cause,
    });
  }
}

function withoutNotes(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).filter(([key]) => key === "__proto__" || !key.startsWith("_")),
  );
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    const [more, keys] = [issue.keys.slice(MAX_TOLD).length, issue.keys.slice(0, MAX_TOLD)];
    const list = keys.map((key) => `\`${printableName(key)}\``).join(", ");
    return `the option ${list}${more > 0 ? ` and ${more} more` : ""} is not known`;
  }
  const place = issue.path.length === 0 ? "the file" : `\`${printableName(issue.path.join("."))}\``;
  const expected = issue.code === "invalid_union" ? "expected another kind of value" : issue.message;
  return `${place}: ${expected.replace(/^Invalid (input|option): |, received .*$/g, "")}${describeFound(issue.input)}`;
}

function describeFound(input: unknown): string {
  return input === undefined ? "" : `, found ${printable(JSON.stringify(input).slice(0, 100))}`;
}
