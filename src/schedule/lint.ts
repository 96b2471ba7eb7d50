/** Warnings about settings that are legal but probably not what was meant. */

import type { LoadedSettings } from "../settings/load.ts";
import type { Settings } from "../settings/schema.ts";
import { scheduledSettingsOf } from "../settings/setting-list.ts";
import { scheduleSource } from "./evaluate-settings.ts";
import { lintControlNets } from "./lint-controlnet.ts";
import { lintCurve, type LintedCurve } from "./lint-curve.ts";
import { withoutEffect } from "./lint-without-effect.ts";
import { parseSchedule, parseTextSchedule } from "./schedule.ts";
import { scheduleContext } from "./schedule-context.ts";

/** One warning, located. */
export interface LintWarning {
  /** `superman.yaml:30:20`, or the flag. */
  readonly location: string;
  /** Settings path, `motion.rotation_3d_x`. */
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

type Finding = Omit<LintWarning, "location">;

/** Looks for spikes, keys beyond the end, unequal ends, dead formulas and settings without effect. */
export function lintSettings({ settings, locate }: LoadedSettings): LintWarning[] {
  const curves = readCurves(settings);
  const ofCurves = curves.flatMap((curve) =>
    lintCurve(curve).map(({ key, offset, message, hint }) => {
      const { path } = curve.setting;
      const keys = path.split(".");
      const isMapping = typeof scheduleSource(settings, path) === "object";
      const location =
        isMapping && key !== undefined ? locate([...keys, key.at]) : locate(keys, key?.offset ?? offset);
      return { location, path, message, hint };
    }),
  );
  const ofSettings = [
    ...unequalEnds(curves),
    ...strengthLimits(curves),
    ...noNoise(curves),
    ...withoutEffect(settings),
    ...lintControlNets(settings, (path) => curveOf(curves, path).values),
  ].map((finding) => ({ ...finding, location: locate(finding.path.split(".")) }));
  const ofPrompts = unusedPrompts(settings).map((key) => ({
    location: locate(["prompts", key]),
    path: `prompts.${key}`,
    message: `is never used: its key lies outside frames 0 to ${settings.frames - 1}, or another key stands at its frame`,
    hint: "render more frames, or move the key",
  }));
  return [...ofCurves, ...ofPrompts, ...lateShots(settings, locate), ...ofSettings];
}

/** Shots behind the last frame. */
function lateShots({ shots, frames }: Settings, locate: LoadedSettings["locate"]): LintWarning[] {
  if (shots === null || shots === "cuts") return [];
  return [...shots.entries()].flatMap(([index, frame]): LintWarning[] => {
    if (frame < frames) return [];
    const path = ["shots", String(index)];
    const message = `is never seen: it begins at frame ${frame}, behind the last one, ${frames - 1}`;
    const hint = "render more frames, or take it out";
    return [{ location: locate(path), path: path.join("."), message, hint }];
  });
}

function readCurves(settings: Settings): LintedCurve[] {
  const context = scheduleContext(settings);
  return scheduledSettingsOf(settings).map((setting) => {
    const schedule = parseSchedule(scheduleSource(settings, setting.path));
    return { setting, schedule, keys: schedule.resolve(context), values: schedule.evaluate(context) };
  });
}

/** Curves of one group that end at different frames: some of a move's parts stop before the others. */
function unequalEnds(curves: readonly LintedCurve[]): Finding[] {
  const groups = new Map<string, { path: string; end: number }[]>();
  for (const { setting, keys } of curves) {
    if (keys.length < 2 || setting.path === "seed_schedule") continue;
    const group = setting.path.split(".").slice(0, -1).join(".");
    const end = Math.max(...keys.map(({ frame }) => frame));
    groups.set(group, [...(groups.get(group) ?? []), { path: setting.path, end }]);
  }
  return [...groups].flatMap(([group, ends]) => {
    if (new Set(ends.map(({ end }) => end)).size < 2) return [];
    const list = ends.map(({ path, end }) => `${path.split(".").at(-1)} at ${end}`).join(", ");
    const message = `schedules end at different frames: ${list}`;
    return [
      {
        path: group,
        message,
        hint: "each holds its last value from there on; end them together if the move shall end as one",
      },
    ];
  });
}

/** Strength acts from the second frame on. */
function strengthLimits(curves: readonly LintedCurve[]): Finding[] {
  const values = curveOf(curves, "strength").values;
  const path = "strength";
  const full = firstFrame(values, (value) => value === 1);
  const none = firstFrame(values, (value) => value === 0);
  return [
    ...(full === undefined
      ? []
      : [
          {
            path,
            message: `is 1 at frame ${full}, so the model adds almost nothing there`,
            hint: "0.4 to 0.8 is usual",
          },
        ]),
    ...(none === undefined
      ? []
      : [
          {
            path,
            message: `is 0 at frame ${none}, so nothing of the frame before is kept`,
            hint: "0.4 to 0.8 is usual; 0 is a cut",
          },
        ]),
  ];
}

function firstFrame(values: Float64Array, test: (value: number) => boolean): number | undefined {
  const frame = values.findIndex((value, index) => index > 0 && test(value));
  return frame === -1 ? undefined : frame;
}

function noNoise(curves: readonly LintedCurve[]): Finding[] {
  if (curveOf(curves, "noise.amount").values.some((value) => value !== 0)) return [];
  return [
    {
      path: "noise.amount",
      message: "is 0 on every frame, so moving pictures blur more and more",
      hint: "0.02 to 0.08 is usual",
    },
  ];
}

function curveOf(curves: readonly LintedCurve[], path: string): LintedCurve {
  return curves.find(({ setting }) => setting.path === path)!;
}

/** The keys of prompts that no frame shows. */
function unusedPrompts(settings: Settings): string[] {
  const resolved = parseTextSchedule(settings.prompts).resolve(scheduleContext(settings));
  const used = new Set(resolved.map(({ at }) => at));
  return Object.keys(settings.prompts).filter((key) => !used.has(key));
}
