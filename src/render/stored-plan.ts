/**
 * `plan.ndjson.gz`: what the hashes of a run were made of, so that a later start can tell which frames an edit changes, and why. One object per
 * line: first `facts`, what all frames share; then `frame` for each of them, and ahead of one where the chain begins anew `begins`, the
 * facts that are others from there on.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import { writeFileAtomic } from "../files.ts";
import { canonicalJson, type ChainBasis } from "./chain.ts";

const PLAN_FILE = "plan.ndjson.gz";
/** A frame takes about 2 kB: two hundred times the longest run that was ever rendered here. */
const MAX_BYTES = 512 * 2 ** 20;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/**
 * Writes it, whole or not at all. The plan of a longer run of the same schedule stays, as its frames do.
 *
 * @throws FileError when it cannot be written
 */
export async function storePlan(folder: string, basis: ChainBasis): Promise<void> {
  const text = planText(basis);
  const stored = await readText(folder);
  if (stored?.startsWith(text)) return;
  // The fastest level: lines are much alike, and a start waits for it.
  await writeFileAtomic(join(folder, PLAN_FILE), await compress(text, { level: 1 }));
}

/** Reads it back; undefined where there is none, or it is damaged. */
export async function readStoredPlan(folder: string): Promise<ChainBasis | undefined> {
  const text = await readText(folder);
  try {
    return text === undefined ? undefined : parsePlan(text);
  } catch {
    return undefined;
  }
}

function planText({ facts, frames, begins = {} }: ChainBasis): string {
  const lines = frames.flatMap((frame, place) => [
    ...(begins[place] ? [{ begins: begins[place] }] : []),
    { frame },
  ]);
  return [{ facts }, ...lines].map((line) => `${canonicalJson(line)}\n`).join("");
}

/** @throws an error when the text is no plan */
function parsePlan(text: string): ChainBasis {
  const [first, ...lines] = text.split("\n").filter((line) => line !== "");
  const { facts } = factsSchema.parse(JSON.parse(first ?? ""));
  const frames: Record<string, unknown>[] = [];
  const begins: Record<number, Record<string, unknown>> = {};
  for (const json of lines) {
    const line = lineSchema.parse(JSON.parse(json));
    if ("frame" in line) frames.push(line.frame);
    else begins[frames.length] = line.begins;
  }
  return { facts, frames, ...(Object.keys(begins).length > 0 && { begins }) };
}

const recordSchema = z.record(z.string(), z.unknown());
const factsSchema = z.strictObject({ facts: recordSchema });
const lineSchema = z.union([
  z.strictObject({ frame: recordSchema }),
  z.strictObject({ begins: recordSchema }),
]);

async function readText(folder: string): Promise<string | undefined> {
  try {
    const bytes = await decompress(await readFile(join(folder, PLAN_FILE)), { maxOutputLength: MAX_BYTES });
    return bytes.toString("utf8");
  } catch {
    return undefined;
  }
}
