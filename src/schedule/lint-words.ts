/** Warnings about words of prompts that a small model was never taught. */

import { closest, distance } from "fastest-levenshtein";
import { splitAtWords } from "../models/embedding-words.ts";
import { takeNetworkTags } from "../prompt/network-tags.ts";
import type { LoadedSettings } from "../settings/load.ts";
import type { Settings } from "../settings/schema.ts";
import type { LintWarning } from "./lint.ts";
import { planModels } from "./model-plan.ts";
import { parseTextSchedule } from "./schedule.ts";
import { scheduleContext } from "./schedule-context.ts";

/** A slip of one letter may be what was meant, in a long word two; anything farther is another word. */
const LONG_WORD = 7;

/**
 * One warning per text with words outside `vocabulary`. Numbers, formulas and the marks of emphasis are no words.
 *
 * @param model name in the settings; of prompts that other models draw nothing is said
 * @param vocabulary its words, lower case
 * @param embeddings words that embeddings stand for
 */
export function lintWords(
  { settings, locate }: LoadedSettings,
  model: string,
  vocabulary: ReadonlySet<string>,
  embeddings: readonly string[] = [],
): LintWarning[] {
  const split = splitAtWords(embeddings);
  const drawn = promptsDrawnBy(model, settings);
  const prompts = Object.entries(settings.prompts)
    .filter(([key]) => drawn.has(key))
    .map(([key, text]) => ({ keys: ["prompts", key], text }));
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
        message: `has ${nouns} that ${model} was never taught: ${unknown.join(", ")}`,
        hint: describeWayOut(unknown, vocabulary, model),
      },
    ];
  });
}

/** Keys of the prompts that some frame of the model shows, and of those that no frame shows. */
function promptsDrawnBy(model: string, settings: Settings): ReadonlySet<string> {
  const context = scheduleContext(settings);
  const models = planModels(settings.model, context);
  const keys = parseTextSchedule(settings.prompts).resolve(context);
  const drawn = keys.filter(({ frame }, index) => {
    const end = keys[index + 1]?.frame ?? settings.frames;
    return models.slice(frame, end).includes(model);
  });
  const [ofModel, shown] = [drawn, keys].map((some) => new Set(some.map(({ at }) => at)));
  return new Set(Object.keys(settings.prompts).filter((key) => ofModel!.has(key) || !shown!.has(key)));
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
