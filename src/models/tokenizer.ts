/** CLIP's byte-pair tokenizer from the two files of a diffusers `tokenizer/` folder. */

import { access } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer as BytePairTokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { printableName } from "../printable.ts";
import { cleanText } from "./clean-text.ts";
import { readConfig, readJsonObject, readText } from "./config.ts";
import type { Tokenizer } from "./model.ts";

const BEGIN = "<|startoftext|>";
const END = "<|endoftext|>";

/** The settings that transformers saves beside the vocabulary; older files wrap token texts into objects. */
const tokenText = z.union([
  z.string(),
  z.object({ content: z.string() }).transform(({ content }) => content),
]);
const settingsSchema = z.object({
  bos_token: tokenText.default(BEGIN),
  eos_token: tokenText.default(END),
  pad_token: tokenText.default(END),
});

/** How CLIP cuts text into words: contractions, runs of letters, single digits, runs of anything else (Radford et al. 2021). */
const WORDS = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/**
 * Reads `vocab.json`, `merges.txt` and, when it is there, `tokenizer_config.json`.
 *
 * @param folder the model's `tokenizer/`
 * @param vocabularySize rows of the text encoder's table; no token may lie beyond
 * @returns the tokenizer and the files it was made from
 * @throws ModelError when a file is missing or malformed
 */
export async function openTokenizer(
  folder: string,
  vocabularySize: number,
): Promise<{ readonly tokenizer: Tokenizer; readonly files: readonly string[] }> {
  const vocabularyFile = join(folder, "vocab.json");
  const mergesFile = join(folder, "merges.txt");
  const vocabulary = await readVocabulary(vocabularyFile, vocabularySize);
  const merges = await readMerges(mergesFile, vocabulary);
  const bytePairs = buildBytePairs(vocabulary, merges);
  const { bos_token: begin, eos_token: end, pad_token: pad } = await readSettings(folder);
  const tokenizer: Tokenizer = {
    encode: (text) => bytePairs.encode(cleanText(text), { add_special_tokens: false }).ids,
    beginToken: idOf(begin),
    endToken: idOf(end),
    padToken: idOf(pad),
  };
  return { tokenizer, files: [vocabularyFile, mergesFile] };

  function idOf(token: string): number {
    const id = vocabulary.get(token);
    if (id === undefined)
      throw new ModelError(`the token \`${printableName(token)}\` is not in the vocabulary`, {
        where: vocabularyFile,
      });
    return id;
  }
}

/** A value of a file as JSON, on one line and not long. */
function quoted(value: unknown): string {
  return printableName(JSON.stringify(typeof value === "string" ? value.slice(0, 100) : value));
}

async function readVocabulary(file: string, size: number): Promise<Map<string, number>> {
  const vocabulary = new Map<string, number>();
  for (const [token, id] of Object.entries(await readJsonObject(file, LIMITS.model.tokenizerBytes))) {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= size) {
      const message = `the token ${quoted(token)} has the id ${quoted(id)}, expected 0 to ${size - 1} (vocab_size of the text encoder)`;
      throw new ModelError(message, { where: file });
    }
    vocabulary.set(token, id);
  }
  return vocabulary;
}

/** One pair per line, most frequent first; the first line is a version. */
async function readMerges(
  file: string,
  vocabulary: ReadonlyMap<string, number>,
): Promise<[string, string][]> {
  const merges: [string, string][] = [];
  const lines = (await readText(file, LIMITS.model.tokenizerBytes)).split("\n");
  for (const [index, line] of lines.entries()) {
    if (line.startsWith("#version") || line.trim() === "") continue;
    const [left, right, ...rest] = line.trim().split(" ");
    if (left === undefined || right === undefined || rest.length > 0 || !vocabulary.has(left + right)) {
      const message = `line ${index + 1}: expected two tokens whose join is in the vocabulary, found ${quoted(line)}`;
      throw new ModelError(message, { where: file });
    }
    merges.push([left, right]);
  }
  return merges;
}

async function readSettings(folder: string): Promise<z.output<typeof settingsSchema>> {
  const file = join(folder, "tokenizer_config.json");
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  return exists ? await readConfig(file, settingsSchema) : settingsSchema.parse({});
}

/** The library's own file format, filled with what CLIP's two files leave implicit. */
function buildBytePairs(
  vocabulary: ReadonlyMap<string, number>,
  merges: [string, string][],
): BytePairTokenizer {
  const definition = {
    version: "1.0",
    // None: `<|endoftext|>` inside a prompt is ordinary text, as in OpenAI's own tokenizer.
    added_tokens: [],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "NFC" },
        { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
        { type: "Lowercase" },
      ],
    },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: WORDS }, behavior: "Removed", invert: true },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: null,
    model: {
      type: "BPE",
      unk_token: END,
      continuing_subword_prefix: "",
      end_of_word_suffix: "</w>",
      vocab: Object.fromEntries(vocabulary),
      merges,
    },
  };
  return new BytePairTokenizer(definition, {});
}
