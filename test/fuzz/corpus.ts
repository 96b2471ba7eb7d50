/** Inputs that were once a defect: kept, and read again at the start of every run. */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { FuzzInput } from "./surface.ts";

const CORPUS = new URL("corpus/", import.meta.url);

export interface KeptInput {
  /** File name. */
  readonly name: string;
  readonly input: FuzzInput;
}

/** Those of a surface, sorted by name; none where it has no folder. */
export function keptInputs(surface: string): KeptInput[] {
  const folder = new URL(`${surface}/`, CORPUS);
  return namesIn(folder).map((name) => ({
    name,
    input: decodeInput(name, readFileSync(new URL(name, folder))),
  }));
}

/** Adds an input. @returns the path of its file */
export function keepInput(surface: string, input: FuzzInput): string {
  const folder = new URL(`${surface}/`, CORPUS);
  mkdirSync(folder, { recursive: true });
  const digest = createHash("sha256").update(encodeInput(input)).digest("hex").slice(0, 12);
  const file = new URL(`${digest}${inputExtension(input)}`, folder);
  writeFileSync(file, encodeInput(input));
  return fileURLToPath(file);
}

/** Texts are kept as JSON, which has a notation for halves of characters, too. */
export function encodeInput(input: FuzzInput): Uint8Array {
  return typeof input === "string" ? Buffer.from(`${JSON.stringify(input)}\n`) : input;
}

export function inputExtension(input: FuzzInput): string {
  return typeof input === "string" ? ".json" : ".bin";
}

function decodeInput(name: string, bytes: Buffer): FuzzInput {
  return extname(name) === ".json" ? String(JSON.parse(bytes.toString())) : bytes;
}

function namesIn(folder: URL): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}
