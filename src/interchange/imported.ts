/** A finished import: settings as a tree with places, ready for the loader, and the notes. */

import { allSettings, findSetting } from "../settings/setting-list.ts";
import type { YamlTree } from "../settings/yaml-tree.ts";
import type { Draft } from "./draft.ts";
import type { ImportNote } from "./import-note.ts";
import { offsetInJsonText } from "./json-node.ts";

export interface Imported {
  /** Our settings; what stands at our default is left out, except what everyone looks for first. */
  readonly tree: YamlTree;
  /** In the order of the file. */
  readonly notes: readonly ImportNote[];
}

/** Settings that are written even at their defaults. */
const ALWAYS: ReadonlySet<string> = new Set([
  "name",
  "model",
  "size",
  "fps",
  "frames",
  "seed",
  "sampler",
  "steps",
  "guidance_scale",
  "strength",
  "cadence",
  "mode",
  "prompts",
]);

/** @param file what errors call the file; `text` its JSON text */
export function finishImport(draft: Draft, file: string, text: string): Imported {
  doAsDeforum(draft);
  const notes = locateNotes(draft, file, text);
  const kept = [...draft.values].filter(([path, value]) => ALWAYS.has(path) || !isDefault(path, value));
  return {
    notes,
    tree: {
      value: nest(inSchemaOrder(kept)),
      problems: [],
      offsetOf: (path, part, character) =>
        offsetOf(draft, text, path, part === "value" ? character : undefined),
    },
  };
}

/** What Deforum does without being told. */
function doAsDeforum({ values }: Draft): void {
  values.set("deforum_exact", true);
  // Nobody asks for so many frames to get fewer.
  values.set("last_block", "write");
  if (values.get("feedback.color_reference") !== "video") values.set("feedback.color_reference", "first");
}

/** Notes in the order of the file, whose lines are counted in one walk. */
function locateNotes(draft: Draft, file: string, text: string): ImportNote[] {
  let line = 1;
  let lineStart = 0;
  return draft.notes
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ offset, ...note }) => {
      for (
        let next = text.indexOf("\n", lineStart);
        next >= 0 && next < offset;
        next = text.indexOf("\n", lineStart)
      ) {
        line++;
        lineStart = next + 1;
      }
      return { ...note, location: `${file}:${line}:${offset - lineStart + 1}` };
    });
}

/** Whether the value is what we have without it. */
export function isDefault(path: string, value: unknown): boolean {
  const setting = findSetting(path.split("."));
  return setting !== undefined && !path.startsWith("controlnet.") && setting.defaultValue === value;
}

function inSchemaOrder(entries: readonly (readonly [string, unknown])[]): (readonly [string, unknown])[] {
  const order = new Map(allSettings.map(({ path }, index) => [path, index]));
  const rank = (path: string): number => order.get(path) ?? order.get(path.split(".")[0]!) ?? 0;
  return entries.toSorted(([a], [b]) => rank(a) - rank(b));
}

/** `controlnet.0.model` → a list of mappings, everything else → mappings. */
function nest(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of entries) {
    const keys = path.split(".");
    let parent: object = root;
    for (const [index, key] of keys.slice(0, -1).entries()) {
      const child: unknown = Reflect.get(parent, key) ?? (/^\d+$/.test(keys[index + 1]!) ? [] : {});
      Reflect.set(parent, key, child);
      parent = child as object;
    }
    Reflect.set(parent, keys.at(-1)!, value);
  }
  return root;
}

/** Where in the JSON text a value of ours comes from: the field, and a character of its text. */
function offsetOf(
  draft: Draft,
  text: string,
  path: readonly string[],
  character: number | undefined,
): number {
  for (let length = path.length; length > 0; length--) {
    const origin = draft.origins.get(path.slice(0, length).join("."));
    if (origin === undefined) continue;
    const { node } = origin.field ?? {};
    if (length < path.length || node?.kind !== "scalar") return node?.start ?? origin.offset;
    const isText = typeof node.value === "string" && character !== undefined;
    return isText ? offsetInJsonText(text, node, Math.max(0, character - origin.shift)) : node.start;
  }
  return 0;
}
