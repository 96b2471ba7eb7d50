/** Words for what the YAML parser complains about, with the corrected line where quoting would have helped. */

import type { YAMLError } from "yaml";

import { printableName } from "../printable.ts";
import type { YamlProblem } from "./yaml-limits.ts";

/** Longest line that a hint repeats, in characters. */
export const MAX_SHOWN_LINE = 300;

/** More than this are consequences of the first ones. */
const MAX_REPORTED = 10;

/** The parser's errors and warnings, one per line. */
export function describeYamlErrors(text: string, errors: readonly YAMLError[]): YamlProblem[] {
  const seenLines = new Set<string>();
  const problems: YamlProblem[] = [];
  for (const error of errors) {
    const line = lineAt(text, error.pos[0]);
    if (seenLines.has(line) || problems.length === MAX_REPORTED) continue;
    seenLines.add(line);
    problems.push(describeYamlError(text, error, line));
  }
  return problems;
}

function describeYamlError(text: string, error: YAMLError, line: string): YamlProblem {
  const offset = error.pos[0];
  const corrected = quoteValue(line);
  switch (error.code) {
    case "TAB_AS_INDENT":
      return {
        offset,
        message: "expected spaces before a key, found a tab",
        hint: "replace the tab by spaces",
      };
    case "MULTIPLE_DOCS":
      return {
        offset,
        message: "expected one animation in a file, found a second YAML document",
        hint: "put it into its own file; animate renders several files one after the other",
      };
    case "TAG_RESOLVE_FAILED":
      return {
        offset,
        message: `expected plain YAML, found the tag ${printableName(text.slice(offset, error.pos[1]))}`,
        hint: "remove the tag",
      };
    case "BAD_DQ_ESCAPE":
      return {
        offset,
        message: `expected a known escape inside double quotes, found ${text.slice(offset, offset + 2)}`,
        hint: "write two backslashes for one, or use single quotes",
      };
    case "BAD_SCALAR_START":
      return {
        offset,
        message: `expected a value, found the reserved character ${text[offset]}`,
        hint: corrected === undefined ? "put the value in quotes" : `quote it: ${corrected}`,
      };
    default:
      return corrected === undefined
        ? {
            offset,
            message: `expected valid YAML, found a mistake: ${printableName(lowerFirst(error.message))}`,
            hint: "look at indentation, brackets and quotes there; text with a colon or a # needs quotes",
          }
        : {
            offset,
            message: "expected one value after the key, found more",
            hint: `quote it: ${corrected}`,
          };
  }
}

/** A value that has to be quoted, with its key: `30: 0: (0), 60: (1)`, `zoom: "max_f":(1), 0:(2)`, `0: a cat: white`. */
const UNQUOTED = /^\s*(?:- )?(?<key>[\w.-]+|"[^"]*"|'[^']*'):[ \t]+(?<value>\S.*)$/;

/** The line with its value in quotes; undefined if quotes would not mend it. */
function quoteValue(line: string): string | undefined {
  if (line.length > MAX_SHOWN_LINE) return undefined;
  const { key, value } = UNQUOTED.exec(line)?.groups ?? {};
  if (key === undefined || value === undefined) return undefined;
  const bare = value.replace(/\s+#.*$/, "").trimEnd();
  const isQuotedWhole = /^(?:"[^"]*"|'[^']*')$/.test(bare);
  const needsQuotes = /^[`@%]|:\s|["'].*:/.test(bare);
  if (isQuotedWhole || !needsQuotes || /^[{[|>]/.test(bare)) return undefined;
  return `${key}: ${quoteText(bare)}`;
}

/** The text as a YAML scalar in the kind of quotes that needs no escape, or in single quotes with theirs doubled. */
export function quoteText(text: string): string {
  if (!/["\\]/.test(text)) return `"${text}"`;
  return `'${text.replaceAll("'", "''")}'`;
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", start);
  return text.slice(start, end === -1 ? undefined : end).replace(/\r$/, "");
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
