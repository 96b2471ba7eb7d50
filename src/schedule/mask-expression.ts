/** Masks put together from others: `{video_mask} & ![sky.png]`. */

import { ScheduleError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { excerpt } from "../printable.ts";

/** What an expression reads: a picture by its path, one of the two that have names, or what words name in the frame. */
export type MaskSource =
  | { readonly kind: "everywhere" }
  | { readonly kind: "video_mask" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "words"; readonly words: string };

export interface MaskExpression {
  /** Each once. */
  readonly sources: readonly MaskSource[];
  /** @param read the values of a source, 0–1 per pixel, all of one length; not written into */
  evaluate(read: (source: MaskSource) => Float32Array): Float32Array;
}

type Node =
  | { readonly source: MaskSource }
  | { readonly not: Node }
  /** From left to right; a list, because a chain as a tower of pairs would exhaust the stack. */
  | { readonly operator: Operator; readonly operands: readonly Node[] };

/** From the loosest to the tightest; of grays the usual of fuzzy sets, so that black and white are the boolean ones. */
const OPERATORS = {
  "\\": (a: number, b: number) => Math.min(a, 1 - b),
  "^": (a: number, b: number) => Math.abs(a - b),
  "|": (a: number, b: number) => Math.max(a, b),
  "&": (a: number, b: number) => Math.min(a, b),
} as const;
type Operator = keyof typeof OPERATORS;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys are written above
const PRECEDENCE = Object.keys(OPERATORS) as Operator[];

const TOKEN = /\s*(?:\{\s*(\w*)\s*\}|\[([^\]]*)\]|<([^>]*)>|([!&|^\\()]))/y;

/**
 * Reads an expression of `{everywhere}`, `{video_mask}` (the file of the mask), `[path]`, `<words>`, brackets, and, from the tightest to the loosest,
 * `!` not, `&` and, `|` or, `^` one of the two, `\` the first without the second. Source: Deforum's composable masks, as they are meant.
 *
 * @throws ScheduleError with the place of the mistake
 */
export function parseMaskExpression(text: string): MaskExpression {
  const tokens = readTokens(text);
  let position = 0;
  const root = readOperation(0, 0);
  if (position < tokens.length) throw unexpected("an operator (& | ^ \\) or the end");
  const sources = collectSources(root);
  return { sources: [...sources.values()], evaluate: (read) => evaluate(root, read) };

  function readOperation(level: number, depth: number): Node {
    const operator = PRECEDENCE[level];
    if (operator === undefined) return readOperand(depth);
    const operands = [readOperation(level + 1, depth)];
    while (tokens[position]?.sign === operator) {
      position++;
      operands.push(readOperation(level + 1, depth));
    }
    return operands.length === 1 ? operands[0]! : { operator, operands };
  }

  function readOperand(depth: number): Node {
    if (depth > LIMITS.schedule.maskDepth)
      throw unexpected(`at most ${LIMITS.schedule.maskDepth} brackets within each other`);
    const token = tokens[position];
    if (token?.source !== undefined) {
      position++;
      return { source: token.source };
    }
    if (token?.sign === "!") {
      position++;
      return { not: readOperand(depth + 1) };
    }
    if (token?.sign !== "(") throw unexpected("a mask such as {video_mask} or [sky.png]");
    position++;
    const inner = readOperation(0, depth + 1);
    if (tokens[position]?.sign !== ")") throw unexpected("a closing bracket");
    position++;
    return inner;
  }

  function unexpected(expected: string): ScheduleError {
    const token = tokens[position];
    return new ScheduleError(`expected ${expected}, found ${token ? excerpt(token.text) : "the end"}`, {
      offset: token?.offset ?? text.length,
      hint: "write masks such as {video_mask} & ![sky.png], with brackets where there are several operators",
    });
  }
}

interface Token {
  readonly text: string;
  readonly offset: number;
  readonly sign?: string;
  readonly source?: MaskSource;
}

function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  for (let offset = 0; offset < end;) {
    TOKEN.lastIndex = offset;
    const match = TOKEN.exec(text);
    if (match === null) {
      throw new ScheduleError(`expected a mask or an operator, found ${excerpt(text.slice(offset).trim())}`, {
        offset,
        hint: "files stand in square brackets, [sky.png]; names in curly ones, {video_mask}",
      });
    }
    const [whole, name, path, words, sign] = match;
    const place = { text: whole.trim(), offset: offset + whole.length - whole.trimStart().length };
    const source = sign === undefined && sourceOf(name, path, words, place.offset);
    tokens.push(source ? { ...place, source } : { ...place, sign: sign! });
    offset += whole.length;
  }
  return tokens;
}

function sourceOf(
  name: string | undefined,
  path: string | undefined,
  words: string | undefined,
  offset: number,
): MaskSource {
  if (name === "everywhere" || name === "video_mask") return { kind: name };
  if (name !== undefined) {
    throw new ScheduleError(`expected {video_mask} or {everywhere}, found ${excerpt(`{${name}}`)}`, {
      offset,
      hint: "files stand in square brackets, [sky.png]",
    });
  }
  const text = (path ?? words)!.trim();
  if (text !== "") return path === undefined ? { kind: "words", words: text } : { kind: "file", path: text };
  const wanted = path === undefined ? "words that name something" : "the path of a picture";
  throw new ScheduleError(`expected ${wanted} in the brackets, found nothing`, { offset });
}

/** A name for a source, the same for the same. */
export function maskSourceKey(source: MaskSource): string {
  if (source.kind === "words") return `<${source.words}>`;
  return source.kind === "file" ? `[${source.path}]` : `{${source.kind}}`;
}

function collectSources(node: Node, found = new Map<string, MaskSource>()): Map<string, MaskSource> {
  if ("source" in node) found.set(maskSourceKey(node.source), node.source);
  else if ("not" in node) collectSources(node.not, found);
  else for (const operand of node.operands) collectSources(operand, found);
  return found;
}

function evaluate(node: Node, read: (source: MaskSource) => Float32Array): Float32Array {
  if ("source" in node) return read(node.source);
  if ("not" in node) return evaluate(node.not, read).map((value) => 1 - value);
  const combine = OPERATORS[node.operator];
  return node.operands
    .map((operand) => evaluate(operand, read))
    .reduce((left, right) => left.map((value, i) => combine(value, right[i]!)));
}
