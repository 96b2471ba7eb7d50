/** Text in the order in which it is seen: what runs from right to left is told from what runs from left to right. */

export interface TextRun {
  /** As it is read; a shaper lays out a run of either direction by itself. */
  readonly text: string;
  readonly direction: "ltr" | "rtl";
}

const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
const LETTER = /\p{L}/u;
const NUMBER = /\p{Nd}/u;
const MARK = /\p{M}/u;

type Kind = "ltr" | "rtl" | "number" | "neutral";

/**
 * The runs of a line from left to right. The Unicode Bidirectional Algorithm (UAX #9) for what titles have: the first letter decides where the
 * line begins, numbers stand from left to right within either, other signs go with their neighbors or else with the line. Marks of
 * direction and isolates are not known here; they are taken out before.
 */
export function visualRuns(line: string): TextRun[] {
  const characters = Array.from(line);
  const kinds = resolveKinds(characters);
  const base = kinds.find((kind) => kind === "ltr" || kind === "rtl") ?? "ltr";
  const levels = kinds.map((kind, i) => levelOf(kind, i, kinds, base));
  const runs: { text: string; level: number }[] = [];
  for (const [i, character] of characters.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && last.level === levels[i]) last.text += character;
    else runs.push({ text: character, level: levels[i]! });
  }
  return inVisualOrder(runs).map(({ text, level }) => ({ text, direction: level % 2 === 0 ? "ltr" : "rtl" }));
}

function resolveKinds(characters: readonly string[]): Kind[] {
  const kinds: Kind[] = [];
  let strong: Kind | undefined;
  for (const character of characters) {
    let kind: Kind = "neutral";
    if (NUMBER.test(character)) kind = strong === "rtl" ? "number" : "ltr";
    else if (MARK.test(character)) kind = kinds.at(-1) ?? "neutral";
    else if (RIGHT_TO_LEFT.test(character)) kind = "rtl";
    else if (LETTER.test(character)) kind = "ltr";
    if (kind === "ltr" || kind === "rtl") strong = LETTER.test(character) ? kind : strong;
    kinds.push(kind);
  }
  return kinds;
}

function levelOf(kind: Kind, index: number, kinds: readonly Kind[], base: Kind): number {
  if (kind === "number") return 2;
  let direction: Kind = kind;
  if (kind === "neutral") {
    const [before, after] = [besides(kinds, index, -1), besides(kinds, index, 1)];
    direction = before === after && before !== undefined ? before : base;
  }
  if (direction === "rtl") return 1;
  return base === "rtl" ? 2 : 0;
}

/** The direction of the nearest character that has one; numbers in a text from right to left belong to it. */
function besides(kinds: readonly Kind[], index: number, step: 1 | -1): Kind | undefined {
  for (let i = index + step; i >= 0 && i < kinds.length; i += step) {
    const kind = kinds[i]!;
    if (kind !== "neutral") return kind === "number" ? "rtl" : kind;
  }
  return undefined;
}

/** Rule L2: from the highest level down, every stretch of that level or above is turned around. */
function inVisualOrder<Run extends { readonly level: number }>(runs: readonly Run[]): Run[] {
  const ordered = [...runs];
  for (let level = 2; level >= 1; level--) {
    for (let start = 0; start < ordered.length; start++) {
      let end = start;
      while (end < ordered.length && ordered[end]!.level >= level) end++;
      if (end > start) ordered.splice(start, end - start, ...ordered.slice(start, end).toReversed());
      start = Math.max(start, end);
    }
  }
  return ordered;
}
