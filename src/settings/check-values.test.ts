import { describe, expect, it } from "vitest";

import { mistakesIn } from "../../test/support/settings-mistakes.ts";
import { ScheduleError } from "../errors.ts";
import { parseSchedule, type ScheduleSource } from "../schedule/schedule.ts";

/** What the schedule's own reader says; its words are tested beside it. */
function scheduleMistake(source: ScheduleSource): ScheduleError {
  try {
    parseSchedule(source);
  } catch (error) {
    if (error instanceof ScheduleError) return error;
  }
  throw new Error(`expected a mistake in ${JSON.stringify(source)}`);
}

describe("mistakes in a schedule", () => {
  it.each([
    ["zoom: '0:(1+)'", "0:(1+)", "a.yaml:3:15 motion.zoom"],
    ["zoom: { 0: 1, 30: 'sine(t)' }", "sine(t)", "a.yaml:3:22 motion.zoom.30"],
    ["zoom: { 0: { value: '1+q' } }", "1+q", "a.yaml:3:26 motion.zoom.0.value"],
    [
      "zoom: { 0: { value: 1, easing: bounce } }",
      { 0: { value: 1, easing: "bounce" } },
      "a.yaml:3:34 motion.zoom.0.easing",
    ],
    ["zoom: { 1.5: 2 }", { "1.5": 2 }, "a.yaml:3:11 motion.zoom.1.5"],
    ["zoom: >\n    0:(0.5),\n    30:(0.6*bad)", "0:(0.6*bad)", "a.yaml:5:13 motion.zoom"],
    ["zoom: |\n    0:(0.5),\n\n    30:(0.6*bad)", "0:(0.6*bad)", "a.yaml:6:13 motion.zoom"],
    ['zoom: "0:(1), \\x33\\u0030:(bad)"', "0:(bad)", "a.yaml:3:29 motion.zoom"],
    ["zoom: '0:(1), ''max_f'':(bad)'", "0:(bad)", "a.yaml:3:28 motion.zoom"],
    ["zoom:\n    0:(0.5),\n    30:(0.6*bad)", "0:(0.6*bad)", "a.yaml:5:13 motion.zoom"],
  ])("%s is located to the character", (line, source, place) => {
    const { message, hint } = scheduleMistake(source);
    expect(mistakesIn(`prompts: x\nmotion:\n  ${line}`)).toBe(`${place}: ${message}\n    hint: ${hint}`);
  });

  it.each([
    [
      "zoom: { 0: 1, 4b: 2 }",
      "a.yaml:3:17 motion.zoom.4b: expected bpm for a key in beats, found `4b` and no bpm\n    hint: set bpm to the beats per minute of the music, or write the key in frames or seconds",
    ],
    [
      "zoom: '0:(1), 30:(-3)'",
      "a.yaml:3:9 motion.zoom: expected values from 0.01 to 100 (factor per frame), found -0.06666666666666665 at frame 8\n    hint: animate plan prints the value of every frame",
    ],
    [
      "zoom: 0",
      "a.yaml:3:9 motion.zoom: expected values from 0.01 to 100 (factor per frame), found 0 at frame 0\n    hint: animate plan prints the value of every frame",
    ],
    [
      "translation_x: 1/(t-3)",
      "a.yaml:3:18 motion.translation_x: expected values from -1000000 to 1000000 (2D: pixels, 3D: 1/200 world unit per frame), found Infinity at frame 3\n    hint: animate plan prints the value of every frame",
    ],
  ])("%s", (line, message) => {
    expect(mistakesIn(`prompts: x\nmotion:\n  ${line}`)).toBe(message);
  });

  it("needs an odd sharpening kernel after truncation", () => {
    expect(mistakesIn("prompts: x\nfeedback: { sharpen: { kernel: 4.9 } }")).toBe(
      "a.yaml:2:32 feedback.sharpen.kernel: expected an odd number of pixels, found 4 at frame 0\n    hint: use 3 or 5",
    );
    expect(mistakesIn("prompts: x\nfeedback: { sharpen: { kernel: 5.9 } }")).toBe("no mistake");
  });

  it("judges whole numbers after truncation", () => {
    expect(mistakesIn("prompts: x\nsteps: 0.5")).toBe(
      "a.yaml:2:8 steps: expected values from 1 to 1000 (steps), found 0 at frame 0\n    hint: animate plan prints the value of every frame",
    );
  });

  it("in prompts and their transition is located too", () => {
    expect(mistakesIn("prompts: a `sin(x)`\nprompt_transition: 2b")).toBe(
      [
        "a.yaml:1:17 prompts: expected a known name, found `x`",
        "    hint: did you mean t?",
        "a.yaml:2:20 prompt_transition: expected bpm to be set for a time in beats, found 2b",
        "    hint: set bpm, the beats per minute of the music",
      ].join("\n"),
    );
    expect(mistakesIn("prompts: { 0: x, q: y }")).toBe(
      "a.yaml:1:18 prompts.q: expected a known name, found `q`\n    hint: did you mean s?",
    );
  });
});

describe("precision int8", () => {
  it.each([
    [
      "device: cuda",
      "expected fp32 or fp16 with device cuda, found int8",
      "use device: cpu, or leave precision out",
    ],
    [
      "device: webgpu",
      "expected fp32 or fp16 with device webgpu, found int8",
      "use device: cpu, or leave precision out",
    ],
    [
      "low_memory: true",
      "expected fp32 or fp16 with low_memory, found int8",
      "leave low_memory or precision out",
    ],
  ])("is a mistake with %s", (line, message, hint) => {
    const text = mistakesIn(`prompts: x\n${line}\nprecision: int8`);
    expect(text).toContain(`a.yaml:3:12 precision: ${message}`);
    expect(text).toContain(`hint: ${hint}`);
  });
});

describe("settings that need each other", () => {
  it.each([
    [
      "motion: { depth: { near: 3 } }",
      "a.yaml:2:26 motion.depth.near: expected less than motion.depth.far, which is 2, found 3\n    hint: make near smaller or far larger",
    ],
    [
      "feedback: { color_reference: video }",
      "a.yaml:2:30 feedback.color_reference: expected hybrid.video together with color_reference: video, found none\n    hint: add the video, such as hybrid: { video: dance.mp4 }",
    ],
    [
      "motion: { holes: inpaint }\nmask: { file: sky.png }",
      "a.yaml:2:18 motion.holes: expected smear or noise together with mask.file, found inpaint\n    hint: use holes: noise, or leave the mask out",
    ],
    [
      'motion: { holes: inpaint }\nmask: { schedule: "![sky.png]" }',
      "a.yaml:2:18 motion.holes: expected smear or noise together with mask.schedule, found inpaint\n    hint: use holes: noise, or leave the mask out",
    ],
  ])("%s", (lines, message) => {
    expect(mistakesIn(`prompts: x\n${lines}`)).toBe(message);
  });
});

it.each(["gif", "png"])("a soundtrack is refused by its name where the format is %s", (format) => {
  const text = `prompts: x\nvideo:\n  format: ${format}\n  soundtrack: song.mp3`;
  expect(mistakesIn(text)).toBe(
    `a.yaml:4:15 video.soundtrack: expected mp4 or webm for the sound, found the format ${format}\n    hint: choose --format mp4, or leave the soundtrack out`,
  );
});
