/** Plain values → settings, with a sentence for every value that has the wrong shape. */

import type { z } from "zod";

import { LIMITS } from "../limits.ts";
import { describeValue, quoteShort } from "./describe-value.ts";
import type { SettingFact } from "./fields.ts";
import type { Problem } from "./problem.ts";
import { settingsSchema, type Settings } from "./schema.ts";
import { findSetting } from "./setting-list.ts";
import { nearest, suggestKey } from "./unknown-key.ts";
import { valueAt } from "./value-at.ts";

export interface ShapeCheck {
  /**
   * The settings; where values were wrong, with the defaults in their place, so that the search for mistakes can go on. Not for
   * rendering unless `problems` is empty.
   */
  readonly settings: Settings;
  readonly problems: readonly Problem[];
}

export function checkShape(value: Readonly<Record<string, unknown>>): ShapeCheck {
  const parsed = settingsSchema.safeParse(value);
  if (parsed.success) return { settings: parsed.data, problems: [] };
  const mistakes = parsed.error.issues.flatMap(listMistakes);
  return {
    settings: settingsSchema.parse(withoutMistakes(value, mistakes)),
    problems: mistakes.slice(0, LIMITS.settings.mistakes).map((mistake) => describeMistake(mistake, value)),
  };
}

/** One value or key at fault. */
interface Mistake {
  readonly path: readonly string[];
  readonly issue: z.core.$ZodIssue;
}

function listMistakes(issue: z.core.$ZodIssue): Mistake[] {
  const path = deepestPath(issue);
  const isOfGroup = issue.code === "unrecognized_keys" && settingPath(path) === undefined;
  return isOfGroup ? issue.keys.map((key) => ({ path: [...path, key], issue })) : [{ path, issue }];
}

/** A copy without the values at fault; only prompts have no default. */
function withoutMistakes(value: Readonly<Record<string, unknown>>, mistakes: readonly Mistake[]): unknown {
  const copy: Record<string, unknown> = structuredClone({ ...value });
  for (const { path } of mistakes) removeAt(copy, settingPath(path) ?? path);
  return { prompts: "", ...copy };
}

function removeAt(root: Record<string, unknown>, path: readonly string[]): void {
  let parent: unknown = root;
  for (const key of path.slice(0, -1)) {
    if (typeof parent === "object" && parent !== null) parent = Reflect.get(parent, key);
  }
  // An item that is no mapping makes room for one of defaults, so that the others keep their places.
  if (Array.isArray(parent)) parent[Number(path.at(-1))] = {};
  else if (typeof parent === "object" && parent !== null) Reflect.deleteProperty(parent, path.at(-1)!);
}

function describeMistake({ path, issue }: Mistake, root: unknown): Problem {
  const setting = settingPath(path);
  const fact = setting && findSetting(setting);
  if (fact !== undefined) return describeBadValue(fact, issue, path, root);
  if (issue.code === "unrecognized_keys") {
    const key = path.at(-1)!;
    return {
      path,
      part: "key",
      message: `expected the name of a setting, found ${quoteShort(key)}`,
      hint: suggestKey(path.slice(0, -1), key),
    };
  }
  return {
    path,
    part: "value",
    message: `expected a mapping of settings, found ${describeValue(valueAt(root, path))}`,
    hint: "write its settings below it, indented, or remove the key",
  };
}

/** Where the alternative of a union that got furthest failed: inside the mapping, when the value is one. */
function deepestPath(issue: z.core.$ZodIssue): string[] {
  const own = issue.path.map(String);
  if (issue.code !== "invalid_union") return own;
  const inner = issue.errors.flat().map(deepestPath);
  return [
    ...own,
    ...inner.reduce((longest, path) => (path.length > longest.length ? path : longest), new Array<string>()),
  ];
}

function describeBadValue(
  fact: SettingFact,
  issue: z.core.$ZodIssue,
  path: readonly string[],
  root: unknown,
): Problem {
  const special = issue.code === "custom" ? specialSentence(issue.params) : undefined;
  if (special !== undefined) return { path, part: "value", ...special };
  const value = valueAt(root, path);
  const unit =
    fact.unit === undefined || fact.kind === "duration" || fact.kind === "size" ? "" : ` (${fact.unit})`;
  const hint = hintFor(fact, value);
  return {
    path,
    part: "value",
    message: `expected ${fact.expects}${fact.kind === "number" ? unit : ""}, found ${describeValue(value)}`,
    ...(hint !== undefined && { hint }),
  };
}

function specialSentence(
  params: Record<string, unknown> | undefined,
): { message: string; hint: string } | undefined {
  const { message, hint } = params ?? {};
  return typeof message === "string" && typeof hint === "string" ? { message, hint } : undefined;
}

function hintFor(fact: SettingFact, value: unknown): string | undefined {
  if (fact.kind === "prompts" && value === undefined)
    return 'write what the pictures show, such as prompts: "a red balloon"';
  if (fact.choices === undefined || typeof value !== "string") return undefined;
  const meant = nearest(value, [...fact.choices, ...(fact.spellings ?? [])]);
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}

/** The path of the setting that the path leads to or into; undefined for groups and unknown keys. */
function settingPath(path: readonly string[]): readonly string[] | undefined {
  for (let length = path.length; length > 0; length--) {
    const candidate = path.slice(0, length);
    const setting = findSetting(candidate);
    // What is wrong in an item is no mistake of the list.
    if (setting !== undefined && (setting.kind !== "list" || length === path.length)) return candidate;
  }
  return undefined;
}
