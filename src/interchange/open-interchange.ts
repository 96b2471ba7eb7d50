/** A settings file of Deforum or a manifest of Parseq, from its text to checked settings. */

import { dirname } from "node:path";
import { ModelError, SettingsError } from "../errors.ts";
import { findInLibrary } from "../models/library.ts";
import { type LoadedSettings, loadTree } from "../settings/load.ts";
import type { Override } from "../settings/overrides.ts";
import { lineAndColumn } from "../settings/text-position.ts";
import { deforumFile } from "./deforum-file.ts";
import type { IsInLibrary } from "./draft.ts";
import type { ImportNote } from "./import-note.ts";
import { importDeforum, type JsonSource } from "./import-deforum.ts";
import type { Imported } from "./imported.ts";
import { importParseq } from "./import-parseq.ts";
import type { JsonObject } from "./json-node.ts";
import { readJson } from "./json-reader.ts";
import { wantedNames } from "./model-names.ts";
import { isParseqManifest } from "./parseq.ts";
import { writeYaml } from "./write-yaml.ts";

export interface OpenedInterchange {
  /** As loaded from YAML: `text` is the schedule that the file becomes, places are those of the JSON text. */
  readonly loaded: LoadedSettings;
  readonly notes: readonly ImportNote[];
}

/**
 * Imports and checks a file that is no YAML. Models are looked for in the library, from the folder of the file on.
 *
 * @throws SettingsError with every mistake at its line and column of the JSON text
 */
export async function openInterchange(
  source: JsonSource,
  overrides: readonly Override[] = [],
): Promise<OpenedInterchange> {
  const root = readRoot(source);
  return checkImport(source, root, await askLibrary(source.file, root), overrides);
}

/** {@link openInterchange} with a library that is known. */
export function checkImport(
  source: JsonSource,
  root: JsonObject,
  isInLibrary: IsInLibrary,
  overrides: readonly Override[] = [],
): OpenedInterchange {
  const imported = importRoot(source, root, isInLibrary);
  const loaded = loadTree({ ...source, tree: imported.tree }, overrides);
  return { loaded: { ...loaded, text: writeYaml(imported, source.file) }, notes: imported.notes };
}

function importRoot(source: JsonSource, root: JsonObject, isInLibrary: IsInLibrary): Imported {
  const convert = isParseqManifest(root) ? importParseq : importDeforum;
  return convert(source, root, isInLibrary);
}

/** @throws SettingsError for what is no JSON object */
export function readRoot({ file, text }: JsonSource): JsonObject {
  const read = readJson(text);
  if ("mistake" in read) {
    const { offset, message, hint } = read.mistake;
    throw new SettingsError([
      { location: `${file}:${lineAndColumn(text, offset)}`, path: "", message, hint },
    ]);
  }
  if (read.node.kind === "object") return read.node;
  const found = read.node.kind === "list" ? "a list" : "a single value";
  const message = `expected an object of settings, found ${found}`;
  const hint = "give a settings file of Deforum, or a manifest of Parseq";
  throw new SettingsError([{ location: `${file}:1:1`, path: "", message, hint }]);
}

async function askLibrary(file: string, root: JsonObject): Promise<IsInLibrary> {
  const { models, controlnets } = wantedNames(deforumFile(root));
  const found = new Set<string>();
  for (const [kind, names] of [["model", models] as const, ["controlnet", controlnets] as const]) {
    for (const name of new Set(names))
      if (await isThere(kind, name, dirname(file))) found.add(`${kind} ${name}`);
  }
  return (kind, name) => found.has(`${kind} ${name}`);
}

async function isThere(kind: "model" | "controlnet", name: string, folder: string): Promise<boolean> {
  try {
    await findInLibrary(kind, name, folder);
    return true;
  } catch (error) {
    if (error instanceof ModelError) return false;
    throw error;
  }
}
