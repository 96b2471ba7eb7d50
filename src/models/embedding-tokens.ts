/** Words of embeddings as tokens: numbers behind those of the vocabulary, one for each vector. */

import { splitAtWords } from "./embedding-words.ts";
import type { Tokenizer } from "./model.ts";

/** A word and how many tokens it takes. */
export interface EmbeddingWord {
  readonly word: string;
  readonly vectors: number;
}

/**
 * A tokenizer that also knows the words of embeddings. The first one's tokens begin behind the vocabulary, each next one's behind it, as the
 * rows lie in the text encoder's table.
 *
 * @param vocabulary rows of the text encoder's own table
 */
export function withEmbeddingWords(
  tokenizer: Tokenizer,
  words: readonly EmbeddingWord[],
  vocabulary: number,
): Tokenizer {
  if (words.length === 0) return tokenizer;
  const tokens = new Map<string, readonly number[]>();
  const vectors = new Map<number, number>();
  let next = vocabulary;
  for (const { word, vectors: count } of words) {
    tokens.set(
      word,
      Array.from({ length: count }, (_, i) => next + i),
    );
    vectors.set(next, count);
    next += count;
  }
  const split = splitAtWords([...tokens.keys()]);
  return {
    ...tokenizer,
    encode: (text) =>
      split(text).flatMap((part) =>
        part.word === undefined ? [...tokenizer.encode(part.text)] : [...tokens.get(part.word)!],
      ),
    unitLength: (token) => vectors.get(token) ?? 1,
  };
}
