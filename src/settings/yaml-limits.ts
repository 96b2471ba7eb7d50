/** The gate before the YAML parser: limits that keep hostile files from exhausting stack, memory or time. */

import { CST, Lexer } from "yaml";
import { LIMITS } from "../limits.ts";

export interface YamlProblem {
  /** Character in the text. */
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/** The first limit that the text exceeds; undefined when it may be parsed. Linear in the length of the text. */
export function checkYamlLimits(text: string): YamlProblem | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.yaml.bytes) {
    return {
      offset: 0,
      message: `expected at most ${LIMITS.yaml.bytes} bytes, found ${bytes}`,
      hint: "is this a schedule file? split very long schedules into several animations",
    };
  }
  return findControlCharacter(text) ?? checkNesting(text);
}

function findControlCharacter(text: string): YamlProblem | undefined {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const offset = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufeff\ufffe\uffff]/u);
  if (offset === -1) return undefined;
  const code = text.codePointAt(offset)!.toString(16).toUpperCase().padStart(4, "0");
  return {
    offset,
    message: `expected text, found the control character U+${code}`,
    hint: "save the file as UTF-8 text, or write the character as an escape in double quotes",
  };
}

/** Counts levels over the parser's own tokens, so quotes, comments and block texts are told apart as it does. */
function checkNesting(text: string): YamlProblem | undefined {
  let offset = 0;
  let lineStart = 0;
  let flowDepth = 0;
  let startsBlockNode = true;
  const columns: number[] = [];
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (isMark(type)) continue;
    if (type === "flow-seq-start" || type === "flow-map-start") flowDepth++;
    else if (type === "flow-seq-end" || type === "flow-map-end") flowDepth = Math.max(0, flowDepth - 1);
    if (type === "newline") startsBlockNode = true;
    else if (startsBlockNode && flowDepth === 0 && type !== "space" && type !== "comment") {
      const column = offset - lineStart;
      while (columns.length > 0 && columns.at(-1)! >= column) columns.pop();
      columns.push(column);
      startsBlockNode = type === "seq-item-ind" || type === "explicit-key-ind" || type === "map-value-ind";
    }
    if (flowDepth + columns.length > LIMITS.yaml.depth) {
      return {
        offset,
        message: `expected at most ${LIMITS.yaml.depth} nested levels, found more`,
        hint: "settings nest at most 4 levels deep; look for brackets that are never closed",
      };
    }
    offset += token.length;
    const lastNewline = token.lastIndexOf("\n");
    if (lastNewline !== -1) lineStart = offset - (token.length - lastNewline - 1);
  }
  return undefined;
}

/** Tokens that stand for no text: the lexer's marks of document, scalar and broken flow. */
function isMark(type: string | null): boolean {
  return type === "doc-mode" || type === "scalar" || type === "flow-error-end";
}
