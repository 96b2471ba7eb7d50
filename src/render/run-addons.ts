/** The LoRAs and embeddings of a run: which files its schedules and prompts mean, and which frames they decide. */

import { readEmbeddingToken } from "../models/embedding-file.ts";
import { splitAtWords } from "../models/embedding-words.ts";
import { findInLibrary, listLibrary } from "../models/library.ts";
import type { NamedFile } from "../models/lora.ts";
import { hashFile } from "../models/model-hash.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { loraName } from "../settings/lora-schema.ts";
import type { Settings } from "../settings/schema.ts";

/** A file that a run uses. */
export interface AddonFile extends NamedFile {
  /** Of its content, hex. */
  readonly sha256: string;
}

/** Known before the first frame, so that the networks are built once. */
export interface RunAddons {
  /** By the names of `FramePlan.loras`. */
  readonly loras: readonly AddonFile[];
  /** By the words of prompts. */
  readonly embeddings: readonly AddonFile[];
}

/**
 * Finds the files of all LoRAs that the plan names, and of all embeddings whose word stands in one of its prompts.
 *
 * @param folder of the schedule
 * @throws ModelError when a LoRA or a listed embedding is not there, or a file is a pickle
 */
export async function findAddons(
  { loras, embeddings }: Pick<Settings, "loras" | "embeddings">,
  plan: readonly FramePlan[],
  folder: string,
): Promise<RunAddons> {
  const paths = new Map(loras.map(({ name }) => [loraName(name), name]));
  const used: AddonFile[] = [];
  for (const { name } of plan[0]?.loras ?? []) {
    used.push(await hashed(name, await findInLibrary("lora", paths.get(name) ?? name, folder)));
  }
  const candidates = new Map<string, string>();
  for (const { name, word } of embeddings) {
    candidates.set(word || loraName(name), await findInLibrary("embedding", name, folder));
  }
  const texts = textsOf(plan);
  await addLibraryWords(candidates, texts, folder);
  const words = usedWords([...candidates.keys()], texts);
  return {
    loras: used,
    embeddings: await Promise.all([...words].map((word) => hashed(word, candidates.get(word)!))),
  };
}

/** Words of the library's embeddings that stand in a text: the files' names, and tokens such as `<cat-toy>` that diffusers wrote into them. */
async function addLibraryWords(
  candidates: Map<string, string>,
  texts: readonly string[],
  folder: string,
): Promise<void> {
  const entries = await listLibrary("embedding", folder);
  const byName = usedWords(
    entries.map(({ name }) => name),
    texts,
  );
  // Files are opened only where a prompt has such a token.
  const tokens = texts.some((text) => /<[^<>]+>/.test(text));
  const given = new Set([...candidates.keys()].map((word) => word.toLowerCase()));
  for (const { name, path } of entries) {
    const words = byName.has(name) ? [name] : [];
    const token = tokens ? await readEmbeddingToken(path) : undefined;
    if (token !== undefined) words.push(token);
    for (const word of words) {
      if (given.has(word.toLowerCase())) continue;
      given.add(word.toLowerCase());
      // By name, so that a pickle is refused and of two files of one name the right one is taken.
      candidates.set(word, word === name ? await findInLibrary("embedding", name, folder) : path);
    }
  }
}

function textsOf(plan: readonly FramePlan[]): string[] {
  const texts = plan.flatMap(({ prompts, negativePrompt }) => [
    ...prompts.map(({ text }) => text),
    negativePrompt,
  ]);
  return [...new Set(texts)];
}

function usedWords(words: readonly string[], texts: readonly string[]): ReadonlySet<string> {
  const split = splitAtWords(words);
  return new Set(
    texts.flatMap((text) => split(text).flatMap(({ word }) => (word === undefined ? [] : [word]))),
  );
}

async function hashed(name: string, file: string): Promise<AddonFile> {
  return { name, file, sha256: await hashFile(file) };
}

/**
 * The plan as the hash chain has to see it: LoRAs and embeddings by their content, in the frames that they act on. One that comes in at a
 * late frame leaves the frames before it as they were, because at weight 0 every bit is as without it.
 */
export function identifyAddons(plan: readonly FramePlan[], addons: RunAddons): readonly FramePlan[] {
  if (addons.loras.length === 0 && addons.embeddings.length === 0) return plan;
  const hashOf = new Map(addons.loras.map(({ name, sha256 }) => [name, sha256]));
  const split = splitAtWords(addons.embeddings.map(({ name }) => name));
  return plan.map(({ loras = [], ...frame }) => {
    const acting = loras
      .filter(({ weight, text_weight }) => weight !== 0 || text_weight !== 0)
      .map((lora) => ({ ...lora, name: hashOf.get(lora.name)! }));
    const words = new Set(
      [...frame.prompts.map(({ text }) => text), frame.negativePrompt].flatMap((text) =>
        split(text).flatMap(({ word }) => (word === undefined ? [] : [word])),
      ),
    );
    const embeddings = addons.embeddings.filter(({ name }) => words.has(name)).map(({ sha256 }) => sha256);
    return {
      ...frame,
      ...(acting.length > 0 && { loras: acting }),
      ...(embeddings.length > 0 && { embeddings }),
    };
  });
}
