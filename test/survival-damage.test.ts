/** Renders whose folders were damaged while nobody rendered. */

import { afterAll, describe, expect, it } from "vitest";
import { surviveCorruptions } from "./torture/corruptions.ts";
import { DAMAGES } from "./torture/damage.ts";
import { noteFigures } from "./torture/figures.ts";
import { SCENARIOS } from "./torture/scenario.ts";
import { patience, tortureSizes } from "./torture/sizes.ts";
import { withUndisturbed } from "./torture/undisturbed.ts";

const { corruptions, seed } = tortureSizes();
const damaged = SCENARIOS.filter(({ name }) => ["3D with cadence 3", "hybrid", "reverse"].includes(name));
const share = Math.ceil(corruptions / damaged.length);

describe("a render whose folder was damaged", () => {
  let made = 0;
  afterAll(() => expect(made).toBeGreaterThanOrEqual(corruptions));

  it.each(damaged)(
    "notices, and ends with the bytes of one that was not, $name",
    async (scenario) => {
      const options = { corruptions: share, firstKind: damaged.indexOf(scenario) * share, seed };
      const figures = await withUndisturbed(scenario, (undisturbed) =>
        surviveCorruptions(scenario, undisturbed, options),
      );
      await noteFigures(`damage: ${scenario.name}`, { ...figures });
      made += figures.corruptions;
      expect(figures.noticed).toBe(figures.corruptions);
      // A state that is gone is drawn again with the frame that it belongs to.
      expect(figures.redoneBeyond).toBeLessThanOrEqual(scenario.cadence > 1 ? 2 : 0);
    },
    patience(share),
  );

  it("is damaged in every way that there is a kind for", () => {
    expect(corruptions).toBeGreaterThanOrEqual(Object.keys(DAMAGES).length);
  });
});
