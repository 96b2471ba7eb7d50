import { describe, expect, it } from "vitest";

import { parseSchedule } from "../schedule/schedule.ts";
import { settingsSchema } from "./schema.ts";
import { allSettings, scheduledSettings } from "./setting-list.ts";
import { valueAt } from "./value-at.ts";

describe("the settings schema", () => {
  it("describes every setting in a sentence, with a range for each number", () => {
    for (const { path, description, kind, range } of allSettings) {
      expect(description, path).toMatch(/^[A-Za-z0-9].*\.$/);
      if (kind === "number" || kind === "schedule") expect(range, path).toHaveLength(2);
    }
  });

  it("lists each path once, and every one leads to a value", () => {
    const settings = settingsSchema.parse({ prompts: "x" });
    const paths = allSettings.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) expect(valueAt(settings, path.split(".")), path).not.toBe(undefined);
  });

  it.each([1, 2, 3, 500])("has defaults that are in range on each of %i frames", (frames) => {
    for (const { path, defaultValue, range, whole } of scheduledSettings) {
      const values = parseSchedule(defaultValue).evaluate({ frames, seed: Number.MAX_SAFE_INTEGER, fps: 15 });
      for (const value of values) {
        expect(value, path).toBeGreaterThanOrEqual(range[0]);
        expect(value, path).toBeLessThanOrEqual(range[1]);
        if (whole === true) expect(Number.isSafeInteger(value), path).toBe(true);
      }
    }
  });

  it("has Deforum's defaults for what is not the camera", () => {
    const defaults = Object.fromEntries(
      scheduledSettings.map(({ path, defaultValue }) => [path, defaultValue]),
    );
    // deforum-art/sd-webui-deforum 32242685
    expect(defaults).toMatchObject({
      strength: 0.65,
      guidance_scale: 7,
      steps: 25,
      "noise.amount": 0.065,
      "noise.multiplier": 1.05,
      "feedback.contrast": 1,
      "feedback.sharpen.amount": 0.1,
      "feedback.sharpen.kernel": 5,
      "feedback.sharpen.sigma": 1,
      "feedback.sharpen.threshold": 0,
      "motion.fov": 70,
      "motion.perspective_flip_fv": 53,
      "motion.transform_center_x": 0.5,
    });
  });
});
