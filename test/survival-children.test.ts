/** Renders that lose the process with the model, or the one that writes the video. */

import { describe, expect, it } from "vitest";
import { surviveDeaths } from "./torture/deaths.ts";
import { noteFigures } from "./torture/figures.ts";
import { canSeeProcesses } from "./torture/processes.ts";
import { SCENARIOS } from "./torture/scenario.ts";
import { patience, tortureSizes } from "./torture/sizes.ts";
import { canLimitMemory } from "./torture/small-memory.ts";
import { withUndisturbed } from "./torture/undisturbed.ts";

const { encoderDeaths, inferenceDeaths, memoryDeaths, seed } = tortureSizes();
const canLimit = await canLimitMemory();
const scenario = { ...SCENARIOS[0]!, frames: 10 };

describe.skipIf(!canSeeProcesses)("a render whose children die (they are found in /proc)", () => {
  it(
    "goes on by itself when the process with the model dies, with the same bytes",
    async () => {
      const figures = await withUndisturbed(scenario, (undisturbed) =>
        surviveDeaths(scenario, undisturbed, { victim: "inference", deaths: inferenceDeaths, seed }),
      );
      await noteFigures("deaths of the inference process", { ...figures });
      expect(figures).toMatchObject({ deaths: inferenceDeaths, lost: 0, outlived: figures.lives });
    },
    patience(2 * inferenceDeaths),
  );

  it.skipIf(!canLimit)(
    `goes on by itself when Linux takes that process because memory runs out${canLimit ? "" : " (no control group may be made here)"}`,
    async () => {
      const figures = await withUndisturbed(scenario, (undisturbed) =>
        surviveDeaths(scenario, undisturbed, { victim: "memory", deaths: memoryDeaths, seed }),
      );
      await noteFigures("memory that ran out", { ...figures });
      expect(figures).toMatchObject({ deaths: memoryDeaths, lost: 0, outlived: figures.lives });
    },
    patience(2 * memoryDeaths),
  );

  it(
    "has the same video when ffmpeg dies, and draws no finished frame again",
    async () => {
      const figures = await withUndisturbed(scenario, (undisturbed) =>
        surviveDeaths(scenario, undisturbed, { victim: "encoder", deaths: encoderDeaths, seed }),
      );
      await noteFigures("deaths of ffmpeg", { ...figures });
      expect(figures).toMatchObject({ deaths: encoderDeaths, lost: 0 });
    },
    patience(2 * encoderDeaths),
  );
});
