import { expect, it } from "vitest";

import { LIMITS } from "../limits.ts";
import { readLimits } from "./limits-page.ts";

it("the manual has every limit with unit, reason and the files that keep to it", () => {
  const limits = readLimits().flatMap((group) => group.limits);
  expect(limits).toHaveLength(Object.values(LIMITS).flatMap(Object.keys).length);
  expect(limits.find(({ path }) => path === "yaml.depth")).toEqual({
    path: "yaml.depth",
    most: 64,
    unit: "levels",
    reason: expect.stringContaining("abort the whole process"),
    keepers: ["src/settings/yaml-limits.ts"],
  });
  for (const { most, path } of limits) expect(most, path).toBeGreaterThan(0);
});
