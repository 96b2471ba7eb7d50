/** The axes of a sheet: what changes from row to row, and from column to column. */

import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { SettingsError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { readLibraryFolder, stem, usablePath } from "../models/library-folder.ts";
import { naturalOrder } from "../natural-order.ts";
import { printable } from "../printable.ts";
import { quoteShort } from "../settings/describe-value.ts";
import { type Override, readSetFlag } from "../settings/overrides.ts";
import { findSetting } from "../settings/setting-list.ts";
import { nearest } from "../settings/unknown-key.ts";
import type { Style, Template } from "./channel.ts";
import { BESIDE_THE_PICTURE, PICTURE_SETTINGS } from "./picture-settings.ts";

/** What one row or column changes. */
export type AxisChange =
  | { readonly kind: "template"; readonly template: Template }
  | { readonly kind: "style"; readonly style: Style }
  | { readonly kind: "setting"; readonly override: Override }
  | { readonly kind: "lora"; readonly name: string; readonly weight: unknown; readonly location: string };

/** One row or column. */
export interface AxisValue {
  /** As it stands on the sheet; null: the prompt of the row. */
  readonly label: string | null;
  readonly changes: readonly AxisChange[];
}

export interface Axis {
  /** `seed`, `prompt`, `lora:cape`, or the path of a setting. */
  readonly name: string;
  readonly values: readonly AxisValue[];
}

/** Other names of axes. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["checkpoint", "model"],
  ["checkpoints", "model"],
  ["seeds", "seed"],
  ["prompts", "prompt"],
  ["styles", "style"],
  ["guidance", "guidance_scale"],
  ["cfg", "guidance_scale"],
  ["cfg_scale", "guidance_scale"],
  ["strength", "init.strength"],
]);

/**
 * Reads the text of `--x` or `--y`: `steps=10,20,30`, `prompt=a dragon|a rocket`, `style=film,vivid`, `lora:cape=0,0.5,1`,
 * `checkpoint=runs/hero` (every checkpoint in the folder, in natural order).
 *
 * Values are cut at `|` where there is one, else at commas.
 *
 * @param flag `--x` or `--y`, for messages
 * @param folder that paths start from
 * @throws SettingsError for an axis that is none, and for values that are missing, too many or twice there
 */
export async function readAxis(
  flag: string,
  text: string,
  styles: readonly Style[],
  folder: string,
): Promise<Axis> {
  const refuse = (message: string, hint: string): never => {
    throw new SettingsError([
      { location: flag, path: "", message: printable(message), hint: printable(hint) },
    ]);
  };
  const equals = text.indexOf("=");
  if (equals < 1) {
    refuse(
      `expected an axis and its values, found ${quoteShort(text)}`,
      `such as ${flag} seed=1,2,3 or ${flag} "lora:cape=0,0.5,1"`,
    );
  }
  const written = text.slice(0, equals).trim();
  const name = axisName(written);
  const list = cutValues(text.slice(equals + 1), name);
  if (list.length === 0) refuse(`expected values for ${written}, found none`, `such as ${flag} seed=1,2,3`);
  const location = `${flag} ${written}`;

  const [lora] = /(?<=^lora:).+/.exec(name) ?? [];
  const read = async (value: string): Promise<AxisValue[]> => {
    if (lora !== undefined) {
      const file = await fromFlag(lora, folder);
      return [
        {
          label: `${stem(basename(lora))} ${value}`,
          changes: [{ kind: "lora", name: file, weight: numberOr(value), location }],
        },
      ];
    }
    if (name === "lora") {
      const files = await filesOf("lora", value, folder);
      return files.map((file) => ({
        label: shortName(file),
        changes: [{ kind: "lora", name: file, weight: 1, location }],
      }));
    }
    if (name === "model") {
      const files = await filesOf("model", value, folder);
      return files.map((file) => ({
        label: shortName(file),
        changes: [{ kind: "setting", override: { path: "model", value: file, location } }],
      }));
    }
    if (name === "prompt")
      return [{ label: null, changes: [{ kind: "template", template: { text: value, location } }] }];
    if (name === "style") {
      const style = styles.find((candidate) => candidate.name === value);
      if (style) return [{ label: `style ${value}`, changes: [{ kind: "style", style }] }];
      return refuse(
        `expected a style of the channel, found ${quoteShort(value)}`,
        `there are ${styles.map((known) => known.name).join(", ")}`,
      );
    }
    const typed = name === "vae" ? await fromFlag(value, folder) : readSetFlag(`${name}=${value}`).value;
    return [
      {
        label: `${name.split(".").at(-1)!.replaceAll("_", " ")} ${value}`,
        changes: [{ kind: "setting", override: { path: name, value: typed, location } }],
      },
    ];
  };

  if (!isAxis(name)) {
    const meant = nearest(written, [...PICTURE_SETTINGS, ...ALIASES.keys(), "lora", "prompt", "style"]);
    const suggestion = meant === undefined ? "" : `did you mean ${meant}? `;
    refuse(
      `expected an axis, found ${quoteShort(written)}`,
      `${suggestion}axes are seed, prompt, style, checkpoint, lora, lora:NAME and settings of a picture such as steps, guidance_scale, sampler`,
    );
  }
  const values: AxisValue[] = [];
  for (const value of list) values.push(...(await read(value)));
  if (values.length > LIMITS.brainstorm.axis)
    refuse(
      `expected at most ${LIMITS.brainstorm.axis} values, found ${values.length}`,
      "split them into two sheets",
    );
  const seen = new Set<string>();
  for (const change of values.map(({ changes }) => JSON.stringify(changes))) {
    if (seen.has(change))
      refuse(`expected each value once, found one twice in ${quoteShort(text)}`, "remove it");
    seen.add(change);
  }
  return { name, values };
}

function axisName(written: string): string {
  if (written.startsWith("lora:")) return written;
  const plain = written.toLowerCase().replaceAll("-", "_");
  return ALIASES.get(plain) ?? plain;
}

function isAxis(name: string): boolean {
  const [group = ""] = name.split(".");
  if (
    name === "lora" ||
    /^lora:./.test(name) ||
    name === "prompt" ||
    name === "style" ||
    name === "init.strength"
  ) {
    return true;
  }
  const isOfPicture =
    (PICTURE_SETTINGS as readonly string[]).includes(group) && !BESIDE_THE_PICTURE.has(group);
  const setting = findSetting(name.split("."));
  return isOfPicture && setting !== undefined && setting.kind !== "list";
}

/** Prompts have commas in them. */
function cutValues(text: string, name: string): string[] {
  const separator = text.includes("|") || name === "prompt" || name === "negative_prompt" ? "|" : ",";
  return text
    .split(separator)
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

function numberOr(text: string): unknown {
  return readSetFlag(`loras.0.weight=${text}`).value;
}

/** A path on the command line starts at the working directory; anything else is a name in the library. */
async function fromFlag(value: string, folder: string): Promise<string> {
  const path = resolve(folder, value);
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere && /[\\/]|\.safetensors$/i.test(value) ? path : value;
}

/** A folder that is no model itself stands for all that lie in it, in natural order. */
async function filesOf(kind: "model" | "lora", value: string, folder: string): Promise<string[]> {
  const path = resolve(folder, value);
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory() !== true) return [await fromFlag(value, folder)];
  if ((await usablePath(kind, path)) !== undefined) return [path];
  const entries = await readLibraryFolder(kind, path);
  if (entries.length === 0) return [path];
  return entries.toSorted((a, b) => naturalOrder(a.longName, b.longName)).map((entry) => entry.path);
}

/** `step-900`; of the file that diffusers puts into a folder, the folder's name. */
function shortName(file: string): string {
  const name = stem(basename(file));
  return name === "pytorch_lora_weights" ? basename(dirname(file)) : name;
}
