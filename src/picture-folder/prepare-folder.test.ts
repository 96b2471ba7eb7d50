/** Mistakes that are told before anything is loaded. */

import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseImg2img } from "../../test/support/img2img-flags.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { prepareFolder } from "./prepare-folder.ts";

describe("a folder of pictures", () => {
  it.each([
    ["that is not there", "nowhere", ["-p", "x"], "there is no such folder"],
    ["without pictures", "empty", ["-p", "x"], "there are no pictures (PNG, JPEG, WebP) in the folder"],
    [
      "without prompt and captions",
      "pics",
      [],
      "--prompt: expected a prompt, or captions in text files beside",
    ],
    [
      "and a captioner whose words the prompt has no place for",
      "pics",
      ["-p", "x", "--captioner", "blip"],
      "--captioner: expected {caption} in the prompt",
    ],
    [
      "and words without a network",
      "pics",
      ["-p", "x", "--mask", "<a cat>"],
      "--words-model: expected a network",
    ],
    [
      "and a model that is not there",
      "pics",
      ["-p", "x", "--model", "nothing"],
      "--model: nothing: there is no such model",
    ],
    [
      "and a ControlNet that looks elsewhere",
      "pics",
      ["-p", "x", "--set", "controlnet=[{ model: canny, input: dance.mp4 }]"],
      "expected previous for a folder of pictures, found a path",
    ],
  ])("%s is refused", async (_, name, args, message) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "empty"));
    await mkdir(join(folder, "pics"));
    await writeFile(join(folder, "pics/a.png"), "");
    const request = await parseImg2img([join(folder, name), "--out", join(folder, "out"), ...args]);
    const preparing = prepareFolder({ ...request, stop: new AbortController().signal, onEvent: () => {} });
    await expect(preparing).rejects.toThrow(message);
    expect((await readdir(folder)).toSorted()).toEqual(["empty", "pics"]);
  });
});
