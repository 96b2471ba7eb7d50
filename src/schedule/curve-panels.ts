/** Which curves a plot shows, which of them share a panel, and where their keys are. */

import type { Settings } from "../settings/schema.ts";
import { scheduledSettingsOf } from "../settings/setting-list.ts";
import { loraName } from "../settings/lora-schema.ts";
import { evaluateSettings, scheduleSource } from "./evaluate-settings.ts";
import { parseSchedule } from "./schedule.ts";
import { scheduleContext } from "./schedule-context.ts";

export interface PlotCurve {
  /** Settings path; of a LoRA `loras.<name>`. */
  readonly name: string;
  /** One per frame. */
  readonly values: Float64Array;
  /** Keys inside the animation, ascending. */
  readonly keys: readonly PlotKey[];
}

export interface PlotKey {
  readonly frame: number;
  /** From a number the value moves to the next key, a formula has a value of its own on each frame. */
  readonly kind: "number" | "formula";
}

/** Curves of one kind and one unit, one or more. */
export interface PlotPanel {
  readonly title: string;
  readonly unit: string | undefined;
  readonly curves: readonly PlotCurve[];
}

/**
 * The panels of a plot, in the order of the settings.
 *
 * @param all whether curves that stay the same on all frames are shown too
 * @throws ScheduleError as `evaluateSettings`
 */
export function curvePanels(settings: Settings, all: boolean): PlotPanel[] {
  const context = scheduleContext(settings);
  const curves = evaluateSettings(settings);
  const panels = new Map<string, { unit: string | undefined; curves: PlotCurve[] }>();
  for (const { path, unit } of scheduledSettingsOf(settings)) {
    if (path === "seed_schedule" && settings.seed_behavior !== "schedule") continue;
    const values = curves.get(path)!;
    if (!all && values.every((value) => value === values[0])) continue;
    const keys = parseSchedule(scheduleSource(settings, path))
      .resolve(context)
      .filter(({ state }) => state === "used")
      .map(({ frame, key }) => ({ frame, kind: key.kind }))
      .toSorted((a, b) => a.frame - b.frame);
    const title = familyOf(path);
    const panel = panels.get(title) ?? { unit, curves: [] };
    panel.curves.push({ name: readableName(path, settings), values, keys });
    panels.set(title, panel);
  }
  return Array.from(panels, ([title, panel]) => ({ title, ...panel })).flatMap(apart);
}

/** A curve beside one of many times its height would look like a line: then each gets a panel of its own. */
function apart(panel: PlotPanel): PlotPanel[] {
  const heights = panel.curves
    .map(({ values }) => values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b)))
    .filter((height) => height > 0);
  if (Math.max(...heights) <= MOST_UNEQUAL * Math.min(...heights)) return [panel];
  return panel.curves.map((curve) => ({ title: curve.name, unit: panel.unit, curves: [curve] }));
}

const MOST_UNEQUAL = 12;

/** Curves that are read together: the axes of a translation, the weights of all LoRAs. */
function familyOf(path: string): string {
  if (/^loras\.\d+\.weight$/.test(path)) return "loras";
  return path
    .replace(/^(motion\.(?:translation|rotation_3d|transform_center))_[xyz]$/, "$1")
    .replace(/^(motion\.perspective_flip)_(?:theta|phi|gamma)$/, "$1")
    .replace(/^(controlnet\.\d+)\.(?:weight|start|end)$/, "$1")
    .replace(/^(controlnet\.\d+)\.(?:low|high)_threshold$/, "$1.thresholds");
}

function readableName(path: string, { loras }: Settings): string {
  const index = /^loras\.(\d+)\.weight$/.exec(path)?.[1];
  return index === undefined ? path : `loras.${loraName(loras[Number(index)]!.name)}`;
}
