/**
 * The look of a channel in a file: what its pictures are asked for with, and any setting that decides a single picture.
 *
 *     templates: ["{title}, golden hour, 35 mm photograph", …]
 *     styles: { plain: "{prompt}", film: "{prompt}, film grain" }
 *     subjects: { rocket: a red rocket flies, … }
 *     negative_prompt: blurry, text
 *     model: photo.safetensors
 */

import { readdir } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { SettingsError, type SettingsProblem } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { naturalOrder } from "../natural-order.ts";
import { excerpt, printable, printableName } from "../printable.ts";
import { describeValue, quoteShort } from "../settings/describe-value.ts";
import { loadTree, readTree } from "../settings/load.ts";
import { readScheduleText } from "../settings/schedule-text.ts";
import { settingsSchema } from "../settings/schema.ts";
import { lineAndColumn } from "../settings/text-position.ts";
import { nearest, suggestKey } from "../settings/unknown-key.ts";
import type { YamlTree } from "../settings/yaml-tree.ts";
import { PICTURE_SETTINGS } from "./picture-settings.ts";

/** A text and where it was written, `retro.yaml:7:5` or a flag. */
export interface Template {
  readonly text: string;
  readonly location: string;
}

/** A text around the prompt. */
export interface Style extends Template {
  readonly name: string;
}

export interface Channel {
  /** The file's name without its extension. */
  readonly name: string;
  /** As errors call it. */
  readonly file: string;
  readonly text: string;
  /** Its settings alone. */
  readonly tree: YamlTree;
  /** At least one, with `{title}` or `{subject}` in each. */
  readonly templates: readonly Template[];
  /** At least one, with `{prompt}` in each. */
  readonly styles: readonly Style[];
  /** What stands for a title in which a model with few words knows nothing to draw: word that names a subject → words for it. */
  readonly subjects: ReadonlyMap<string, string>;
}

export const CHANNELS_FOLDER = fileURLToPath(new URL("../../presets/channels/", import.meta.url));

const CHANNEL_KEYS = ["templates", "styles", "subjects"] as const;

/** The prompt as it is. */
export const PLAIN_STYLE: Style = { name: "plain", text: "{prompt}", location: "" };

/** Names of the channels that come with the package, sorted. */
export async function listChannels(): Promise<string[]> {
  const files = await readdir(CHANNELS_FOLDER);
  return files.flatMap((file) => (extname(file) === ".yaml" ? [basename(file, ".yaml")] : [])).toSorted();
}

/** The comment in the first line of one of them, a sentence. */
export async function describeChannel(name: string): Promise<string> {
  const text = await readScheduleText(`${CHANNELS_FOLDER}${name}.yaml`);
  return text.split("\n")[0]!.replace(/^#\s*/, "");
}

/**
 * Reads and checks a channel.
 *
 * @param nameOrPath of one that comes with the package, or the path of a `.yaml` file
 * @throws SettingsError with every mistake, each at its line and column
 * @throws FileError when the file cannot be read
 */
export async function readChannel(nameOrPath: string): Promise<Channel> {
  if (/[\\/]|\.ya?ml$/i.test(nameOrPath)) {
    return parseChannel(nameOrPath, await readScheduleText(resolve(nameOrPath)));
  }
  const names = await listChannels();
  if (!names.includes(nameOrPath)) {
    const meant = nearest(nameOrPath, names);
    throw new SettingsError([
      {
        location: "--channel",
        path: "",
        message: `expected the name of a channel or the path of a .yaml file, found ${quoteShort(nameOrPath)}`,
        hint: meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`,
      },
    ]);
  }
  const file = `${nameOrPath}.yaml`;
  return parseChannel(`presets/channels/${file}`, await readScheduleText(`${CHANNELS_FOLDER}${file}`));
}

/** @param file what errors call it */
export function parseChannel(file: string, source: string): Channel {
  const { text, tree } = readTree({ file, text: source });
  const { value = {} } = tree;
  const problems: SettingsProblem[] = [];
  const at = (path: readonly string[], part: "key" | "value" = "value", character?: number) =>
    `${file}:${lineAndColumn(text, tree.offsetOf(path, part, character))}`;
  const report = (path: readonly string[], location: string, message: string, hint: string) => {
    problems.push({ location, path: printableName(path.join(".")), message: printable(message), hint });
  };

  const readText = (path: readonly string[], found: unknown, placeholders: readonly string[]): Template => {
    const example =
      placeholders.length === 0 ? "such as a red rocket flies" : `such as "{${placeholders[0]}}, at night"`;
    if (
      typeof found !== "string" ||
      found.trim() === "" ||
      found.length > LIMITS.brainstorm.channelCharacters
    ) {
      report(
        path,
        at(path),
        `expected a text of at most ${LIMITS.brainstorm.channelCharacters} characters, found ${describeValue(found)}`,
        example,
      );
      return { text: "", location: at(path) };
    }
    const wrong = wrongPlaceholder(found, placeholders);
    const list = placeholders.map((name) => `{${name}}`).join(" or ");
    if (wrong !== undefined) {
      report(
        path,
        at(path, "value", wrong.character),
        `expected ${list}, found ${excerpt(wrong.text)}`,
        example,
      );
    } else if (placeholders.length > 0 && !placeholders.some((name) => found.includes(`{${name}}`))) {
      report(path, at(path), `expected ${list} in the text, found ${excerpt(found)}`, example);
    }
    return { text: found, location: at(path) };
  };

  const templates = readList(value["templates"], (item, index) =>
    readText(["templates", String(index)], item, ["title", "subject"]),
  );
  if (tree.value !== undefined && templates.length === 0) {
    report(
      ["templates"],
      at(["templates"]),
      `expected a list of 1 to ${LIMITS.brainstorm.channelTexts} texts, found ${describeValue(value["templates"])}`,
      'write templates: ["{title}, at night"]',
    );
  }
  const readGroup = (key: "styles" | "subjects", placeholders: readonly string[]): Style[] => {
    const group = value[key] ?? {};
    if (
      typeof group === "object" &&
      !Array.isArray(group) &&
      Object.keys(group).length <= LIMITS.brainstorm.channelTexts
    ) {
      return Object.entries(group).map(([name, item]) => ({
        name,
        ...readText([key, name], item, placeholders),
      }));
    }
    report(
      [key],
      at([key]),
      `expected a mapping of at most ${LIMITS.brainstorm.channelTexts} names to texts, found ${describeValue(group)}`,
      `write ${key}: { name: text }`,
    );
    return [];
  };
  const styles = readGroup("styles", ["prompt"]);
  const subjects = new Map(
    readGroup("subjects", []).map((subject) => [subject.name.toLowerCase(), subject.text]),
  );

  const allowed = new Set<string>([...PICTURE_SETTINGS, ...CHANNEL_KEYS]);
  for (const key of Object.keys(value).filter((name) => !allowed.has(name))) {
    const isSetting = Object.hasOwn(settingsSchema.shape, key);
    const found = quoteShort(key);
    report(
      [key],
      at([key], "key"),
      isSetting
        ? `expected a setting that decides a single picture, found ${found}`
        : `expected the name of a setting, found ${found}`,
      isSetting ? `they are ${PICTURE_SETTINGS.join(", ")}` : describeMeant(key),
    );
  }
  const settings = Object.fromEntries(
    Object.entries(value).filter(([key]) => (PICTURE_SETTINGS as readonly string[]).includes(key)),
  );
  const settingsTree: YamlTree = { ...tree, value: tree.value && settings };
  problems.push(...settingsProblems(file, text, settingsTree));
  if (problems.length > 0)
    throw new SettingsError(problems.toSorted((a, b) => naturalOrder(a.location, b.location)));
  return {
    name: basename(file, extname(file)),
    file,
    text,
    tree: settingsTree,
    templates,
    styles: styles.length === 0 ? [PLAIN_STYLE] : styles,
    subjects,
  };
}

function readList(value: unknown, read: (item: unknown, index: number) => Template): Template[] {
  return Array.isArray(value) && value.length <= LIMITS.brainstorm.channelTexts ? value.map(read) : [];
}

/** The first brace that is no placeholder. */
function wrongPlaceholder(
  text: string,
  names: readonly string[],
): { text: string; character: number } | undefined {
  for (const match of text.matchAll(/\{[^{}]*\}?|\}/g)) {
    if (!names.includes(match[0].slice(1, -1))) return { text: match[0], character: match.index };
  }
  return undefined;
}

function describeMeant(key: string): string {
  const own = nearest(key, CHANNEL_KEYS);
  return own === undefined ? suggestKey([], key) : `did you mean ${own}?`;
}

/** What is wrong with the settings of a picture. */
function settingsProblems(file: string, text: string, tree: YamlTree): readonly SettingsProblem[] {
  try {
    loadTree({ file, text, tree }, [{ path: "prompts", value: "", location: file }]);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems;
  }
}
