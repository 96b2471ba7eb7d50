import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { loadSettings } from "../settings/load.ts";
import type { Override } from "../settings/overrides.ts";
import { lintSettings } from "./lint.ts";

/** Warnings as `place path: message | hint`. */
function lint(text: string, overrides: readonly Override[] = []): string[] {
  const loaded = loadSettings({ file: "a.yaml", text }, overrides);
  return lintSettings(loaded).map(
    ({ location, path, message, hint }) => `${location} ${path}: ${message} | ${hint}`,
  );
}

const UNUSUAL_STRENGTH = "0.4 to 0.8 is usual";
const SEE_PLAN = "look at its curve with animate plan";

describe("lint", () => {
  it("has nothing to say about the defaults", () => {
    expect(lint("prompts: x")).toEqual([]);
  });

  it("lets a pulse rest for most of the time", () => {
    const text = "prompts: x\nmode: 2d\nmotion: { zoom: ";
    expect(lint(`${text}"1 + 0.02*pulse(1s, 0.1)" }`)).toEqual([]);
    expect(lint(`${text}"1 + 0.02*(t % 15 == 0)" }`)).toHaveLength(1);
  });

  it.each([
    [
      "keys beyond the end",
      "frames: 60\nstrength: 0:(0.5), 30:(0.6), 90:(0.7)",
      [
        "a.yaml:3:30 strength: the key 90 lies beyond the last frame, 59, so the value stays 0.6 to the end | render 91 frames to use all keys, or put the last key at max_f",
      ],
    ],
    [
      "several keys beyond the end, in a mapping with times",
      "frames: 30\nstrength:\n  0: 0.5\n  2s: 0.6\n  3s: 0.7",
      [
        "a.yaml:5:7 strength: the keys 2s, 3s lie beyond the last frame, 29, so the value stays 0.5 to the end | render 46 frames to use all keys, or put the last key at max_f",
      ],
    ],
    [
      "keys before the start",
      "strength: 0:(0.5), -5:(0.6)",
      [
        "a.yaml:2:20 strength: the key -5 lies before frame 0 and without effect | move the key to frame 0 or remove it",
      ],
    ],
    [
      "a key that another replaces",
      "strength: 0:(0.5), 0:(0.6)",
      ["a.yaml:2:11 strength: a later key at frame 0 replaces the value (0.5) | remove one of the two"],
    ],
    [
      "text that Deforum ignores",
      "strength: 0:(0.5):(0.9)",
      [
        "a.yaml:2:19 strength: (0.9) is ignored, as in Deforum | a key is frame:(value); separate keys by commas",
      ],
    ],
    [
      "a number with an exponent, which holds instead of ramping",
      "motion: { rotation_3d_x: '0:(0), 30:(1e-3), 60:(1)' }",
      [
        "a.yaml:2:34 motion.rotation_3d_x: (1e-3) is read as a formula, so it holds until the next key instead of ramping to it | write (0.001) to ramp, or (0.001+0) to hold on purpose",
      ],
    ],
    [
      "a formula of t that is constant",
      "motion: { rotation_3d_x: t*0+2 }",
      [
        `a.yaml:2:26 motion.rotation_3d_x: the formula depends on t but is 2 on all of its frames | ${SEE_PLAN}`,
      ],
    ],
    [
      "a formula that stands still nearly always",
      "noise: { amount: '0:(-0.06*(cos(3.141*t/15)**100)+0.06)' }",
      [`a.yaml:2:19 noise.amount: the formula stays at 0.06 on 80 % of its frames | ${SEE_PLAN}`],
    ],
    [
      "a turn by more than 45 degrees between two frames",
      "motion: { rotation_3d_x: '0:(0), 59:(0), 60:(150), 119:(0)' }",
      [
        "a.yaml:2:42 motion.rotation_3d_x: jumps from 0 to 150 between frames 59 and 60, 59 times its usual change | a cut may be meant; otherwise give the change more frames",
      ],
    ],
    [
      "a jump far beyond the usual change",
      "motion: { translation_x: '0:(0), 59:(1), 60:(30), 119:(31)' }",
      [
        "a.yaml:2:42 motion.translation_x: jumps from 1 to 30 between frames 59 and 60, 1711 times its usual change | a cut may be meant; otherwise give the change more frames",
      ],
    ],
    [
      "curves of a group that end at different frames",
      "motion: { translation_x: '0:(0), 30:(1)', translation_z: '0:(0), 60:(1)', rotation_3d_x: 1 }",
      [
        "a.yaml:2:9 motion: schedules end at different frames: translation_x at 30, translation_z at 60 | each holds its last value from there on; end them together if the move shall end as one",
      ],
    ],
    [
      "strength 1",
      "strength: 0:(0.5), 30:(1)",
      [
        `a.yaml:2:11 strength: is 1 at frame 30, so the model adds almost nothing there | ${UNUSUAL_STRENGTH}`,
      ],
    ],
    [
      "strength 0",
      "strength: 0",
      [
        `a.yaml:2:11 strength: is 0 at frame 1, so nothing of the frame before is kept | ${UNUSUAL_STRENGTH}; 0 is a cut`,
      ],
    ],
    [
      "no noise at all",
      "noise: { amount: 0 }",
      [
        "a.yaml:2:18 noise.amount: is 0 on every frame, so moving pictures blur more and more | 0.02 to 0.08 is usual",
      ],
    ],
    [
      "settings that the mode does not read",
      "motion: { zoom: 1.1, angle: 0 }",
      [
        "a.yaml:2:17 motion.zoom: has no effect: it is read only with mode: 2d | remove it, or change the other setting",
      ],
    ],
    [
      "settings whose switch is off",
      "mode: 2d\nmotion: { perspective_flip_phi: 5, rotation_3d_x: 1 }\nnoise: { type: uniform, octaves: 2 }\ninit: { strength: 0.5 }",
      [
        "a.yaml:3:51 motion.rotation_3d_x: has no effect: it is read only with mode: 3d | remove it, or change the other setting",
        "a.yaml:3:33 motion.perspective_flip_phi: has no effect: it is read only with motion.perspective_flip: true | remove it, or change the other setting",
        "a.yaml:4:34 noise.octaves: has no effect: it is read only with noise.type: perlin | remove it, or change the other setting",
        "a.yaml:5:19 init.strength: has no effect: it is read only with init.image, or over the first picture of hybrid.video | remove it, or change the other setting",
      ],
    ],
    [
      "settings of drawn frames and models that nothing reads",
      "keyframe_distribution: additive\nkeyframe_strength: 0.3\nloaded_models: 2",
      [
        "a.yaml:2:24 keyframe_distribution: has no effect: it is read only with cadence above 1 | remove it, or change the other setting",
        "a.yaml:3:20 keyframe_strength: has no effect: it is read only where one prompt gives way to another, in the modes 2d, 3d and video | remove it, or change the other setting",
        "a.yaml:4:16 loaded_models: has no effect: it is read only with several models over time | remove it, or change the other setting",
      ],
    ],
    [
      "a cadence beside keys that decide alone",
      "keyframe_distribution: keyframes_only\ncadence: 3",
      [
        "a.yaml:3:10 cadence: has no effect: it is read only without keyframe_distribution: keyframes_only | remove it, or change the other setting",
      ],
    ],
    [
      "finer settings that no sampler reads",
      "sampler: { 0: euler, 5: heun }\nsampling: { ancestral_eta: 0.5, s_tmin: 1, s_noise: 1.1, ddim_eta: 1 }\nguidance_scale: 1\nguidance_rescale: 0.7",
      [
        "a.yaml:3:28 sampling.ancestral_eta: has no effect: it is read only by ancestral and SDE samplers | remove it, or change the other setting",
        "a.yaml:3:68 sampling.ddim_eta: has no effect: it is read only with sampler: ddim | remove it, or change the other setting",
        "a.yaml:3:41 sampling.s_tmin: has no effect: it is read only with sampling.s_churn | remove it, or change the other setting",
        "a.yaml:3:53 sampling.s_noise: has no effect: it is read only by samplers that add noise | remove it, or change the other setting",
        "a.yaml:5:19 guidance_rescale: has no effect: it is read only with a guidance_scale other than 1 | remove it, or change the other setting",
      ],
    ],
  ])("warns of %s", (_, text, warnings) => {
    expect(lint(`prompts: x\n${text}`)).toEqual(warnings);
  });

  it("warns of prompts that no frame shows", () => {
    expect(lint("frames: 10\nprompts:\n  0: a\n  5: b\n  2s: c")).toEqual([
      "a.yaml:5:7 prompts.2s: is never used: its key lies outside frames 0 to 9, or another key stands at its frame | render more frames, or move the key",
    ]);
  });

  it.each([
    ["a smooth curve", "motion: { rotation_3d_x: 5*sin(t/10) }"],
    ["a step that is meant", "strength: { 0: { value: 0.5, easing: step }, 60: 0.7 }"],
    ["a formula that holds on purpose", "strength: 0:(0.5+0), 60:(0.7+0)"],
    ["a constant in scientific notation, which ramps to nowhere", "motion: { rotation_3d_x: 1e-3 }"],
    [
      "a finer setting that a later sampler reads",
      "sampler: { 0: euler, 5: ddim }\nsampling: { ddim_eta: 1 }",
    ],
    ["a steady pulse", "motion: { translation_x: (t%3<1)*5 }"],
  ])("does not warn of %s", (_, text) => {
    expect(lint(`prompts: x\n${text}`)).toEqual([]);
  });

  it("names the flag when the value came from one", () => {
    const flag = { path: "strength", value: "0:(0.5), 500:(1)", location: "--strength" };
    expect(lint("prompts: x", [flag])[0]).toMatch(/^--strength strength: the key 500 lies beyond/);
  });

  it("finds the tumble of superman.yaml at frame 180", () => {
    const file = "schedules/superman.yaml";
    const warnings = lintSettings(loadSettings({ file, text: readFileSync(file, "utf8") }));
    expect(warnings).toContainEqual(
      expect.objectContaining({
        path: "motion.rotation_3d_x",
        message: expect.stringMatching(/^jumps from 0 to 150 between frames 179 and 180/),
      }),
    );
  });
});
