/** Short texts that people write: captions, masks, titles. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { ScheduleError } from "../../src/errors.ts";
import { readCaption } from "../../src/picture-folder/caption-file.ts";
import { parseMaskExpression } from "../../src/schedule/mask-expression.ts";
import { titleLines } from "../../src/thumbnails/clean-title.ts";
import { editedBytes, editedText } from "./edits.ts";
import { fuzz } from "./fuzz.ts";
import { fuzzFolder, names } from "./fuzz-file.ts";
import { ANY_TEXT } from "./splinters.ts";

const folder = fuzzFolder();

fuzz({
  name: "captions",
  title: "caption files with random mistakes",
  cases: 5000,
  inputs: editedBytes([
    Buffer.from("a red cape over\na city at night 🌃\n"),
    Buffer.from("tag, größer, [b]"),
  ]),
  read: async (bytes: Uint8Array) => {
    writeFileSync(join(folder, "picture.txt"), bytes);
    await readCaption(join(folder, "picture.png"));
  },
  isLocated: names(join(folder, "picture.txt")),
});

const half = Float32Array.of(0.25, 1);

fuzz({
  name: "mask-expressions",
  title: "mask expressions with random mistakes",
  inputs: editedText(
    ["{video_mask} & ![sky.png]", "(<a cat> | <a dog>) \\ {everywhere} ^ [m.png]", "!!(!{everywhere})"],
    [
      ...ANY_TEXT,
      "{everywhere}",
      "{video_mask}",
      "[a.png]",
      "<cat>",
      "&",
      "|",
      "^",
      "\\",
      "!",
      "(",
      ")",
      "{everywhere}&",
      "<a>|",
      "!(",
    ],
  ),
  read: (text) => {
    const expression = parseMaskExpression(text);
    const values = expression.evaluate(() => half);
    if (
      expression.sources.length === 0 ||
      values.length !== 2 ||
      !values.every((value) => value >= 0 && value <= 1)
    ) {
      throw new Error(`gave ${values.join(" ")} of ${expression.sources.length} sources`);
    }
  },
  isLocated: (error, text) =>
    error instanceof ScheduleError &&
    error.offset !== undefined &&
    error.offset >= 0 &&
    error.offset <= text.length,
});

fuzz({
  name: "titles",
  title: "titles with odd characters",
  cases: 2000,
  inputs: fc.oneof(
    editedText(["Superman over\nMetropolis", "שלום 👨‍👩‍👧 é"], ANY_TEXT),
    fc.string({ unit: "binary" }),
  ),
  least: { read: 10_000, refused: 0 },
  read: (text) => {
    const wrong = titleLines(text).find((line) => line.trim() === "" || /[\p{Cc}\p{Cs}\n]/u.test(line));
    if (wrong !== undefined) throw new Error(`gave the line ${JSON.stringify(wrong)}`);
  },
  isLocated: () => false,
});
