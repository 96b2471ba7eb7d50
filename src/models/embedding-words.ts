/** Finds the words of embeddings in prompts. */

/** A piece of a prompt: plain text, or a word that an embedding stands for. */
export interface PromptPart {
  readonly text: string;
  /** As in the list of words; undefined for plain text. */
  readonly word: string | undefined;
}

/** Cuts a text at the given words. */
export type SplitAtWords = (text: string) => PromptPart[];

/**
 * Words are found in any case, where no letter or digit continues them (`turquoise` is not found in `turquoises`), the longest first.
 *
 * @param words such as `easynegative`, `<cat-toy>`, `bad hands v2`
 */
export function splitAtWords(words: readonly string[]): SplitAtWords {
  if (words.length === 0) return (text) => [{ text, word: undefined }];
  const byFolded = new Map(words.map((word) => [word.toLowerCase(), word]));
  const longestFirst = words.toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const pattern = new RegExp(longestFirst.map(wholeWord).join("|"), "giu");
  return (text) => {
    const parts: PromptPart[] = [];
    let end = 0;
    for (const { 0: found, index } of text.matchAll(pattern)) {
      if (index > end) parts.push({ text: text.slice(end, index), word: undefined });
      parts.push({ text: found, word: byFolded.get(found.toLowerCase()) });
      end = index + found.length;
    }
    if (end < text.length || parts.length === 0) parts.push({ text: text.slice(end), word: undefined });
    return parts;
  };
}

function wholeWord(word: string): string {
  const escaped = word.replace(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`);
  const before = /^[\p{L}\p{N}_]/u.test(word) ? String.raw`(?<![\p{L}\p{N}_])` : "";
  const after = /[\p{L}\p{N}_]$/u.test(word) ? String.raw`(?![\p{L}\p{N}_])` : "";
  return before + escaped + after;
}
