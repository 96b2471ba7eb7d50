/** Prompt syntax that web UIs know and this version does not: refused by name instead of being read as words. */

import { ScheduleError } from "../errors.ts";
import { excerpt } from "../printable.ts";

const NETWORK_TAG = /<\w+:[^<>]+>/;
const AND_WORD = /(?<![\p{L}\p{N}_])AND(?![\p{L}\p{N}_])/u;
/** `a hero :1.2` at the end of the prompt, outside of brackets: the weight of a part of an AND composition. */
const PART_WEIGHT = /(?<!\\)(:\s*[-+]?(?:\d+\.?|\d*\.\d+))$/;
const NUMBER = /^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)\s*$/;

/**
 * Passes a prompt that holds only plain words, emphasis and BREAK.
 *
 * @throws ScheduleError naming the syntax that is not supported: `<lora:…>` and other network tags, `AND`, `:weight` at the end,
 * `[from:to:when]`, `[a|b]`
 */
export function refuseUnsupportedSyntax(prompt: string): void {
  const tag = NETWORK_TAG.exec(prompt);
  if (tag) throw unsupported(`the network tag ${excerpt(tag[0])}`, "remove the tag");
  if (AND_WORD.test(prompt)) throw unsupported("AND composition", "write a comma, or a lower-case and");
  const partWeight = PART_WEIGHT.exec(prompt.trimEnd());
  if (partWeight) {
    throw unsupported(
      `a weight for the whole prompt, "${partWeight[1]}"`,
      "put the words that it belongs to in brackets, (words:1.2), or write \\: for a colon",
    );
  }
  const editing = findEditing(prompt);
  if (editing) throw unsupported(editing, "change the prompt at a keyframe, or write \\[ for a bracket");
}

function unsupported(syntax: string, hint: string): ScheduleError {
  return new ScheduleError(`found ${syntax}, which comes in a later version`, { hint });
}

/** A bracket that is still open, and what stands in it outside of inner brackets. */
interface OpenBracket {
  readonly square: boolean;
  readonly start: number;
  bars: number;
  colons: number;
  lastColon: number;
}

/** What kind of prompt editing the prompt holds, in words; undefined if none. */
function findEditing(prompt: string): string | undefined {
  const open: OpenBracket[] = [];
  for (let i = 0; i < prompt.length; i++) {
    const character = prompt[i];
    const inner = open.at(-1);
    if (character === "\\") i++;
    else if (character === "[" || character === "(") {
      open.push({ square: character === "[", start: i, bars: 0, colons: 0, lastColon: -1 });
    } else if (character === "|" && inner) inner.bars++;
    else if (character === ":" && inner) {
      inner.colons++;
      inner.lastColon = i;
    } else if (character === ")" && inner && !inner.square) open.pop();
    else if (character === "]" && inner?.square) {
      open.pop();
      const { bars, colons, lastColon, start } = inner;
      const text = excerpt(prompt.slice(start, i + 1));
      if (bars > 0 && colons === 0) return `alternating words, ${text}`;
      const isEditing = bars === 0 && (colons === 1 || colons === 2);
      if (isEditing && NUMBER.test(prompt.slice(lastColon + 1, i))) return `prompt editing, ${text}`;
    }
  }
  return undefined;
}
