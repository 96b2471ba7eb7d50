/** What a model knows of a title. */

import { findModel } from "../models/find-model.ts";
import { listLibrary } from "../models/library.ts";
import { readVocabulary } from "../models/vocabulary.ts";
import { unknownWords } from "../schedule/lint-words.ts";
import type { Channel } from "./channel.ts";
import { drawsTitle, type TitleWords } from "./prompts.ts";

/** The title with what the model was taught. A model that is not there is told later, with its place. */
export async function titleWords(
  title: string,
  { subjects }: Channel,
  model: string,
  folder: string,
): Promise<TitleWords> {
  const path = await findModel(model, folder).catch(() => undefined);
  return { title, subjects, vocabulary: path === undefined ? undefined : await readVocabulary(path) };
}

/** One sentence about words of the title that the model does not know, or none. */
export async function wordWarnings(words: TitleWords, model: string, folder: string): Promise<string[]> {
  const { title, vocabulary, subjects } = words;
  if (vocabulary === undefined) return [];
  const embeddings = new Set((await listLibrary("embedding", folder)).map(({ name }) => name.toLowerCase()));
  const unknown = unknownWords(title, vocabulary).filter((word) => !embeddings.has(word));
  if (unknown.length === 0) return [];
  const told = `${model} was never taught ${unknown.join(", ")}`;
  const instead = drawsTitle(words) ? "" : `; it draws ${[...subjects.keys()].join(", ")} in turn`;
  return [
    `${told}${instead}. \`animate models check ${model}\` lists its words; a checkpoint of Stable Diffusion knows them all`,
  ];
}
