/** Weights of the measures: presets by name, or a file of the user's own. */

import { readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { SettingsError, type SettingsProblem } from "../errors.ts";
import { printable } from "../printable.ts";
import { describeValue } from "../settings/describe-value.ts";
import { readScheduleText } from "../settings/schedule-text.ts";
import { lineAndColumn } from "../settings/text-position.ts";
import { nearest } from "../settings/unknown-key.ts";
import { readYamlTree } from "../settings/yaml-tree.ts";
import { MEASURE_NAMES, type MeasureName } from "./measures.ts";

/** What each measure counts beside the others; one that is not there counts nothing. At least one is above 0. */
export type Weights = Readonly<Partial<Record<MeasureName, number>>>;

/** One file each in presets/thumbnails/. */
export const WEIGHT_PRESETS = ["default", "bold", "faces", "landscape"] as const;

export const WEIGHT_PRESETS_FOLDER = fileURLToPath(new URL("../../presets/thumbnails/", import.meta.url));

const MOST_WEIGHT = 100;
const EXPECTED = {
  noun: "a file of weights",
  hint: `give the path of a .yaml file, or one of ${WEIGHT_PRESETS.join(", ")}`,
};

/** The weights that hold where none are named. */
export function defaultWeights(): Weights {
  const file = `${WEIGHT_PRESETS_FOLDER}default.yaml`;
  return parseWeights(file, readFileSync(file, "utf8"));
}

/**
 * The weights that a setting or an option names.
 *
 * @param name of a preset, or the path of a YAML file with a number for each measure, `sharpness: 3`
 * @param folder where a relative path starts
 * @param location what an error about the name calls its place, `superman.yaml:14:12` or `--weights`; `path` the setting, if it is one
 * @throws SettingsError with every mistake, at its place in the file
 * @throws FileError when the file cannot be read
 */
export async function readWeights(
  name: string,
  folder: string,
  { location, path = "" }: { readonly location: string; readonly path?: string },
): Promise<Weights> {
  const preset = WEIGHT_PRESETS.find((known) => known === name);
  if (preset === undefined && !/[/\\]|\.ya?ml$/i.test(name)) {
    const meant = nearest(name, WEIGHT_PRESETS);
    throw new SettingsError([
      {
        location,
        path,
        message: `expected ${WEIGHT_PRESETS.join(", ")}, or the path of a .yaml file with weights, found ${printable(describeValue(name))}`,
        ...(meant !== undefined && { hint: `did you mean ${meant}?` }),
      },
    ]);
  }
  const file =
    preset === undefined
      ? isAbsolute(name)
        ? name
        : resolve(folder, name)
      : `${WEIGHT_PRESETS_FOLDER}${preset}.yaml`;
  return parseWeights(file, await readScheduleText(file, EXPECTED));
}

/** @throws SettingsError with every mistake in the text, at its place */
export function parseWeights(file: string, text: string): Weights {
  const tree = readYamlTree(text);
  const problems: SettingsProblem[] = [];
  const report = (offset: number, path: string, message: string, hint?: string) => {
    const location = `${file}:${lineAndColumn(text, offset)}`;
    problems.push({
      location,
      path: printable(path),
      message: printable(message),
      ...(hint !== undefined && { hint: printable(hint) }),
    });
  };
  for (const { offset, path, message, hint } of tree.problems) report(offset, path.join("."), message, hint);
  const weights: Partial<Record<MeasureName, number>> = {};
  for (const [key, value] of Object.entries(tree.value ?? {})) {
    const name = MEASURE_NAMES.find((known) => known === key);
    if (name === undefined) {
      const meant = nearest(key, MEASURE_NAMES);
      const hint =
        meant === undefined ? `measures are: ${MEASURE_NAMES.join(", ")}` : `did you mean ${meant}?`;
      report(
        tree.offsetOf([key], "key"),
        key,
        `expected the name of a measure, found ${describeValue(key)}`,
        hint,
      );
    } else if (typeof value !== "number" || !(value >= 0 && value <= MOST_WEIGHT)) {
      const message = `expected a number from 0 to ${MOST_WEIGHT}, found ${describeValue(value)}`;
      report(tree.offsetOf([key], "value"), key, message);
    } else {
      weights[name] = value;
    }
  }
  if (problems.length === 0 && !Object.values(weights).some((weight) => weight > 0)) {
    report(0, "", "expected at least one weight above 0, found none", "write, for example, sharpness: 1");
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return weights;
}
