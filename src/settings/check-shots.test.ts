import { describe, expect, it } from "vitest";
import { lintSettings } from "../schedule/lint.ts";
import { loadSettings } from "./load.ts";
import { readSetFlag } from "./overrides.ts";

function problemsOf(text: string): string[] {
  try {
    loadSettings({ file: "film.yaml", text: `prompts: a cat\nframes: 20\n${text}` });
    return [];
  } catch (error) {
    return (error as Error).message.split("\n").filter((line) => line.includes("film.yaml"));
  }
}

const warn = (text: string) =>
  lintSettings(loadSettings({ file: "film.yaml", text: `prompts: a cat\nframes: 20\n${text}` }))
    .filter(({ path }) => path.startsWith("shots"))
    .map(({ location, path, message }) => `${location} ${path} ${message}`);

describe("shots", () => {
  it.each(["shots: [0, 5, 19]", "shots: [5]", "shots: cuts", "shots: []", "shots: null", "shots: [5, 100]"])(
    "may be %s",
    (text) => {
      expect(problemsOf(text)).toEqual([]);
    },
  );

  it.each([
    ["shots: [5, 5]", "film.yaml:3:12 shots.1: expected a frame after 5, found 5"],
    ["shots: [9, 4]", "film.yaml:3:12 shots.1: expected a frame after 9, found 4"],
    ["shots: cut", "film.yaml:3:8 shots: expected a list of frames such as [0, 120, 240], or cuts"],
    ["shots: 12", "film.yaml:3:8 shots: expected a list of frames such as [0, 120, 240], or cuts"],
    ["shots: [1.5]", "expected a list of frames such as [0, 120, 240], or cuts, found 1.5"],
    ["shots: [-1]", "expected a list of frames such as [0, 120, 240], or cuts, found -1"],
    ["shots: cuts\nloop: true", "film.yaml:4:7 loop: expected false with shots, found true"],
    ["shots: [5]\nguided: { images: { 0: a.png } }", "guided.images: expected none with shots"],
    [
      "shots: [5]\ncadence: 3\nkeyframe_distribution: additive",
      "keyframe_distribution: expected off with a list of shots, found additive",
    ],
  ])("are refused by name: %j", (text, message) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  it("may be set by a flag", () => {
    expect(readSetFlag("shots=[0, 12]").value).toEqual([0, 12]);
    expect(readSetFlag("shots=cuts").value).toBe("cuts");
  });

  it("are warned of where no frame shows them, and where they do nothing", () => {
    expect(warn("shots: [5, 20, 30]")).toEqual([
      "film.yaml:3:12 shots.1 is never seen: it begins at frame 20, behind the last one, 19",
      "film.yaml:3:16 shots.2 is never seen: it begins at frame 30, behind the last one, 19",
    ]);
    expect(warn("shots: [5]")).toEqual([]);
    expect(warn("shots: [5]\nmode: interpolation")).toEqual([
      "film.yaml:3:8 shots has no effect: it is read only with mode: 2d or 3d",
    ]);
  });
});
