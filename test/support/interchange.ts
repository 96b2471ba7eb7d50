/** Settings files of other programs for tests: read, imported and checked without a model library. */

import { readFileSync } from "node:fs";
import { checkImport, type OpenedInterchange, readRoot } from "../../src/interchange/open-interchange.ts";

const FIXTURES = new URL("../fixtures/interchange/", import.meta.url);

export function interchangeFixture(name: string): string {
  return readFileSync(new URL(name, FIXTURES), "utf8");
}

/** @param library names that are in the model library, `model my-model` */
export function importText(text: string, library: readonly string[] = []): OpenedInterchange {
  const source = { file: "settings.txt", text };
  return checkImport(source, readRoot(source), (kind, name) => library.includes(`${kind} ${name}`));
}

/** The same for settings that are not text yet. */
export function importFields(fields: object, library?: readonly string[]): OpenedInterchange {
  return importText(JSON.stringify({ prompts: { 0: "a harbour" }, ...fields }, null, 4), library);
}

/** Field → reason, of one kind. */
export function notesOf({ notes }: OpenedInterchange, kind: string): Record<string, string> {
  return Object.fromEntries(
    notes.filter((note) => note.kind === kind).map(({ field, reason }) => [field, reason]),
  );
}
