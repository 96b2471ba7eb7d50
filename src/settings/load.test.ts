import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { FileError, ScheduleError, SettingsError } from "../errors.ts";
import { parseSchedule, type ScheduleSource } from "../schedule/schedule.ts";
import { loadSettings, readSettings } from "./load.ts";
import type { Override } from "./overrides.ts";
import { allSettings } from "./setting-list.ts";
import { valueAt } from "./value-at.ts";

function load(text: string, overrides: readonly Override[] = []) {
  return loadSettings({ file: "a.yaml", text }, overrides);
}

function settingsOf(text: string, overrides: readonly Override[] = []) {
  return load(text, overrides).settings;
}

/** The whole message with hints, as the command prints it. */
function mistakesIn(text: string, overrides: readonly Override[] = []): string {
  try {
    load(text, overrides);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return "no mistake";
}

/** What the schedule's own reader says; its words are tested beside it. */
function scheduleMistake(source: ScheduleSource): ScheduleError {
  try {
    parseSchedule(source);
  } catch (error) {
    if (error instanceof ScheduleError) return error;
  }
  throw new Error(`expected a mistake in ${JSON.stringify(source)}`);
}

describe("a schedule file that can be read", () => {
  it("needs nothing but prompts, and is complete after loading", () => {
    const settings = settingsOf("prompts: a red balloon");
    for (const { path } of allSettings) expect(valueAt(settings, path.split(".")), path).not.toBe(undefined);
    expect(settings.prompts).toEqual({ 0: "a red balloon" });
    expect(settings.size).toEqual({ width: 256, height: 256 });
    expect(settings.strength).toBe(0.65);
    expect(settings.noise).toMatchObject({
      amount: 0.065,
      type: "perlin",
      perlin_width: 8,
      multiplier: 1.05,
    });
  });

  it("stands still by default: its camera does not move", () => {
    const { motion } = settingsOf("prompts: x");
    expect(motion).toMatchObject({
      zoom: 1,
      angle: 0,
      translation_x: 0,
      translation_z: 0,
      rotation_3d_y: 0,
      fov: 70,
    });
  });

  it("keeps what was written, schedules as text", () => {
    const settings = settingsOf(
      "prompts: { 0: a, 2s: b }\nsize: { width: 384, height: 216 }\nmotion:\n  zoom: 0:(1), 30:(1.2)\n  angle: { 0: 1, 30: { value: 2, easing: ease_in } }",
    );
    expect(settings.prompts).toEqual({ 0: "a", "2s": "b" });
    expect(settings.size).toEqual({ width: 384, height: 216 });
    expect(settings.motion.zoom).toBe("0:(1), 30:(1.2)");
    expect(settings.motion.angle).toEqual({ 0: 1, 30: { value: 2, easing: "ease_in" } });
  });

  it.each([
    ["DPM++ 2M Karras", "dpmpp_2m_karras"],
    ["euler A", "euler_a"],
    ["DDIM", "ddim"],
    ["lcm", "lcm"],
  ])("knows the sampler name %s of other programs", (name, sampler) => {
    expect(settingsOf(`prompts: x\nsampler: ${name}`).sampler).toBe(sampler);
  });

  it("may begin with a byte order mark and end lines as Windows does", () => {
    expect(settingsOf("\ufeffprompts: x\r\nfps: 24\r\n").fps).toBe(24);
  });

  it("may repeat a curve by an alias", () => {
    const { motion } = settingsOf(
      "prompts: x\nmotion:\n  angle: &curve { 0: 0, 30: 5 }\n  translation_x: *curve",
    );
    expect(motion.translation_x).toEqual({ 0: 0, 30: 5 });
  });

  it.each([
    ["schedules/super man.yaml", "super man"],
    ["/tmp/a/böse.yml", "b-se"],
    ["/dev/fd/.yaml", "animation"],
  ])("is named after its file %s unless it says otherwise", (file, name) => {
    expect(loadSettings({ file, text: "prompts: x" }).settings.name).toBe(name);
    expect(loadSettings({ file, text: "prompts: x\nname: mine" }).settings.name).toBe("mine");
  });
});

describe("values of flags", () => {
  it("stand above those of the file, the last one wins", () => {
    const overrides = [
      { path: "frames", value: 30, location: "--frames" },
      { path: "motion.zoom", value: 1.1, location: "--set motion.zoom" },
      { path: "motion.zoom", value: 1.2, location: "--set motion.zoom" },
      { path: "prompts.2.5s", value: "later", location: "--set prompts.2.5s" },
    ];
    const settings = settingsOf("prompts: { 0: x }\nframes: 10\nmotion: { zoom: 1, angle: 3 }", overrides);
    expect(settings.frames).toBe(30);
    expect(settings.motion).toMatchObject({ zoom: 1.2, angle: 3 });
    expect(settings.prompts).toEqual({ 0: "x", "2.5s": "later" });
  });

  it("make the groups that the file does not have, and replace values the file has wrong", () => {
    const overrides = [
      { path: "feedback.sharpen.amount", value: 0, location: "--set feedback.sharpen.amount" },
      { path: "fps", value: 20, location: "--fps" },
    ];
    const settings = settingsOf("prompts: x\nfps: fast", overrides);
    expect(settings.feedback.sharpen.amount).toBe(0);
    expect(settings.fps).toBe(20);
  });

  it("do not change another place that an alias shares", () => {
    const text = "prompts: x\nmotion:\n  angle: &curve { 0: 0 }\n  translation_x: *curve";
    const { motion } = settingsOf(text, [{ path: "motion.angle.0", value: 9, location: "--set" }]);
    expect([motion.angle, motion.translation_x]).toEqual([{ 0: 9 }, { 0: 0 }]);
  });

  it("are named as the place of their mistakes, behind those of the file", () => {
    const overrides = [
      { path: "frames", value: "many", location: "--frames" },
      { path: "motion.zom", value: 1, location: "--set motion.zom" },
      { path: "motion.zoom", value: "0:(sine(t))", location: "--set motion.zoom" },
      { path: "prompts.30", value: "y", location: "--set prompts.30" },
      { path: "motion..zoom", value: 1, location: "--set motion..zoom" },
    ];
    expect(mistakesIn("prompts: x\nfps: 0", overrides)).toBe(
      [
        "a.yaml:2:6 fps: expected a number from 1 to 120 (frames per second), found 0",
        '--set prompts.30: expected prompts to be a mapping in the file, found text "x"',
        "    hint: set prompts as a whole",
        '--set motion..zoom: expected the path of a setting, found text "motion..zoom"',
        '--frames: expected a whole number from 1 to 100000 (frames), found text "many"',
        '--set motion.zom: expected the name of a setting, found "zom"',
        "    hint: did you mean motion.zoom (zoom under motion:)?",
        "--set motion.zoom: expected a known name, found `sine`",
        "    hint: did you mean sin?",
      ].join("\n"),
    );
  });
});

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
    ["mode: 4d", 'a.yaml:2:7 mode: expected one of 2d, 3d, found text "4d"\n    hint: did you mean 2d?'],
    [
      "sampler: eulr",
      'a.yaml:2:10 sampler: expected one of ddim, euler, euler_a, dpmpp_2m, dpmpp_2m_karras, lcm, found text "eulr"\n    hint: did you mean euler?',
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
        'a.yaml:2:7 mode: expected one of 2d, 3d, found text "\\u001b[31m\\u{202e}"',
        'a.yaml:3:1 \\u{1b}]0;x: expected the name of a setting, found "\\u001b]0;x"',
        "    hint: settings are: name, model, size, fps, frames, bpm, seed, seed_behavior, seed_iter_n, seed_schedule, sampler, steps, guidance_scale, strength, cadence, mode, prompts, negative_prompt, prompt_transition, clip_skip, init, motion, noise, feedback, video, thumbnails, device, threads",
      ].join("\n"),
    );
  });
});

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
      'a.yaml:2:10 video.qwertyuiop: expected the name of a setting, found "qwertyuiop"\n    hint: the keys of video are: format, crf, preset',
    ],
  ])("%s", (line, message) => {
    expect(mistakesIn(`prompts: x\n${line}`)).toBe(message);
  });
});

describe("mistakes in YAML", () => {
  it.each([
    [
      "",
      "a.yaml:1:1: expected a mapping of settings, found an empty file\n    hint: write keys and values, such as prompts: a red balloon",
    ],
    [
      "# only a comment\n",
      "a.yaml:1:1: expected a mapping of settings, found an empty file\n    hint: write keys and values, such as prompts: a red balloon",
    ],
    [
      "a red balloon",
      'a.yaml:1:1: expected a mapping of settings, found text "a red balloon"\n    hint: write keys and values, such as prompts: a red balloon',
    ],
    [
      "\n- a\n",
      "a.yaml:2:1: expected a mapping of settings, found a list\n    hint: write keys and values, such as prompts: a red balloon",
    ],
    [
      "prompts: x\n\tfps: 1",
      "a.yaml:2:1: expected spaces before a key, found a tab\n    hint: replace the tab by spaces",
    ],
    [
      "prompts: x\n---\nprompts: y",
      "a.yaml:2:1: expected one animation in a file, found a second YAML document\n    hint: put it into its own file; animate renders several files one after the other",
    ],
    [
      "prompts: x\nmotion:\n  zoom: 0: (1), 30: (2)",
      'a.yaml:3:9: expected one value after the key, found more\n    hint: quote it: zoom: "0: (1), 30: (2)"',
    ],
    [
      'prompts: x\nmotion:\n  zoom: "max_f": (1), 0: (2)  # end',
      "a.yaml:3:9: expected one value after the key, found more\n    hint: quote it: zoom: '\"max_f\": (1), 0: (2)'",
    ],
    [
      "prompts: x\nmotion: { zoom: 0:(1), 30:(2), angle: 3 }",
      'a.yaml:2:17 motion.zoom: expected one schedule text, found it cut at its commas\n    hint: quote it: zoom: "0:(1), 30:(2)"',
    ],
    [
      "prompts:\n  0: a cat: white",
      'a.yaml:2:6: expected one value after the key, found more\n    hint: quote it: 0: "a cat: white"',
    ],
    [
      "prompts: `t` cats",
      'a.yaml:1:10: expected a value, found the reserved character `\n    hint: quote it: prompts: "`t` cats"',
    ],
    [
      'prompts: "a \\q"',
      "a.yaml:1:13: expected a known escape inside double quotes, found \\q\n    hint: write two backslashes for one, or use single quotes",
    ],
    [
      "prompts: !!js/function x",
      "a.yaml:1:10: expected plain YAML, found the tag !!js/function\n    hint: remove the tag",
    ],
    [
      "prompts: x\nfps: 1\nfps: 2",
      'a.yaml:3:1 fps: expected each key once, found "fps" again\n    hint: the first one is in line 2; remove one of them',
    ],
    [
      "prompts: x\nmotion: { zoom: { 0: 1, '0': 2 } }",
      'a.yaml:2:25 motion.zoom.0: expected each key once, found "0" again\n    hint: the first one is in line 2; remove one of them',
    ],
    [
      "prompts: x\n? [a]\n: 1",
      "a.yaml:2:3: expected the name of a setting or a frame as key, found a list, a mapping or an alias",
    ],
    [
      "prompts: x\n__proto__: { fps: 1 }",
      'a.yaml:2:1: expected the name of a setting or a frame as key, found text "__proto__"',
    ],
    ["prompts: x\n: 1", "a.yaml:2:1: expected the name of a setting or a frame as key, found empty text"],
    [
      "prompts: *p",
      "a.yaml:1:10 prompts: expected the alias of an earlier value, found *p, whose anchor is not set before it",
    ],
    [
      "prompts: &p { 0: *p }",
      "a.yaml:1:18 prompts.0: expected the alias of an earlier value, found *p, whose anchor contains it",
    ],
    [
      "prompts: a\u0007b",
      "a.yaml:1:11: expected text, found the control character U+0007\n    hint: save the file as UTF-8 text, or write the character as an escape in double quotes",
    ],
  ])("%j", (text, message) => {
    expect(mistakesIn(text)).toBe(message);
  });

  it("in a flow collection that is never closed is located at its end", () => {
    expect(mistakesIn("prompts: { 0: a\nfps: 5\n")).toMatch(
      /^a\.yaml:\d+:\d+: expected valid YAML, found a mistake: flow map/,
    );
  });

  it("is refused unread above 256 KB", () => {
    expect(mistakesIn(`prompts: ${"x".repeat(256 * 1024)}`)).toBe(
      "a.yaml:1:1: expected at most 262144 bytes, found 262153\n    hint: is this a schedule file? split very long schedules into several animations",
    );
  });

  it("is refused unread beyond 64 levels", () => {
    expect(mistakesIn(`prompts: ${"[".repeat(2000)}`)).toBe(
      "a.yaml:1:73: expected at most 64 nested levels, found more\n    hint: settings nest at most 4 levels deep; look for brackets that are never closed",
    );
  });

  it("lists the first 100 mistakes of a damaged file, quickly", () => {
    const damaged = [
      `prompts: x\n${Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join("\n")}`,
      "a: 1\n".repeat(40_000),
      `prompts: {${"a,".repeat(120_000)}}`,
    ];
    const start = process.cpuUsage();
    for (const text of damaged) {
      expect(mistakesIn(text).match(/^a\.yaml:/gm)).toHaveLength(100);
    }
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(10);
  });

  it("is refused beyond 20 aliases, once", () => {
    const aliases = Array.from({ length: 30 }, (_, index) => `  ${index}: *p`).join("\n");
    expect(mistakesIn(`negative_prompt: &p x\nprompts:\n${aliases}`)).toBe(
      "a.yaml:23:7 prompts.20: expected at most 20 aliases, found more\n    hint: write the values out",
    );
  });
});

it("reports all mistakes at once, in the order of the file", () => {
  const text = [
    "fps: 0",
    "prompts: x",
    "motion:",
    "  zom: 1",
    "  angle: '0:(sine(t))'",
    "  fov: 200",
    "size: 100x100",
    "seed: 1",
    "seed: 2",
  ].join("\n");
  expect(mistakesIn(text).split("\n")).toEqual([
    "a.yaml:1:6 fps: expected a number from 1 to 120 (frames per second), found 0",
    'a.yaml:4:3 motion.zom: expected the name of a setting, found "zom"',
    "    hint: did you mean motion.zoom (zoom under motion:)?",
    "a.yaml:5:14 motion.angle: expected a known name, found `sine`",
    "    hint: did you mean sin?",
    "a.yaml:6:8 motion.fov: expected values from 1 to 179 (degrees), found 200 at frame 0",
    "    hint: animate plan prints the value of every frame",
    "a.yaml:7:7 size: expected a width and height that are multiples of 8 from 64 to 2048, found 100x100",
    "    hint: the nearest valid sizes are 96x96 and 104x104",
    'a.yaml:9:1 seed: expected each key once, found "seed" again',
    "    hint: the first one is in line 8; remove one of them",
  ]);
});

describe("reading from disk", () => {
  it("says what is wrong with a missing file, a folder, a long file and other encodings", async () => {
    const folder = await mkdtemp(join(tmpdir(), "animate-settings-"));
    try {
      const hint = "give the path of a .yaml file, such as schedules/superman.yaml";
      const missing = join(folder, "none.yaml");
      await expect(readSettings(missing)).rejects.toMatchObject({
        constructor: FileError,
        where: missing,
        message: "expected a schedule file, found no such file",
        hint,
      });
      await expect(readSettings(folder)).rejects.toMatchObject({
        message: "expected a schedule file, found a folder",
        hint,
      });

      const long = join(folder, "long.yaml");
      await writeFile(long, "#".repeat(300_000));
      await expect(readSettings(long)).rejects.toThrow(
        `${long}:1:1: expected at most 262144 bytes, found more`,
      );

      const latin = join(folder, "latin.yaml");
      await writeFile(latin, Buffer.from("prompts: x\nname: caf\u00e9", "latin1"));
      await expect(readSettings(latin)).rejects.toThrow(
        `${latin}:2:10: expected UTF-8 text, found other bytes\n    hint: save the file as UTF-8`,
      );

      const good = join(folder, "good.yaml");
      await writeFile(good, "prompts: ein Bär");
      const loaded = await readSettings(good, [{ path: "fps", value: 8, location: "--fps" }]);
      expect(loaded).toMatchObject({
        file: good,
        text: "prompts: ein Bär",
        settings: { name: "good", fps: 8 },
      });
      expect(loaded.locate(["prompts"])).toBe(`${good}:1:10`);
      expect(loaded.locate(["fps"])).toBe("--fps");
      expect(loaded.locate(["motion", "zoom"])).toBe(`${good}:1:1`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
