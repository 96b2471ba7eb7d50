import { describe, expect, it } from "vitest";

import { mistakesIn } from "../../test/support/settings-mistakes.ts";
import { SAMPLER_EXPECTATION } from "./sampler-names.ts";
import { settingsSchema } from "./schema.ts";

describe("mistakes in a value", () => {
  it.each([
    ["fps: fast", 'a.yaml:2:6 fps: expected a number from 1 to 120 (frames per second), found text "fast"'],
    ["frames: 1.5", "a.yaml:2:9 frames: expected a whole number from 1 to 100000 (frames), found 1.5"],
    ["fps: .nan", "a.yaml:2:6 fps: expected a number from 1 to 120 (frames per second), found NaN"],
    [
      "strength: [1]",
      'a.yaml:2:11 strength: expected a number, a schedule such as "0:(0), 30:(15)", or a mapping of frames to values, found a list',
    ],
    [
      "strength:",
      'a.yaml:2:1 strength: expected a number, a schedule such as "0:(0), 30:(15)", or a mapping of frames to values, found nothing',
    ],
    [
      "strength: { 0: true }",
      'a.yaml:2:16 strength.0: expected a number, a schedule such as "0:(0), 30:(15)", or a mapping of frames to values, found true',
    ],
    [
      "mode: 4d",
      'a.yaml:2:7 mode: expected one of 2d, 3d, interpolation, video, found text "4d"\n    hint: did you mean 2d?',
    ],
    [
      "sampler: eulr",
      `a.yaml:2:10 sampler: expected ${SAMPLER_EXPECTATION}, found text "eulr"\n    hint: did you mean euler?`,
    ],
    [
      "sampler: { 0: euler, 30: dddim }",
      `a.yaml:2:26 sampler.30: expected ${SAMPLER_EXPECTATION}, found text "dddim"\n    hint: did you mean ddim?`,
    ],
    [
      'sampler: \'0: ("Euler a"), 30: ("Eulr")\'',
      `a.yaml:2:27 sampler: expected ${SAMPLER_EXPECTATION}, found "Eulr"\n    hint: did you mean euler?`,
    ],
    ["feedback: { grayscale: 1 }", "a.yaml:2:24 feedback.grayscale: expected true or false, found 1"],
    ["negative_prompt: 5", "a.yaml:2:18 negative_prompt: expected text of at most 10000 characters, found 5"],
    [
      "name: ../../etc",
      'a.yaml:2:7 name: expected a name of at most 100 letters, digits, spaces and _ . - that starts with a letter or digit, found text "../../etc"',
    ],
    ["model: ''", "a.yaml:2:8 model: expected the name or path of a model, found empty text"],
    ["init: { image: 3 }", "a.yaml:2:16 init.image: expected the path of a file, found 3"],
    [
      "prompt_transition: 1m",
      'a.yaml:2:20 prompt_transition: expected a number of frames, or a time such as 1.5s or 2b, found text "1m"',
    ],
    ["size: large", 'a.yaml:2:7 size: expected a size such as 512x512, found text "large"'],
    [
      "size: 250x256",
      "a.yaml:2:7 size: expected a width and height that are multiples of 8 from 64 to 2048, found 250x256\n    hint: the nearest valid sizes are 248x256 and 256x256",
    ],
    [
      "size: 4096x8",
      "a.yaml:2:7 size: expected a width and height that are multiples of 8 from 64 to 2048, found 4096x8\n    hint: the nearest valid size is 2048x64",
    ],
    [
      "motion: fast",
      'a.yaml:2:9 motion: expected a mapping of settings, found text "fast"\n    hint: write its settings below it, indented, or remove the key',
    ],
    [
      "motion:",
      "a.yaml:2:1 motion: expected a mapping of settings, found nothing\n    hint: write its settings below it, indented, or remove the key",
    ],
    [
      "seed: 9007199254740993",
      "a.yaml:2:7 seed: expected a whole number from -9007199254740991 to 9007199254740991, found 9007199254740993",
    ],
    ["seed: -2", "a.yaml:2:7 seed: expected a whole number from -1 to 9007199254740991, found -2"],
  ])("%s", (line, message) => {
    expect(mistakesIn(`prompts: x\n${line}`)).toBe(message);
  });

  it.each([
    [
      "fps: 15",
      'a.yaml:1:1 prompts: expected text, or a mapping of frames to texts, found nothing\n    hint: write what the pictures show, such as prompts: "a red balloon"',
    ],
    ["prompts: {}", "a.yaml:1:10 prompts: expected text, or a mapping of frames to texts, found a mapping"],
    ["prompts: { 0: 5 }", "a.yaml:1:15 prompts.0: expected text, or a mapping of frames to texts, found 5"],
  ])("missing or wrong prompts: %s", (text, message) => {
    expect(mistakesIn(text)).toBe(message);
  });

  it("shows text of the user without characters that steer a terminal", () => {
    expect(mistakesIn('prompts: x\nmode: "\\e[31m\\u202e"\n"\\e]0;x": 1')).toBe(
      [
        'a.yaml:2:7 mode: expected one of 2d, 3d, interpolation, video, found text "\\u001b[31m\\u{202e}"',
        'a.yaml:3:1 \\u{1b}]0;x: expected the name of a setting, found "\\u001b]0;x"',
        `    hint: settings are: ${Object.keys(settingsSchema.shape).join(", ")}`,
      ].join("\n"),
    );
  });
});

describe("unknown keys", () => {
  it.each([
    ["W: 512", 'a.yaml:2:1 W: expected the name of a setting, found "W"\n    hint: did you mean size?'],
    [
      "max_frames: 10",
      'a.yaml:2:1 max_frames: expected the name of a setting, found "max_frames"\n    hint: did you mean frames?',
    ],
    [
      "translation_x: 1",
      'a.yaml:2:1 translation_x: expected the name of a setting, found "translation_x"\n    hint: did you mean motion.translation_x (translation_x under motion:)?',
    ],
    [
      "noise_schedule: 1",
      'a.yaml:2:1 noise_schedule: expected the name of a setting, found "noise_schedule"\n    hint: did you mean noise.amount (amount under noise:)?',
    ],
    [
      "promts: y",
      'a.yaml:2:1 promts: expected the name of a setting, found "promts"\n    hint: did you mean prompts?',
    ],
    [
      "motion: { rotation_x: 1 }",
      'a.yaml:2:11 motion.rotation_x: expected the name of a setting, found "rotation_x"\n    hint: did you mean motion.rotation_3d_x (rotation_3d_x under motion:)?',
    ],
    [
      "video: { qwertyuiop: 1 }",
      'a.yaml:2:10 video.qwertyuiop: expected the name of a setting, found "qwertyuiop"\n    hint: the keys of video are: format, crf, preset, upscale, upscaler, soundtrack',
    ],
  ])("%s", (line, message) => {
    expect(mistakesIn(`prompts: x\n${line}`)).toBe(message);
  });
});
