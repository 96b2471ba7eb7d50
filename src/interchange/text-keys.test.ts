import { expect, it } from "vitest";
import { readTextKeys, writeTextKeys } from "./text-keys.ts";

it("reads the keys that it writes", () => {
  const written = writeTextKeys([
    [0, "Euler a"],
    ["max_f-1", "DPM++ 2M"],
  ]);
  expect(written).toBe('0: ("Euler a"), max_f-1: ("DPM++ 2M")');
  expect(readTextKeys(written)).toMatchObject([
    { at: "0", text: "Euler a" },
    { at: "max_f-1", text: "DPM++ 2M" },
  ]);
});

it("reads none where there is a mistake", () => {
  expect(readTextKeys('0: ("Euler a"), nonsense: ("DPM++ 2M")')).toBeUndefined();
});
