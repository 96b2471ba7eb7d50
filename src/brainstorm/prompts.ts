/** Prompts from a title: templates and styles of a channel, each pair once, as different as possible from row to row. */

import type { Channel, Style, Template } from "./channel.ts";

/** A template in a style: one row of a sheet. */
export interface PromptIdea {
  readonly template: Template;
  readonly style: Style;
}

/** All pairs of templates and styles; neighbors differ in both where there is more than one of each. */
export function promptIdeas(templates: readonly Template[], styles: readonly Style[]): PromptIdea[] {
  const lap = leastCommonMultiple(templates.length, styles.length);
  return Array.from({ length: templates.length * styles.length }, (_, index) => ({
    template: templates[index % templates.length]!,
    // After each lap the pairs would come again; one style on, they are others.
    style: styles[(index + Math.floor(index / lap)) % styles.length]!,
  }));
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a * b) / x;
}

/** What stands for `{title}` and `{subject}`. */
export interface TitleWords {
  /** From {@link plainTitle}. */
  readonly title: string;
  readonly subjects: Channel["subjects"];
  /** All words that the model was taught; undefined for models that know language. */
  readonly vocabulary: ReadonlySet<string> | undefined;
}

/**
 * The prompt of an idea. `{title}` is the title as data: what looks like a placeholder in it stays as it is.
 *
 * `{subject}` is the title, too, unless the model has few words and the title has none of the channel's subjects among them: then the
 * channel's subjects take turns, by `turn`.
 */
export function writePrompt({ template, style }: PromptIdea, words: TitleWords, turn: number): string {
  const subjects = nearTitle([...words.subjects.values()], words, (subject) => subject);
  const subject = drawsTitle(words) ? words.title : subjects[turn % subjects.length]!;
  const values = new Map([
    ["{title}", words.title],
    ["{subject}", subject],
  ]);
  const prompt = template.text.replaceAll(/\{(?:title|subject)\}/g, (name) => values.get(name)!);
  return style.text.replaceAll("{prompt}", () => prompt);
}

/** Whether a subject in the title can be drawn by the model, as far as is known. */
export function drawsTitle({ title, subjects, vocabulary }: TitleWords): boolean {
  if (vocabulary === undefined || subjects.size === 0) return true;
  return wordsOf(title).some((word) => subjects.has(word));
}

/** Shorter words are those between words. */
const TELLING_WORD = 4;

/**
 * The same texts, where the model draws something else than the title: those that share words with it come first, so that a title with space
 * in it at least begins in space.
 */
export function nearTitle<Item>(
  items: readonly Item[],
  words: TitleWords,
  textOf: (item: Item) => string,
): readonly Item[] {
  if (drawsTitle(words)) return items;
  const telling = new Set(wordsOf(words.title).filter((word) => word.length >= TELLING_WORD));
  const shared = (item: Item) => wordsOf(textOf(item)).filter((word) => telling.has(word)).length;
  return items.toSorted((a, b) => shared(b) - shared(a));
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/\p{L}+/gu) ?? [];
}
