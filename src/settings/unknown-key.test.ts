import { describe, expect, it } from "vitest";

import { allSettings } from "./setting-list.ts";
import { nearest, suggestKey } from "./unknown-key.ts";

describe("the hint for an unknown key", () => {
  it.each([
    ["W", "size"],
    ["H", "size"],
    ["max_frames", "frames"],
    ["diffusion_cadence", "cadence"],
    ["animation_mode", "mode"],
    ["strength_schedule", "strength"],
    ["steps_schedule", "steps"],
    ["cfg_scale_schedule", "guidance_scale"],
    ["sampler_schedule", "sampler"],
    ["clipskip_schedule", "clip_skip"],
    ["seed_iter_N", "seed_iter_n"],
    ["init_image", "init.image"],
    ["noise_schedule", "noise.amount"],
    ["noise_type", "noise.type"],
    ["noise_multiplier_schedule", "noise.multiplier"],
    ["perlin_w", "noise.perlin_width"],
    ["perlin_octaves", "noise.octaves"],
    ["color_coherence", "feedback.color_match"],
    ["color_force_grayscale", "feedback.grayscale"],
    ["contrast_schedule", "feedback.contrast"],
    ["amount_schedule", "feedback.sharpen.amount"],
    ["kernel_schedule", "feedback.sharpen.kernel"],
    ["fov_schedule", "motion.fov"],
    ["padding_mode", "motion.padding"],
    ["enable_perspective_flip", "motion.perspective_flip"],
    ["translation_x", "motion.translation_x"],
    ["rotation_3d_z", "motion.rotation_3d_z"],
    ["border", "motion.border"],
  ])("translates Deforum's %s at the top of a file to %s", (name, path) => {
    expect(allSettings.map((setting) => setting.path)).toContain(path);
    expect(suggestKey([], name)).toMatch(
      new RegExp(`^did you mean ${path.replaceAll(".", "\\.")}( \\(|\\?)`),
    );
  });

  it("finds every setting of more than three letters from its name with one letter missing", () => {
    for (const { path } of allSettings) {
      const keys = path.split(".");
      const name = keys.pop()!;
      if (name.length > 3) expect(suggestKey(keys, name.slice(0, -1)), path).toContain("did you mean ");
    }
  });

  it("does not stumble over names that objects have by themselves", () => {
    for (const name of ["constructor", "toString", "hasOwnProperty"]) {
      expect(suggestKey([], name)).toMatch(/^settings are: name, model/);
    }
  });
});

it("nothing is near to a word that is far from all, or endless", () => {
  expect(nearest("qwertz", ["zoom", "angle"])).toBe(undefined);
  expect(nearest("zoom".repeat(100_000), ["zoom"])).toBe(undefined);
  expect(nearest("ZOM", ["angle", "zoom"])).toBe("zoom");
});
