/** Imported settings as a YAML file, with what could not come along as comments. */

import { stringify } from "yaml";
import { printable } from "../printable.ts";
import type { Imported } from "./imported.ts";
import { describeNotes } from "./describe-notes.ts";

/** @param from what the first line says the file was made from */
export function writeYaml({ tree, notes }: Imported, from: string): string {
  const settings = stringify(tree.value, { lineWidth: 0, version: "1.2", schema: "core" });
  const comments = describeNotes(notes).map((line) => (line === "" ? "#" : `# ${printable(line)}`));
  const about = [`# Made from ${printable(from)} by \`animate import\`.`];
  return [...about, settings.trimEnd(), ...(comments.length === 0 ? [] : ["", ...comments]), ""].join("\n");
}
