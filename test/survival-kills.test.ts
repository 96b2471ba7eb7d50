/** Renders that are killed at any moment, and the render that nothing happens to. */

import { afterAll, describe, expect, it } from "vitest";
import { noteFigures } from "./torture/figures.ts";
import { surviveKills } from "./torture/kills.ts";
import { SCENARIOS } from "./torture/scenario.ts";
import { patience, tortureSizes } from "./torture/sizes.ts";
import { withUndisturbed } from "./torture/undisturbed.ts";

const { kills, seed } = tortureSizes();
const share = Math.ceil(kills / SCENARIOS.length);

describe("a render that is killed again and again", () => {
  let made = 0;
  afterAll(() => expect(made).toBeGreaterThanOrEqual(kills));

  it.each(SCENARIOS)(
    "ends with the bytes of one that is left alone, $name",
    async (scenario) => {
      const figures = await withUndisturbed(scenario, (undisturbed) =>
        surviveKills(scenario, undisturbed, { kills: share, seed }),
      );
      await noteFigures(`kills: ${scenario.name}`, { ...figures });
      made += figures.kills;
      expect(figures.lost).toBe(0);
      expect(figures.redoneMost).toBeLessThanOrEqual(1);
    },
    patience(2 * share),
  );
});
