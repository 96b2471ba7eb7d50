import { expect, it } from "vitest";

import { printData } from "./print-data.ts";

it.each([
  [false, "hero\u001b]0;x\u0007\u202e\n"],
  [true, "hero\\u{1b}]0;x\\u{7}\\u{202e}\n"],
])("what other programs read is left alone, and shown safely in a terminal: %j", (isTTY, printed) => {
  let written = "";
  const write = (text: string | Uint8Array) => {
    written += String(text);
    return true;
  };
  printData("hero\u001b]0;x\u0007\u202e\n", { isTTY, write });
  expect(written).toBe(printed);
});
