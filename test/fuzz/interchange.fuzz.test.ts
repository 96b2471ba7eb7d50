/** Settings files of Deforum and manifests of Parseq, from their text to checked settings. */

import * as fc from "fast-check";
import { type AnimateError, SettingsError } from "../../src/errors.ts";
import { readGolden } from "../support/deforum-fixtures.ts";
import { importText, interchangeFixture } from "../support/interchange.ts";
import { editedText } from "./edits.ts";
import { fuzz } from "./fuzz.ts";
import { ANY_TEXT, FORMULA, JSON_TEXT, SCHEDULE } from "./splinters.ts";

const pieces = [...ANY_TEXT, ...JSON_TEXT, ...FORMULA, ...SCHEDULE];

/** Short enough to be evaluated often; everything that does something is switched on. */
const EXAMPLE = JSON.stringify(
  {
    ...(JSON.parse(interchangeFixture("example_settings.txt")) as object),
    max_frames: 24,
    enable_steps_scheduling: true,
    enable_clipskip_scheduling: true,
    enable_sampler_scheduling: true,
    enable_ancestral_eta_scheduling: true,
    seed_behavior: "schedule",
    parseq_manifest:
      '{"options": {"output_fps": 20}, "rendered_frames": [{"frame": 0, "zoom": 1}, {"frame": 3, "zoom": 2}]}',
  },
  null,
  1,
);

const MANIFEST = JSON.stringify({
  options: { output_fps: 20, bpm: 120, cadence: 1 },
  prompts: {
    format: "v2",
    enabled: true,
    promptList: [{ name: "Prompt 1", positive: "a ${zoom}", negative: "b" }],
  },
  managedFields: ["seed", "zoom"],
  keyframes: [
    { frame: 0, zoom: 1 },
    { frame: 3, zoom: 2 },
  ],
  rendered_frames: [0, 1, 2, 3].map((frame) => ({
    frame,
    seed: 5 + frame,
    zoom: 1 + frame / 100,
    zoom_delta: 0.01,
    translation_x: frame,
    strength: 0.6,
    noise: 0.04,
    deforum_prompt: "a tree :1 AND a house :0.2 --neg blur",
    subseed: 1,
    subseed_strength: 0.1,
  })),
});

fuzz({
  name: "deforum-settings",
  title: "settings files of Deforum with random mistakes",
  cases: 400,
  inputs: editedText([EXAMPLE], pieces),
  least: { read: 500, refused: 500 },
  read: checkNotes,
  isLocated: isAtLine,
});

fuzz({
  name: "deforum-schedules",
  title: "settings files of Deforum whose schedules have random mistakes",
  cases: 600,
  inputs: fc
    .tuple(
      editedText(
        readGolden<readonly { schedule: string }[]>("schedules/schedules.json").map(
          ({ schedule }) => schedule,
        ),
        [...ANY_TEXT, ...FORMULA, ...SCHEDULE],
      ),
      fc.boolean(),
    )
    .map(([schedule, isForSamplers]) =>
      JSON.stringify({
        max_frames: 50,
        prompts: { 0: "a", 9: `b \`${schedule.slice(0, 40)}\`` },
        zoom: schedule,
        strength_schedule: schedule,
        enable_sampler_scheduling: isForSamplers,
        sampler_schedule: schedule,
      }),
    ),
  least: { read: 0, refused: 500 },
  read: checkNotes,
  isLocated: isAtLine,
});

fuzz({
  name: "parseq-manifests",
  title: "manifests of Parseq with random mistakes",
  cases: 2000,
  inputs: editedText([MANIFEST], pieces),
  least: { read: 500, refused: 500 },
  read: checkNotes,
  isLocated: isAtLine,
});

function checkNotes(text: string): void {
  const { notes } = importText(text);
  const lost = notes.find(({ location }) => !PLACE.test(location));
  if (lost !== undefined) throw new Error(`a note without a place: ${lost.field} at ${lost.location}`);
}

const PLACE = /^settings\.txt:[1-9]\d*:[1-9]\d*$/;

function isAtLine(error: AnimateError): boolean {
  return (
    error instanceof SettingsError &&
    error.problems.length > 0 &&
    error.problems.every(({ location }) => PLACE.test(location))
  );
}
