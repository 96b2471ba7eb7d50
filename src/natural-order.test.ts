import { expect, it } from "vitest";
import { naturalOrder } from "./natural-order.ts";

it("counts, and leaves nothing to the order in which names are found", () => {
  const sorted = ["01.png", "1.png", "9.png", "010.png", "10.png", "a.png", "A.png", "b.png"];
  expect(sorted.toReversed().toSorted(naturalOrder)).toEqual(sorted);
  expect([...sorted.slice(4), ...sorted.slice(0, 4)].toSorted(naturalOrder)).toEqual(sorted);
  expect(naturalOrder("1.png", "1.png")).toBe(0);
});
