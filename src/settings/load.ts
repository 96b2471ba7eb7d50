/** YAML and flags → complete settings, or every mistake at once with its place. */

import { basename, extname } from "node:path";

import { SettingsError, type SettingsProblem } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { applyCameraPreset } from "./camera-presets.ts";
import { checkShape } from "./check-shape.ts";
import { checkValues } from "./check-values.ts";
import { printable, printableName } from "../printable.ts";
import { describeValue } from "./describe-value.ts";
import type { Override } from "./overrides.ts";
import type { Problem } from "./problem.ts";
import { settingsSchema, type Settings } from "./schema.ts";
import { readScheduleText } from "./schedule-text.ts";
import { lineAndColumn } from "./text-position.ts";
import { valueAt } from "./value-at.ts";
import { readYamlTree, type YamlTree } from "./yaml-tree.ts";

export interface SettingsSource {
  /** What errors call the file: its path as the user gave it. */
  readonly file: string;
  /** Its YAML text. */
  readonly text: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** The file as given, and its text, so that a run can keep a copy of what it was made from. */
  readonly file: string;
  readonly text: string;
  /**
   * Where a setting was written: `superman.yaml:14:9`, or the flag that set it (`--frames`); the start of the file for a setting
   * that stands at its default.
   *
   * @param keys keys from the root, `["motion", "zoom"]`, with a key of a mapping behind them if it is known, `"30"`
   * @param characterOfText character within the text of the value
   */
  readonly locate: (keys: readonly string[], characterOfText?: number) => string;
}

/**
 * Reads and checks a schedule file.
 *
 * @throws FileError when it cannot be read
 * @throws SettingsError with every mistake in it and in the overrides
 */
export async function readSettings(
  file: string,
  overrides: readonly Override[] = [],
): Promise<LoadedSettings> {
  return loadSettings({ file, text: await readScheduleText(file) }, overrides);
}

/**
 * Reads the text of a schedule file, puts the overrides above it and checks everything.
 *
 * @throws SettingsError with every mistake that was found, in the order of the file
 */
export function loadSettings(source: SettingsSource, overrides: readonly Override[] = []): LoadedSettings {
  return loadTree(readTree(source), overrides);
}

/** A text that was read, with what stands in it before anything of it is checked. */
export interface SettingsTree extends SettingsSource {
  readonly tree: YamlTree;
}

/** Reads the text of a YAML file of settings; mistakes in its notation are in the tree. */
export function readTree({ file, text }: SettingsSource): SettingsTree {
  // A byte order mark is no part of the text; without it columns of the first line are right.
  const withoutMark = text.replace(/^\ufeff/, "");
  return { file, text: withoutMark, tree: readYamlTree(withoutMark) };
}

/**
 * The same for settings that were read already, whatever the notation.
 *
 * @param source `text` is what the places of the tree count in
 * @throws SettingsError with every mistake that was found, in the order of the file
 */
export function loadTree(
  { file, text, tree }: SettingsTree,
  overrides: readonly Override[] = [],
): LoadedSettings {
  const found: FoundProblem[] = tree.problems.map(({ offset, path, message, hint }) => {
    return { offset, problem: toProblem(`${file}:${lineAndColumn(text, offset)}`, path, message, hint) };
  });
  if (tree.value === undefined) throw new SettingsError(found.map(({ problem }) => problem));

  const value = { name: nameOf(file), ...tree.value };
  for (const override of overrides) {
    const problem = applyOverride(value, override);
    if (problem !== undefined) found.push({ offset: Infinity, problem });
  }

  const place = (path: readonly string[], part: "key" | "value", characterOfText?: number): Place => {
    const override = overrides.findLast((candidate) => covers(candidate.path, path));
    if (override !== undefined) return { offset: Infinity, location: override.location };
    const offset = tree.offsetOf(path, part, characterOfText);
    return { offset, location: `${file}:${lineAndColumn(text, offset)}` };
  };
  const addProblem = ({ path: asChecked, part, characterOfText, message, hint }: Problem): void => {
    const path = asWritten(value, asChecked);
    const { offset, location } = place(path, part, characterOfText);
    found.push({ offset, problem: toProblem(location, path, message, hint) });
  };

  const reported = tree.problems.map(({ path }) => path.join("."));
  const camera = applyCameraPreset(value);
  camera.problems.forEach(addProblem);
  const shape = checkShape(camera.value);
  // A value that YAML already refused is missing here; that it, or something in its mapping, is missing is no second mistake.
  const shapeProblems = shape.problems.filter(
    ({ path }) => !reported.some((other) => covers(path.join("."), other.split("."))),
  );
  shapeProblems.forEach(addProblem);
  const wrong = new Set([...reported, ...shape.problems.map(({ path }) => path.join("."))]);
  checkValues(shape.settings, wrong).forEach(addProblem);

  if (found.length > 0) {
    const inOrder = found.toSorted((a, b) => a.offset - b.offset).map(({ problem }) => problem);
    throw new SettingsError(inOrder.slice(0, LIMITS.settings.mistakes));
  }
  return {
    settings: shape.settings,
    file,
    text,
    locate: (keys, characterOfText) => place(keys, "value", characterOfText).location,
  };
}

interface FoundProblem {
  /** Place in the file, to list mistakes in its order; those of flags come last. */
  readonly offset: number;
  readonly problem: SettingsProblem;
}

interface Place {
  readonly offset: number;
  readonly location: string;
}

function toProblem(
  location: string,
  path: readonly string[],
  message: string,
  hint?: string,
): SettingsProblem {
  const words = { path: printableName(path.join(".")), message: printable(message) };
  return { location, ...words, ...(hint !== undefined && { hint: printable(hint) }) };
}

/** The path without keys below a plain value: a single prompt is checked as the prompt of frame 0, but written as `prompts`. */
function asWritten(root: unknown, path: readonly string[]): readonly string[] {
  const parent = path.slice(0, -1);
  return typeof valueAt(root, parent) === "string" ? parent : path;
}

/** Whether a flag for `motion.zoom` is what stands at `["motion", "zoom", "30"]`. */
function covers(overridePath: string, path: readonly string[]): boolean {
  const joined = path.join(".");
  return joined === overridePath || joined.startsWith(`${overridePath}.`);
}

/** Writes the value into the tree, making groups on the way; says so when a value stands where a group has to be. */
function applyOverride(root: Record<string, unknown>, override: Override): SettingsProblem | undefined {
  const { path, value, location } = override;
  const keys = splitPath(path);
  const last = keys.pop();
  if (last === undefined || [...keys, last].includes("__proto__")) {
    const message = `expected the path of a setting, found ${describeValue(path)}`;
    return toProblem(location, [path], message);
  }
  let parent: object = root;
  for (const [index, key] of keys.entries()) {
    const child: unknown = Object.hasOwn(parent, key) ? Reflect.get(parent, key) : undefined;
    if (Array.isArray(child) && Number(keys[index + 1] ?? last) < child.length) {
      const items: unknown[] = [...child];
      Reflect.set(parent, key, items);
      parent = items;
      continue;
    }
    if (child !== undefined && (typeof child !== "object" || child === null || Array.isArray(child))) {
      const group = printableName(keys.slice(0, index + 1).join("."));
      return toProblem(
        location,
        [path],
        `expected ${group} to be a mapping in the file, found ${describeValue(child)}`,
        `set ${group} as a whole`,
      );
    }
    // Copied, because an alias may have put the same mapping elsewhere too.
    const copy = { ...child };
    Reflect.set(parent, key, copy);
    parent = copy;
  }
  Reflect.set(parent, last, value);
  return undefined;
}

/** `motion.zoom` by its points; a frame key may have a point of its own, `prompts.2.5s`. */
function splitPath(path: string): string[] {
  const keys = path.split(".");
  if (keys[0] === "prompts" && keys.length > 2) return ["prompts", keys.slice(1).join(".")];
  return keys.every((key) => key !== "") ? keys : [];
}

/** The file's name as the animation's, as far as a folder may be called so. */
function nameOf(file: string): string {
  const stem = basename(file, extname(file)).replaceAll(/[^A-Za-z0-9 _.-]/g, "-");
  const { success } = settingsSchema.shape.name.safeParse(stem);
  return success ? stem : settingsSchema.shape.name.parse(undefined);
}
