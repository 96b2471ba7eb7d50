import { expect, it } from "vitest";

import { durationInFrames } from "./duration.ts";

it.each([
  [12, 12],
  ["0s", 0],
  ["1.5s", 36],
  ["2b", 24],
  ["0.02s", 0],
])("%s is %i frames at 24 frames per second and 120 beats per minute", (duration, frames) => {
  expect(durationInFrames(duration, { fps: 24, bpm: 120 })).toBe(frames);
});

it("needs bpm for beats", () => {
  expect(() => durationInFrames("2b", { fps: 24 })).toThrow(
    "expected bpm to be set for a time in beats, found 2b",
  );
});

it("refuses what is no duration", () => {
  expect(() => durationInFrames("soon", { fps: 24 })).toThrow(
    'expected a number of frames, or a time such as 1.5s or 2b, found "soon"',
  );
});
