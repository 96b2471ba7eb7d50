/** Camera moves by name: the schedules of a preset, in place of those that the file does not have itself. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Problem } from "./problem.ts";
import { readYamlTree } from "./yaml-tree.ts";

/** One file each in presets/camera/. */
export const CAMERA_PRESETS = [
  "crane",
  "dolly-zoom",
  "drift",
  "flyover",
  "handheld",
  "orbit",
  "pull-out",
  "push-in",
  "rocking",
  "spiral",
  "sway",
  "whip-pan",
] as const;

export type CameraPreset = (typeof CAMERA_PRESETS)[number];

export const CAMERA_PRESETS_FOLDER = fileURLToPath(new URL("../../presets/camera/", import.meta.url));

/** The text of a preset: YAML whose formulas have the words `amount` and `period`, and what it does as a comment in the first line. */
export function readCameraPreset(name: CameraPreset): string {
  return readFileSync(`${CAMERA_PRESETS_FOLDER}${name}.yaml`, "utf8");
}

/** The first line, a sentence. */
export function describeCameraPreset(name: CameraPreset): string {
  return readCameraPreset(name).split("\n")[0]!.replace(/^#\s*/, "");
}

type Values = Readonly<Record<string, unknown>>;

/**
 * Settings as written → the same with the schedules of the preset that `camera` names. What is written wins, schedule by schedule. Values that
 * the shape check will refuse change nothing here.
 */
export function applyCameraPreset(value: Values): {
  readonly value: Values;
  readonly problems: readonly Problem[];
} {
  const { camera, camera_amount: amount = 1, camera_period: period = "4s" } = value;
  const name = CAMERA_PRESETS.find((known) => known === camera);
  const { motion: own = {}, mode } = value;
  if (name === undefined || !isGroup(own) || typeof amount !== "number" || !isDuration(period)) {
    return { value, problems: [] };
  }
  const preset = readYamlTree(readCameraPreset(name)).value!;
  const moves = Object.entries(isGroup(preset["motion"]) ? preset["motion"] : {}).map(([key, formula]) => [
    key,
    typeof formula === "string"
      ? formula.replaceAll(/\bamount\b/g, `(${amount})`).replaceAll(/\bperiod\b/g, `(${period})`)
      : formula,
  ]);
  const problems: Problem[] =
    mode === undefined || mode === preset["mode"]
      ? []
      : [
          {
            path: ["mode"],
            part: "value",
            message: `expected ${String(preset["mode"])}, in which camera: ${name} moves, found ${JSON.stringify(mode)}`,
            hint: "remove mode, or camera",
          },
        ];
  return {
    value: { ...value, mode: mode ?? preset["mode"], motion: { ...Object.fromEntries(moves), ...own } },
    problems,
  };
}

function isGroup(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDuration(period: unknown): period is number | string {
  if (typeof period === "number") return period > 0;
  return typeof period === "string" && /^\d+(\.\d+)?[sb]$/.test(period) && Number.parseFloat(period) > 0;
}
