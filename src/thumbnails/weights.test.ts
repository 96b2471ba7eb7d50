/** Weights by name and by file: what is in the box, and every mistake at its place. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { FileError, SettingsError } from "../errors.ts";
import {
  defaultWeights,
  parseWeights,
  readWeights,
  WEIGHT_PRESETS,
  WEIGHT_PRESETS_FOLDER,
} from "./weights.ts";

const OPTION = { location: "--weights" };

it.each(WEIGHT_PRESETS)("the preset %s can be read and tells what it is for", async (name) => {
  const weights = await readWeights(name, "/nowhere", OPTION);
  expect(Object.values(weights).some((weight) => weight > 0)).toBe(true);
});

it("lists exactly the presets that there are, and takes default where none is named", async () => {
  const files = await readdir(WEIGHT_PRESETS_FOLDER);
  expect(files.toSorted()).toEqual(WEIGHT_PRESETS.map((name) => `${name}.yaml`).toSorted());
  expect(defaultWeights()).toEqual(await readWeights("default", "/nowhere", OPTION));
});

it("reads a file beside the schedule", async () => {
  const folder = await mkdtemp(join(tmpdir(), "animate-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "mine.yaml"), "sharpness: 1\ncontrast: 0.5\n");
  expect(await readWeights("mine.yaml", folder, OPTION)).toEqual({ sharpness: 1, contrast: 0.5 });
  await expect(readWeights("./none.yaml", folder, OPTION)).rejects.toMatchObject({
    constructor: FileError,
    message: "expected a file of weights, found no such file",
    where: join(folder, "none.yaml"),
  });
});

it("says what a name could have been", async () => {
  await expect(
    readWeights("landscpe", "/nowhere", { location: "a.yaml:3:12", path: "thumbnails.weights" }),
  ).rejects.toThrow(
    'a.yaml:3:12 thumbnails.weights: expected default, bold, faces, landscape, or the path of a .yaml file with weights, found text "landscpe"\n    hint: did you mean landscape?',
  );
});

it.each([
  [
    "sharpnes: 1",
    'w.yaml:1:1 sharpnes: expected the name of a measure, found text "sharpnes"\n    hint: did you mean sharpness?',
  ],
  ["contrast: 2\nsharpness: -1", "w.yaml:2:12 sharpness: expected a number from 0 to 100, found -1"],
  ["sharpness: much", 'w.yaml:1:12 sharpness: expected a number from 0 to 100, found text "much"'],
  ["sharpness: .nan\ncontrast: 1", "w.yaml:1:12 sharpness: expected a number from 0 to 100, found NaN"],
  ["sharpness: 0", "w.yaml:1:1: expected at least one weight above 0, found none"],
  ["sharpness: 1\nsharpness: 2", "w.yaml:2:1 sharpness: "],
  ["[1, 2]", "w.yaml:1:1: expected a mapping of settings, found a list"],
  ["", "w.yaml:1:1: expected a mapping of settings, found an empty file"],
  ["[".repeat(2000), "w.yaml:1:"],
])("refuses %j, at its place", (text, message) => {
  expect(() => parseWeights("w.yaml", text)).toThrow(SettingsError);
  expect(() => parseWeights("w.yaml", text)).toThrow(message);
});

it("tells every mistake at once", () => {
  try {
    parseWeights("w.yaml", "a: 1\nsharpness: x\nb: 2");
    expect.unreachable();
  } catch (error) {
    expect((error as SettingsError).problems.map(({ location }) => location)).toEqual([
      "w.yaml:1:1",
      "w.yaml:2:12",
      "w.yaml:3:1",
    ]);
  }
});
