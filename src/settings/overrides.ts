/** Values from the command line that stand above those of the file. */

import { SettingsError } from "../errors.ts";
import { printableName } from "../printable.ts";
import { describeValue } from "./describe-value.ts";
import { valueAt } from "./value-at.ts";
import { readYamlTree } from "./yaml-tree.ts";
import { findSetting } from "./setting-list.ts";

/** One value from outside the file. */
export interface Override {
  /** Settings path, `motion.zoom`; a key of a mapping may follow, `prompts.30`. */
  readonly path: string;
  /** As it would stand in the file after parsing. */
  readonly value: unknown;
  /** What an error calls the place: `--frames`, `--set motion.zoom`. */
  readonly location: string;
}

/**
 * Reads the text of a `--set` flag, `motion.zoom=1.02`.
 *
 * Numbers, true, false and `{…}` mappings and lists of mappings are read as in the file; everything else is text, without any need for quotes.
 * Throws SettingsError when there is no path or no `=`.
 */
export function readSetFlag(flag: string): Override {
  const equals = flag.indexOf("=");
  const path = flag.slice(0, equals).trim();
  if (equals === -1 || path === "") {
    const message = `expected a path and a value such as motion.zoom=1.02, found ${describeValue(flag)}`;
    throw new SettingsError([{ location: "--set", path: "", message }]);
  }
  const location = `--set ${printableName(path)}`;
  return { path, location, value: readFlagValue(flag.slice(equals + 1).trim(), path, location) };
}

function readFlagValue(text: string, path: string, location: string): unknown {
  const kind = findSetting(path.split("."))?.kind;
  if (kind === "text") return text;
  if (text.startsWith("{")) return readMapping(text, path, location);
  if (kind === "list" || kind === "shots")
    return valueAt(readMapping(`items: ${text}`, path, location), ["items"]);
  if (kind === "prompts" || path.startsWith("prompts.")) return text;
  if (text === "true" || text === "false") return text === "true";
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text) ? Number(text) : text;
}

function readMapping(text: string, path: string, location: string): unknown {
  const { value, problems } = readYamlTree(text);
  if (problems.length > 0) {
    throw new SettingsError(
      problems.map(({ message, hint }) => ({
        location,
        path: printableName(path),
        message,
        ...(hint !== undefined && { hint }),
      })),
    );
  }
  return value;
}
