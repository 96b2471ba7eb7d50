import { expect, it } from "vitest";
import { pictureLines, showsPictures } from "./terminal-picture.ts";

it("shows two pixels per character, the upper as foreground and the lower as background", () => {
  const image = { width: 1, height: 2, data: new Uint8Array([255, 0, 0, 0, 0, 255]) };
  expect(pictureLines(image, 1)).toEqual(["\u001b[38;2;255;0;0;48;2;0;0;255m\u2580\u001b[0m"]);
});

it("keeps the proportions of a wide picture", () => {
  const image = { width: 64, height: 32, data: new Uint8Array(3 * 64 * 32) };
  expect(pictureLines(image, 32)).toHaveLength(8);
});

it("shows pictures only where the terminal promises 24-bit color", () => {
  expect(showsPictures({ COLORTERM: "truecolor" })).toBe(true);
  expect(showsPictures({ TERM: "xterm-256color" })).toBe(false);
  expect(showsPictures({ COLORTERM: "truecolor", NO_COLOR: "1" })).toBe(false);
});
