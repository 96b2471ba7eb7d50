import { readdirSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { SettingsError } from "../errors.ts";
import { planFrames } from "../schedule/plan.ts";
import { CAMERA_PRESETS, CAMERA_PRESETS_FOLDER, describeCameraPreset } from "./camera-presets.ts";
import { loadSettings } from "./load.ts";

function load(text: string) {
  return loadSettings({ file: "a.yaml", text: `prompts: a\nseed: 1\n${text}` }).settings;
}

/** Every camera number of every frame, as one row each. */
function moves(text: string): number[][] {
  return planFrames(load(text)).map(({ motion }) => Object.values(motion));
}

/** How far each camera number goes in eight seconds, whichever way. */
function wayOf(name: string, fps: number): number[] {
  const rows = moves(`camera: ${name}\nfps: ${fps}\nframes: ${8 * fps}`);
  const still = moves("mode: 3d\nframes: 1")[0]!;
  return still.map((rest, i) => rows.reduce((sum, row) => sum + Math.abs(row[i]! - rest), 0));
}

test("every file in presets/camera is a preset, and every preset a file", () => {
  const files = readdirSync(CAMERA_PRESETS_FOLDER).toSorted();
  expect(files).toEqual(CAMERA_PRESETS.map((name) => `${name}.yaml`));
});

describe.each(CAMERA_PRESETS)("the preset %s", (name) => {
  it("says what it does", () => {
    expect(describeCameraPreset(name)).toMatch(/^[A-Z].{20,}\.$/);
  });
});

// The dolly zoom turns its lens by powers of the amount; it has a test of its own, render/dolly-zoom.test.ts.
describe.each(CAMERA_PRESETS.filter((name) => name !== "dolly-zoom"))("the preset %s", (name) => {
  it("moves, in 3D, as far as it is told, and is not at rest throughout", () => {
    expect(load(`camera: ${name}`).mode).toBe("3d");
    const still = moves("mode: 3d");
    const once = moves(`camera: ${name}`);
    const twice = moves(`camera: ${name}\ncamera_amount: 2`);
    expect(once).not.toEqual(still);
    expect(
      moves(`camera: ${name}\ncamera_amount: 0`)
        .flat()
        .map((x) => x + 0),
    ).toEqual(still.flat());
    once.forEach((row, frame) => {
      row.forEach((x, i) =>
        expect(twice[frame]![i]! - still[frame]![i]!).toBeCloseTo(2 * (x - still[frame]![i]!), 9),
      );
    });
  });

  it("goes the same way at twice the frame rate, in twice the frames", () => {
    const fine = wayOf(name, 60);
    wayOf(name, 30).forEach((x, i) =>
      expect(Math.abs(x - fine[i]!)).toBeLessThanOrEqual(0.06 * Math.abs(x) + 0.01),
    );
  });
});

describe("camera", () => {
  it("leaves to the file what the file says", () => {
    const { motion } = load("camera: orbit\nmotion: { rotation_3d_y: 0.5, translation_z: 3 }");
    expect(motion.rotation_3d_y).toBe(0.5);
    expect(motion.translation_z).toBe(3);
    expect(motion.translation_x).toBe("(1) * 45/fps");
  });

  it("names the presets when there is no such one, and the conflict with mode", () => {
    expect(() => load("camera: orbitt")).toThrow(
      /a\.yaml:3:9 camera: expected one of none, crane, .*\n.*did you mean orbit\?/,
    );
    expect(() => load("camera: orbit\nmode: 2d")).toThrow(
      'a.yaml:4:7 mode: expected 3d, in which camera: orbit moves, found "2d"',
    );
  });

  it.each([
    "camera: [orbit]",
    "camera: orbit\ncamera_amount: much",
    "camera: orbit\ncamera_period: never",
    "camera: orbit\nmotion: 3",
    "camera: sway\ncamera_period: 2b",
  ])("refuses %j as any other mistake", (text) => {
    expect(() => load(text)).toThrow(SettingsError);
  });
});
