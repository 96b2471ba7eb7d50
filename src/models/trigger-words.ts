/** The words that a LoRA or embedding was trained with, as trainers write them into the file. */

/** More are no help to anyone. */
const MAX_WORDS = 20;
/** A tag is a word or a few; whole captions say nothing that would trigger. */
const MAX_LENGTH = 60;

/**
 * `modelspec.trigger_phrase` first, then the tags of kohya's `ss_tag_frequency`, most frequent first. Metadata is whatever somebody wrote:
 * what is not of the expected form is left out.
 *
 * @returns at most 20 words or short phrases, each once
 */
export function triggerWords(metadata: ReadonlyMap<string, string>): string[] {
  const phrases = (metadata.get("modelspec.trigger_phrase") ?? "").split(",");
  const counted = [...countTags(metadata.get("ss_tag_frequency"))].toSorted(
    ([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1),
  );
  const words = [...phrases, ...counted.map(([tag]) => tag)].map((word) => word.trim());
  return [...new Set(words)].filter((word) => word !== "" && word.length <= MAX_LENGTH).slice(0, MAX_WORDS);
}

/** `{"10_hero": {"red cape": 12, …}, …}`: counts per folder of training pictures. */
function countTags(text: string | undefined): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const folder of valuesOf(parseJson(text))) {
    for (const [tag, count] of entriesOf(folder)) {
      if (typeof count !== "number" || !Number.isFinite(count)) continue;
      counts.set(tag.trim(), (counts.get(tag.trim()) ?? 0) + count);
    }
  }
  return counts;
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function valuesOf(value: unknown): unknown[] {
  return entriesOf(value).map(([, inner]) => inner);
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
