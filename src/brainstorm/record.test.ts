/** The record, and the schedule that goes on from a picture in it. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { FileError } from "../errors.ts";
import { loadSettings } from "../settings/load.ts";
import { recordedPicture, recordedSeed } from "./record.ts";
import { starterSchedule } from "./starter-schedule.ts";

async function folderWith(text: string): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "brainstorm.json"), text);
  return folder;
}

describe("a record", () => {
  it("gives the settings of a picture by its number, and the seed", async () => {
    const schedule = { model: "storybook", prompts: { "0": "a dragon" } };
    const folder = await folderWith(
      JSON.stringify({ title: "a", seed: 4, pictures: [{ number: 2, schedule }] }),
    );
    expect(await recordedPicture(folder, 2)).toEqual({ title: "a", schedule });
    expect(await recordedSeed(folder)).toBe(4);
    await expect(recordedPicture(folder, 3)).rejects.toThrow(
      "expected the number of a picture from 1 to 1, found 3",
    );
  });

  it.each([
    "",
    "{",
    "[]",
    "null",
    "7",
    '{"pictures":7}',
    '{"pictures":[null]}',
    '{"pictures":[{"number":1,"schedule":[]}]}',
  ])("of the text %j is refused, and has no seed", async (text) => {
    const folder = await folderWith(text);
    await expect(recordedPicture(folder, 1)).rejects.toThrow(FileError);
    expect(await recordedSeed(folder)).toBeUndefined();
  });

  it("that is not there is told with the way out", async () => {
    await expect(recordedPicture(await temporaryFolder(), 1)).rejects.toThrow(
      "there is no brainstorm in this folder",
    );
  });
});

describe("a starter schedule", () => {
  it("can be loaded, whatever the prompt says", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (title, words) => {
        const prompt = `a dragon ${words.replaceAll(/[`<>()[\]{}|\\:\p{C}]|--|AND/gu, " ")}`;
        const schedule = { model: "storybook", size: "64x64", seed: 3, prompts: { "0": prompt } };
        const text = starterSchedule({ title, schedule }, 7, "dragon-7");
        const { settings } = loadSettings({ file: "picture-7.yaml", text });
        expect(settings.prompts).toEqual({ "0": prompt });
        expect(settings).toMatchObject({ name: "dragon-7", seed: 3, frames: 75, camera: "push-in" });
      }),
      { numRuns: 60 },
    );
  });
});
