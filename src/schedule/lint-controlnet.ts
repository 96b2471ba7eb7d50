/** Warnings about ControlNets that do nothing, or read a number that does nothing. */

import type { Settings } from "../settings/schema.ts";
import { findSetting } from "../settings/setting-list.ts";

export interface ControlFinding {
  /** Settings path, `controlnet.0.weight`. */
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

/** Numbers that only some preprocessors read. */
const READ_BY = {
  low_threshold: ["canny", "flow_edges"],
  high_threshold: ["canny", "flow_edges"],
  blur: ["canny", "flow_edges"],
  downsample: ["tile"],
};

/** @param valuesOf the values of a scheduled setting, one per frame */
export function lintControlNets(
  { controlnet }: Settings,
  valuesOf: (path: string) => Float64Array,
): ControlFinding[] {
  return controlnet.flatMap((unit, index) => {
    const path = `controlnet.${index}`;
    const [weight, start, end] = ["weight", "start", "end"].map((name) => valuesOf(`${path}.${name}`));
    const findings: ControlFinding[] = [];
    if (weight!.every((value) => value === 0)) {
      findings.push({
        path: `${path}.weight`,
        message: "is 0 on every frame, so the ControlNet is never run",
        hint: "1 is as trained, 0.4 to 0.8 lets the prompt speak too; or remove the item",
      });
    }
    if (start!.every((value, frame) => value >= end![frame]!)) {
      findings.push({
        path: `${path}.start`,
        message: "is never below end, so the ControlNet never acts",
        hint: "0 to 1 is all steps; start: 0 with end: 0.6 leaves the last steps to the model",
      });
    }
    for (const [name, preprocessors] of Object.entries(READ_BY)) {
      const setting = findSetting([...path.split("."), name]);
      if (preprocessors.includes(unit.preprocessor) || isDefault(unit, name, setting?.defaultValue)) continue;
      findings.push({
        path: `${path}.${name}`,
        message: `has no effect: it is read only with preprocessor: ${preprocessors.join(" or ")}`,
        hint: "remove it, or change the preprocessor",
      });
    }
    return findings;
  });
}

function isDefault(unit: object, name: string, defaultValue: unknown): boolean {
  return Reflect.get(unit, name) === defaultValue;
}
