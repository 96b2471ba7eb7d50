import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert, property, string } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { modelErrorOf } from "../../test/support/model-error.ts";
import type { Tokenizer } from "./model.ts";
import { openTokenizer } from "./tokenizer.ts";

const CLIP = fileURLToPath(new URL("../../presets/tokenizers/clip/", import.meta.url));
const GOLDEN = new URL("../../test/fixtures/tokenizer/clip_tokens.json", import.meta.url);
const CLIP_VOCABULARY = 49_408;

/** `ids`: transformers 4.49's slow tokenizer with ftfy, which the Python programs use; `open_clip` where that library differs. */
const goldenSchema = z.object({
  prompts: z.array(
    z.object({ prompt: z.string(), ids: z.array(z.int()), open_clip: z.array(z.int()).optional() }),
  ),
});
const { prompts } = goldenSchema.parse(JSON.parse(await readFile(GOLDEN, "utf8")));

const MOJIBAKE = "mojibake: cafÃ© â€œquotesâ€\u009d";
const SPECIAL_TOKENS = "<|startoftext|> a <|endoftext|> b";

let tokenizer: Tokenizer;
beforeAll(async () => {
  ({ tokenizer } = await openTokenizer(CLIP, CLIP_VOCABULARY));
});

describe("the CLIP tokenizer", () => {
  const ordinary = prompts.filter(({ prompt }) => prompt !== MOJIBAKE && prompt !== SPECIAL_TOKENS);

  it.each(ordinary.map(({ prompt, ids }) => [prompt, ids]))("gives the golden ids of %j", (prompt, ids) => {
    expect(tokenizer.encode(prompt)).toEqual(ids);
  });

  it("differs from the golden ids in two prompts, for the reasons below", () => {
    expect(prompts.length - ordinary.length).toBe(2);
    expect(ordinary).toHaveLength(65);
  });

  it("reads special tokens in a prompt as text, as open_clip does: a stray end token would cut the prompt off", () => {
    const golden = prompts.find(({ prompt }) => prompt === SPECIAL_TOKENS);
    expect(tokenizer.encode(SPECIAL_TOKENS)).toEqual(golden?.open_clip);
  });

  it("does not repair text that was decoded with a wrong character set; the guess can go wrong", () => {
    const golden = prompts.find(({ prompt }) => prompt === MOJIBAKE);
    expect(tokenizer.encode(MOJIBAKE)).not.toEqual(golden?.ids);
    expect(tokenizer.encode(MOJIBAKE).slice(0, 3)).toEqual(golden?.ids.slice(0, 3));
  });

  it("knows begin, end and padding", () => {
    expect([tokenizer.beginToken, tokenizer.endToken, tokenizer.padToken]).toEqual([49_406, 49_407, 49_407]);
  });

  it("gives ordinary ids for any text, and the same for the same words apart", () => {
    assert(
      property(string({ unit: "binary", maxLength: 60 }), (text) => {
        const ids = tokenizer.encode(text);
        expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < 49_406)).toBe(true);
        expect(tokenizer.encode(`  ${text}\n`)).toEqual(ids);
      }),
    );
  });
});

describe("tokenizer files", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "animate-tokenizer-"));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  const sound = {
    vocabulary: { a: 0, b: 1, "b</w>": 2, "ab</w>": 3, "<|startoftext|>": 4, "<|endoftext|>": 5 },
    merges: "#version: 0.2\na b</w>\n",
  };
  it.each([
    ["no JSON", "{", sound.merges, "{}", "vocab.json: expected JSON"],
    ["a list", "[]", sound.merges, "{}", "vocab.json: expected a JSON object"],
    ["an id that is no number", '{"a": "0"}', sound.merges, "{}", 'vocab.json: the token "a" has the id "0"'],
    [
      "an id beyond the table of the text encoder",
      '{"a": 6}',
      sound.merges,
      "{}",
      'vocab.json: the token "a" has the id 6, expected 0 to 5',
    ],
    [
      "no end token",
      '{"a": 0, "b</w>": 2, "ab</w>": 3, "<|startoftext|>": 4}',
      sound.merges,
      "{}",
      "vocab.json: the token `<|endoftext|>` is not in the vocabulary",
    ],
    [
      "a merge of three",
      JSON.stringify(sound.vocabulary),
      "a b c",
      "{}",
      "merges.txt: line 1: expected two tokens",
    ],
    [
      "a merge that is no token",
      JSON.stringify(sound.vocabulary),
      "#version\nb a",
      "{}",
      "merges.txt: line 2: expected two tokens",
    ],
    [
      "settings of another kind",
      JSON.stringify(sound.vocabulary),
      sound.merges,
      '{"bos_token": 7}',
      "tokenizer_config.json: `bos_token`",
    ],
  ])("are refused with %s", async (_, vocabulary, merges, settings, message) => {
    await writeFile(join(folder, "vocab.json"), vocabulary);
    await writeFile(join(folder, "merges.txt"), merges);
    await writeFile(join(folder, "tokenizer_config.json"), settings);
    expect(await modelErrorOf(openTokenizer(folder, 6))).toContain(message);
  });

  it("may give other special tokens in either of transformers' spellings", async () => {
    await writeFile(join(folder, "vocab.json"), JSON.stringify({ ...sound.vocabulary, "!": 3 }));
    await writeFile(join(folder, "merges.txt"), sound.merges);
    await writeFile(
      join(folder, "tokenizer_config.json"),
      '{"pad_token": "!", "eos_token": {"content": "<|endoftext|>"}}',
    );
    const { tokenizer: small } = await openTokenizer(folder, 6);
    expect([small.beginToken, small.endToken, small.padToken]).toEqual([4, 5, 3]);
    expect(small.encode("AB ab")).toEqual([3, 3]);
  });
});
