/** What Deforum calls the folder of a run, as the name of ours. */

import { settingsSchema } from "../settings/schema.ts";
import type { DeforumFile } from "./deforum-file.ts";

/** Characters of a folder's name in Deforum. */
const LONGEST = 50;

/**
 * `{seed}_{w}x{h}` with the file's values in their places (Deforum, behavior): an unknown word stands for itself; nothing, none and 0 become
 * `_`, and so do blanks and what no folder may be called by. `{timestring}`, the time at which Deforum begins, is left out: here a run
 * keeps its folder, so that it can be continued.
 *
 * @param template `batch_name`
 * @returns a name that our setting takes; `deforum` when nothing of it is left
 */
export function runName(template: string, file: DeforumFile): string {
  const named = template
    .replaceAll(/[_ -]*\{timestring\}[_ -]*/gi, "")
    .replaceAll(/\{([^{}]*)\}/g, (_, word: string) => valueOf(word, file))
    .replaceAll(/[<>:"/\\|?*,\s]/g, "_")
    .replaceAll(/[^A-Za-z0-9_.-]+/g, "-")
    .replaceAll(/^[^A-Za-z0-9]+|-+$/g, "")
    .slice(0, LONGEST);
  return settingsSchema.shape.name.safeParse(named).success ? named : "deforum";
}

function valueOf(word: string, file: DeforumFile): string {
  const field = file.names.find((name) => name.toLowerCase() === word.toLowerCase());
  if (field === undefined) return word;
  const { value } = file.field(field, null);
  const shown: unknown = field === "prompts" ? Object.values(value ?? {})[0] : value;
  const text = typeof shown === "string" || typeof shown === "number" ? String(shown) : "";
  return ["", "none", "0"].includes(text.toLowerCase()) ? "_" : text;
}
