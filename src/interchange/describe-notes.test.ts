import { expect, it } from "vitest";
import { importFields } from "../../test/support/interchange.ts";
import { describeNotes } from "./describe-notes.ts";

const COMPLETE = {
  W: 512,
  tiling: true,
  near_schedule: "0: (100)",
  far_schedule: "0: (10000)",
  seed: "x",
  shake: 1,
};

it("names what is lost one by one, and what changes nothing in groups by its reason", () => {
  const { notes, loaded } = importFields(COMPLETE);
  const lines = describeNotes(notes.filter(({ kind }) => kind !== "default"));
  expect(lines.slice(0, 2)).toEqual([
    "Not carried over:",
    "  settings.txt:6:5 tiling: true: pictures that can be tiled are not there yet",
  ]);
  expect(lines.join("\n")).toMatch(/settings\.txt:9:5 seed: expected a number, found text "x": taken as -1/);
  expect(lines.join("\n")).toMatch(/has no effect on the picture in Deforum either:\n {4}near_schedule/);
  expect(lines.join("\n")).toMatch(/is no field that animate knows:\n {4}shake/);
  expect(lines.join("\n")).not.toContain("far_schedule");
  expect(describeNotes(notes, true).join("\n")).toContain("far_schedule");
  for (const line of lines.filter((text) => text !== "")) expect(loaded.text).toContain(`# ${line}`);
});
