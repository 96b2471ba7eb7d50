/** YAML text → plain values, and where in the text each of them stands. */

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Alias,
  type Document,
  type Scalar,
  type YAMLMap,
} from "yaml";

import { LIMITS } from "../limits.ts";
import { describeValue, quoteShort } from "./describe-value.ts";
import { printableName } from "../printable.ts";
import { lineAndColumn, offsetInSource } from "./text-position.ts";
import { checkYamlLimits, type YamlProblem } from "./yaml-limits.ts";
import { describeYamlErrors, MAX_SHOWN_LINE, quoteText } from "./yaml-syntax.ts";

/** A mistake with its settings path. */
export interface TreeProblem extends YamlProblem {
  readonly path: readonly string[];
}

export interface YamlTree {
  /** The settings as written; undefined when the text is no mapping. */
  readonly value: Record<string, unknown> | undefined;
  readonly problems: readonly TreeProblem[];
  /** Character of a value, or of its key; of the nearest parent when the path is not in the text. */
  offsetOf(path: readonly string[], part: "key" | "value", characterOfText?: number): number;
}

interface Place {
  readonly key: number;
  readonly value: number;
  readonly scalar: Scalar | undefined;
}

/** Reads one YAML document of settings. Never throws: every mistake is in `problems`. */
export function readYamlTree(text: string): YamlTree {
  const refused = checkYamlLimits(text);
  if (refused !== undefined) return emptyTree([{ ...refused, path: [] }]);
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    // Else bytes, sets and dates could stand where settings expect mappings and texts.
    resolveKnownTags: false,
    prettyErrors: false,
    // Quadratic in the parser; checked below in one pass.
    uniqueKeys: false,
    // "silent" would hide that there is a second document; parseDocument never prints.
    logLevel: "error",
  });
  const syntax = describeYamlErrors(text, [...document.errors, ...document.warnings]);
  if (syntax.length > 0) return emptyTree(syntax.map((problem) => ({ ...problem, path: [] })));
  if (isMap(document.contents)) return new TreeReader(text, document).read(document.contents);
  const problem = {
    path: [],
    offset: document.contents?.range?.[0] ?? 0,
    hint: "write keys and values, such as prompts: a red balloon",
  };
  const found = document.contents === null ? "an empty file" : describeRoot(document.contents);
  return emptyTree([{ ...problem, message: `expected a mapping of settings, found ${found}` }]);
}

function describeRoot(node: unknown): string {
  if (isScalar(node)) return node.value === null ? "an empty file" : describeValue(node.value);
  return isSeq(node) ? "a list" : "an alias";
}

function emptyTree(problems: readonly TreeProblem[]): YamlTree {
  return { value: undefined, problems, offsetOf: () => 0 };
}

/** One walk over a document; a class because the walk shares its places, problems and counters. */
class TreeReader {
  readonly #text: string;
  readonly #document: Document;
  readonly #places = new Map<string, Place>();
  readonly #problems: TreeProblem[] = [];
  #aliases = 0;
  #values = 0;

  constructor(text: string, document: Document) {
    this.#text = text;
    this.#document = document;
  }

  read(root: YAMLMap): YamlTree {
    return {
      value: this.#readMap(root.items, [], 0, new Set([root]), root.flow === true),
      problems: this.#problems,
      offsetOf: (path, part, characterOfText) => this.#offsetOf(path, part, characterOfText),
    };
  }

  #offsetOf(path: readonly string[], part: "key" | "value", characterOfText?: number): number {
    const place = this.#places.get(placeKey(path));
    if (place === undefined) return path.length === 0 ? 0 : this.#offsetOf(path.slice(0, -1), "key");
    if (part === "key") return place.key;
    if (characterOfText === undefined || place.scalar === undefined) return place.value;
    return offsetInSource(this.#text, place.scalar, characterOfText);
  }

  /** @param open anchors being read, so that an alias inside its own anchor is seen */
  #readNode(node: unknown, path: readonly string[], offset: number, open: ReadonlySet<unknown>): unknown {
    this.#values++;
    if (this.#values > LIMITS.yaml.values) {
      if (this.#values === LIMITS.yaml.values + 1)
        this.#report(path, offset, `expected at most ${LIMITS.yaml.values} values, found more`);
      return undefined;
    }
    if (isAlias(node)) return this.#readAlias(node, path, open);
    if (isScalar(node)) return this.#readScalar(node, path);
    if (isSeq(node)) {
      const inside = new Set(open).add(node);
      return node.items.map((item, index) => this.#readItem(item, [...path, String(index)], offset, inside));
    }
    if (isMap(node))
      return this.#readMap(node.items, path, offset, new Set(open).add(node), node.flow === true);
    return null;
  }

  /** An item of a list; a mapping in it has no place of its own, its keys have. */
  #readItem(node: unknown, path: readonly string[], offset: number, open: ReadonlySet<unknown>): unknown {
    const start = rangeStart(node);
    if (isScalar(node) && start !== undefined) {
      this.#places.set(placeKey(path), { key: start, value: start, scalar: node });
    }
    return this.#readNode(node, path, offset, open);
  }

  #readAlias(alias: Alias, path: readonly string[], open: ReadonlySet<unknown>): unknown {
    const offset = alias.range?.[0] ?? 0;
    this.#aliases++;
    // Counted before it is resolved: resolving searches the whole document.
    if (this.#aliases > LIMITS.yaml.aliases) {
      const hint = "write the values out";
      if (this.#aliases === LIMITS.yaml.aliases + 1) {
        this.#report(path, offset, `expected at most ${LIMITS.yaml.aliases} aliases, found more`, hint);
      }
      return undefined;
    }
    const target = alias.resolve(this.#document);
    if (target === undefined || open.has(target)) {
      const reason = target === undefined ? "is not set before it" : "contains it";
      this.#report(
        path,
        offset,
        `expected the alias of an earlier value, found *${printableName(alias.source)}, whose anchor ${reason}`,
      );
      return undefined;
    }
    return this.#readNode(target, path, offset, open);
  }

  #readScalar(scalar: Scalar, path: readonly string[]): unknown {
    const { value, source } = scalar;
    // Beyond 2^53 doubles skip whole numbers: a seed would silently become another one.
    if (
      typeof value === "number" &&
      Number.isInteger(value) &&
      !Number.isSafeInteger(value) &&
      !/[.e]/i.test(source ?? "")
    ) {
      const limit = Number.MAX_SAFE_INTEGER;
      this.#report(
        path,
        scalar.range?.[0] ?? 0,
        `expected a whole number from ${-limit} to ${limit}, found ${printableName(source ?? String(value))}`,
      );
      return undefined;
    }
    return value;
  }

  #readMap(
    items: readonly { key: unknown; value: unknown }[],
    path: readonly string[],
    offset: number,
    open: ReadonlySet<unknown>,
    isFlow: boolean,
  ): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const firstOffsets = new Map<string, number>();
    for (let index = 0; index < items.length; index++) {
      const { key: keyNode, value: valueNode } = items[index]!;
      const keyOffset = rangeStart(keyNode) ?? offset;
      const key = this.#readKey(keyNode, path, keyOffset);
      if (key === undefined) continue;
      const keyPath = [...path, key];
      const first = firstOffsets.get(key);
      if (first !== undefined) {
        this.#reportDuplicate(keyPath, keyOffset, first);
        continue;
      }
      firstOffsets.set(key, keyOffset);
      const valueOffset = isNothing(valueNode) ? keyOffset : (rangeStart(valueNode) ?? keyOffset);
      this.#places.set(placeKey(keyPath), {
        key: keyOffset,
        value: valueOffset,
        scalar: isScalar(valueNode) ? valueNode : undefined,
      });
      const pieces = isFlow && isScalar(valueNode) ? cutPieces(items, index) : [];
      if (pieces.length > 0 && isScalar(valueNode)) {
        const whole = [String(valueNode.value), ...pieces].join(", ");
        this.#report(
          keyPath,
          valueOffset,
          "expected one schedule text, found it cut at its commas",
          whole.length > MAX_SHOWN_LINE
            ? "put the whole schedule in quotes"
            : `quote it: ${printableName(key)}: ${quoteText(whole)}`,
        );
        index += pieces.length;
        continue;
      }
      const value = this.#readNode(valueNode, keyPath, valueOffset, open);
      if (value !== undefined) result[key] = value;
    }
    return result;
  }

  #readKey(node: unknown, path: readonly string[], offset: number): string | undefined {
    const key = isScalar(node) ? keyText(node) : undefined;
    // A key of this name would be lost when objects are copied.
    if (key !== undefined && key !== "" && key !== "__proto__") return key;
    const found = key === undefined ? "a list, a mapping or an alias" : describeValue(key);
    this.#report(path, offset, `expected the name of a setting or a frame as key, found ${found}`);
    return undefined;
  }

  #report(path: readonly string[], offset: number, message: string, hint?: string): void {
    if (this.#problems.length === LIMITS.settings.mistakes) return;
    this.#problems.push({ path, offset, message, ...(hint !== undefined && { hint }) });
  }

  #reportDuplicate(path: readonly string[], offset: number, firstOffset: number): void {
    // Counting lines takes a walk through the text.
    if (this.#problems.length === LIMITS.settings.mistakes) return;
    const [line] = lineAndColumn(this.#text, firstOffset).split(":");
    const message = `expected each key once, found ${quoteShort(path.at(-1)!)} again`;
    this.#report(path, offset, message, `the first one is in line ${line}; remove one of them`);
  }
}

/** Paths as keys of a map; keys themselves may contain any character. */
function placeKey(path: readonly string[]): string {
  return JSON.stringify(path);
}

/** Plain keys as written, so that `1e1` and `030` are not rewritten; quoted ones as meant. */
function keyText(scalar: Scalar): string {
  const isPlain = scalar.type === "PLAIN";
  if (isPlain && scalar.source !== undefined) return scalar.source;
  return typeof scalar.value === "string" ? scalar.value : "";
}

function rangeStart(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}

function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** `30:(15)`: a key of a Deforum schedule that a flow mapping took for a key of its own. */
const SCHEDULE_PIECE = /^["']?[\w.-]+["']?\s*:\s*\(/;

/** The pieces that `{ x: 0:(0), 30:(15), 60:(1) }` leaves behind after `0:(0)`: keys without a value. */
function cutPieces(items: readonly { key: unknown; value: unknown }[], index: number): string[] {
  const pieces: string[] = [];
  for (let next = index + 1; next < items.length; next++) {
    const { key, value } = items[next]!;
    if (!isScalar(key) || !isNothing(value) || !SCHEDULE_PIECE.test(keyText(key))) break;
    pieces.push(keyText(key));
  }
  return pieces;
}
