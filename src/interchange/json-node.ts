/** Values of a JSON text that know where they stand in it. */

/** A value; `start` and `end` are characters of the text. */
export type JsonNode = JsonObject | JsonList | JsonScalar;

export interface JsonObject {
  readonly kind: "object";
  readonly start: number;
  readonly entries: ReadonlyMap<string, JsonEntry>;
  /** Keys that stood twice: the later value counts, as Python has it. */
  readonly repeated: readonly { readonly key: string; readonly offset: number }[];
}

export interface JsonEntry {
  /** Where the key stands. */
  readonly offset: number;
  readonly node: JsonNode;
}

export interface JsonList {
  readonly kind: "list";
  readonly start: number;
  readonly items: readonly JsonNode[];
}

export interface JsonScalar {
  readonly kind: "scalar";
  readonly start: number;
  readonly end: number;
  readonly value: string | number | boolean | null;
}

/** The node as plain data; keys that objects must not have are left out. */
export function plainJson(node: JsonNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plainJson);
  const entries = [...node.entries].filter(([key]) => key !== "__proto__");
  return Object.fromEntries(entries.map(([key, entry]) => [key, plainJson(entry.node)]));
}

/** Where a character of a text value stands in the JSON text: escapes are longer there. */
export function offsetInJsonText(json: string, node: JsonScalar, character: number): number {
  let offset = node.start + 1;
  for (let i = 0; i < character && offset < node.end - 1; i++) {
    if (json[offset] === "\\") offset += json[offset + 1] === "u" ? 6 : 2;
    else offset++;
  }
  return Math.min(offset, Math.max(node.start, node.end - 1));
}
