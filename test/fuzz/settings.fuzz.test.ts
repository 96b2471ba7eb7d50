/** Schedule files: YAML and what it says, from the text to the plan of each frame. */

import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { type AnimateError, SettingsError } from "../../src/errors.ts";
import { parseChannel } from "../../src/brainstorm/channel.ts";
import { lintSettings } from "../../src/schedule/lint.ts";
import { planFrames } from "../../src/schedule/plan.ts";
import { drawSeed } from "../../src/settings/draw-seed.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { readSetFlag } from "../../src/settings/overrides.ts";
import { editedText } from "./edits.ts";
import { fuzz } from "./fuzz.ts";
import { ANY_TEXT, FORMULA, PROMPT, SCHEDULE, YAML } from "./splinters.ts";

/** Longer plans are longer work, which a second is not meant for. */
const MAX_PLANNED_FRAMES = 48;

/** Short, with every notation once. */
const SMALL = `
name: fuzz
size: { width: 256, height: 256 }
fps: 15
frames: 9
bpm: 120
sampler: DPM++ 2M Karras
prompts: # what is seen
  0: a \`t\` red cape --neg blur
  2b: >-
    a city
    at night
motion:
  translation_x: "0:(0), 3:(15), 6:(15)"
  angle: 'sin(t*3.14/2)**2'
  zoom: &curve
    0s: { value: 1, easing: ease_in_out }
    max_f: 1.018
  fov: |
    0:(70),
    4:(where(t>5, 60, 70))
noise: { amount: 0:(0.05), type: perlin }
feedback: { contrast: *curve }
`;

const pieces = [...ANY_TEXT, ...YAML, ...SCHEDULE, ...FORMULA];

fuzz({
  name: "settings",
  title: "small schedule files with random mistakes",
  cases: 3000,
  inputs: fc.oneof(
    { weight: 5, arbitrary: editedText([SMALL], pieces, 3) },
    {
      weight: 1,
      arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join("")),
    },
  ),
  least: { read: 200, refused: 4000 },
  read: readSchedule,
  isLocated: isAtLine,
});

fuzz({
  name: "settings-examples",
  title: "the schedules of the package with random mistakes",
  cases: 400,
  inputs: editedText(filesIn("schedules/"), pieces),
  read: readSchedule,
  isLocated: isAtLine,
});

fuzz({
  name: "set-flags",
  title: "values of --set",
  cases: 1000,
  inputs: editedText(
    ["motion.zoom=0:(1)", "size.width=512", "prompts.2.5s=a city", "loras.0.weight=1"],
    pieces,
    3,
  ),
  least: { read: 10, refused: 1000 },
  read: (flag) => loadSettings({ file: "fuzz.yaml", text: SMALL }, [readSetFlag(flag)]),
  isLocated: (error) =>
    error instanceof SettingsError &&
    error.problems.every(({ location }) => /^(?:--set|fuzz\.yaml:\d+:\d+)/.test(location)),
});

fuzz({
  name: "channels",
  title: "channels of the package with random mistakes",
  cases: 600,
  inputs: editedText(filesIn("presets/channels/"), [...pieces, "{title}", "{prompt}", "{x}", "styles:\n"]),
  read: (text) => parseChannel("fuzz.yaml", text),
  isLocated: isAtLine,
});

fuzz({
  name: "prompts",
  title: "prompts with emphasis, edits, AND, LoRAs and formulas",
  cases: 2000,
  inputs: editedText(
    [
      "a (red:1.2) cape, [oil:photo:0.5] of [a|b] \\(x\\) AND rain :0.6 BREAK sky --neg blur (dark)",
      "castle `10*sin(t/10)` <lora:style:0.8> at night",
    ],
    [...ANY_TEXT, ...PROMPT],
    8,
  ),
  least: { read: 500, refused: 100 },
  read: (prompt) =>
    readSchedule(JSON.stringify({ frames: 3, bpm: 90, prompts: { 0: prompt, 1: "b", 2: prompt } })),
  isLocated: isAtLine,
});

function readSchedule(text: string): void {
  const loaded = loadSettings({ file: "fuzz.yaml", text });
  if (loaded.settings.frames > MAX_PLANNED_FRAMES) return;
  const plan = planFrames(drawSeed(loaded.settings, () => 7));
  if (plan.length !== loaded.settings.frames) throw new Error(`planned ${plan.length} frames`);
  lintSettings(loaded);
}

function isAtLine(error: AnimateError): boolean {
  return (
    error instanceof SettingsError &&
    error.problems.length > 0 &&
    error.problems.every(({ location }) => /^fuzz\.yaml:[1-9]\d*:[1-9]\d*$/.test(location))
  );
}

function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => readFileSync(folder + name, "utf8"));
}
