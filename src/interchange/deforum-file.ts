/** The fields of a Deforum settings file under their present names, with their places. */

import type { JsonNode, JsonObject } from "./json-node.ts";
import { currentFields } from "./old-names.ts";

/** A field as it stands in the file, or as Deforum has it where the file says nothing. */
export interface FieldValue {
  readonly value: unknown;
  /** The value in the file; undefined for a default. */
  readonly node: JsonNode | undefined;
}

/** The fields of one file. */
export interface DeforumFile {
  /** The field, or `defaultValue` when it is not there. */
  field(name: string, defaultValue: unknown): FieldValue;
  has(name: string): boolean;
  /** Names in the file that lead to a field, the old ones of today's fields too; in the order of the file. */
  readonly names: readonly string[];
  /** As written in the file, with its place: `flip_2d_perspective` for `enable_perspective_flip`. */
  writtenAs(name: string): { readonly name: string; readonly offset: number };
  readonly root: JsonObject;
}

/** Looks at a JSON object as at a settings file: old names lead to today's, and old values of today's fields become what they are now. */
export function deforumFile(root: JsonObject): DeforumFile {
  const fields = currentFields(root);
  return {
    field(name, defaultValue) {
      const entry = fields.get(name);
      return entry === undefined
        ? { value: defaultValue, node: undefined }
        : { value: entry.value, node: entry.entry.node };
    },
    has: (name) => fields.has(name),
    names: [...fields.keys()],
    writtenAs(name) {
      const found = fields.get(name);
      return found === undefined
        ? { name, offset: root.start }
        : { name: found.writtenAs, offset: found.entry.offset };
    },
    root,
  };
}
