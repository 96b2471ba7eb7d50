import { expect, it } from "vitest";
import { SettingsError } from "../errors.ts";
import { loadSettings } from "./load.ts";

function mistakesIn(text: string): string[] {
  try {
    loadSettings({ file: "a.yaml", text: `prompts: x\n${text}` });
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ location, path, message }) => `${location} ${path}: ${message}`);
  }
}

it.each([
  ["mode: video\ninit: { video: a.mp4 }", []],
  ["mode: interpolation", []],
  ["mode: 3d\ncadence: 3", []],
  ["mode: video", ["a.yaml:2:7 mode: expected init.video with mode video, found none"]],
  [
    "mode: interpolation\ncadence: 2",
    [
      "a.yaml:3:10 cadence: expected 1 with mode interpolation, found 2: frames of which each is drawn by itself have none between",
    ],
  ],
  [
    "mode: video\ninit: { video: a.mp4, extract_from_frame: 5, extract_to_frame: 4 }",
    [
      "a.yaml:3:64 init.extract_to_frame: expected -1 or a picture from 5 on, found 4, which is before extract_from_frame",
    ],
  ],
  [
    "hybrid: { video: a.mp4, extract_from_frame: 5, extract_to_frame: 4 }",
    [
      "a.yaml:2:66 hybrid.extract_to_frame: expected -1 or a picture from 5 on, found 4, which is before extract_from_frame",
    ],
  ],
])("%j has the mistakes %j", (text, mistakes) => expect(mistakesIn(text)).toEqual(mistakes));
