/** Warnings about words of prompts that a small model was never taught. */

import { closest, distance } from "fastest-levenshtein";
import { splitAtWords } from "../models/embedding-words.ts";
import { takeNetworkTags } from "../prompt/network-tags.ts";
import type { LoadedSettings } from "../settings/load.ts";
import type { LintWarning } from "./lint.ts";

/** A slip of one letter may be what was meant, in a long word two; anything farther is another word. */
const LONG_WORD = 7;

/**
 * One warning per text with words outside `vocabulary`. Numbers, formulas and the marks of emphasis are no words.
 *
 * @param vocabulary the model's words, lower case
 * @param embeddings words that embeddings stand for
 */
export function lintWords(
  { settings, locate }: LoadedSettings,
  vocabulary: ReadonlySet<string>,
  embeddings: readonly string[] = [],
): LintWarning[] {
  const split = splitAtWords(embeddings);
  const prompts = Object.entries(settings.prompts).map(([key, text]) => ({ keys: ["prompts", key], text }));
  const ofAll = (["positive_prompt", "negative_prompt"] as const).map((key) => {
    return { keys: [key], text: settings[key] };
  });
  return [...prompts, ...ofAll].flatMap(({ keys, text }) => {
    const unknown = unknownWords(
      split(text)
        .map((part) => (part.word === undefined ? part.text : " "))
        .join(""),
      vocabulary,
    );
    if (unknown.length === 0) return [];
    const nouns = unknown.length === 1 ? "a word" : "words";
    return [
      {
        location: locate(keys),
        path: keys.join("."),
        message: `has ${nouns} that ${settings.model} was never taught: ${unknown.join(", ")}`,
        hint: describeWayOut(unknown, vocabulary, settings.model),
      },
    ];
  });
}

/** The words of `text` that are not in the vocabulary, each once, in the order of the text. */
export function unknownWords(text: string, vocabulary: ReadonlySet<string>): string[] {
  const withoutFormulas = text.replace(/`[^`]*`/g, " ").replace(/--neg|\bAND\b/g, " ");
  // Neither tags of LoRAs nor tokens of embeddings are words.
  const plain = takeNetworkTags(withoutFormulas).text.replace(/<[^<>]+>/g, " ");
  const words = plain.toLowerCase().match(/\p{L}+/gu) ?? [];
  return [...new Set(words)].filter((word) => word !== "break" && !vocabulary.has(word));
}

function describeWayOut(unknown: readonly string[], vocabulary: ReadonlySet<string>, model: string): string {
  const known = [...vocabulary];
  const suggestions = unknown.flatMap((word) => {
    const candidate = closest(word, known);
    const near = word.length >= LONG_WORD ? 2 : 1;
    return distance(word, candidate) <= near ? [`${candidate} for ${word}`] : [];
  });
  const list = `\`animate models check ${model}\` lists the words it knows`;
  return suggestions.length === 0 ? list : `did you mean ${suggestions.join(", ")}? ${list}`;
}
