import { describe, expect, it } from "vitest";
import {
  decode,
  imageLatent,
  initialNoise,
  noises,
  readFixture,
  toyNetwork,
  worstError,
} from "../../test/support/sampler-fixtures.ts";
import { dynamicFlowSigmas, flowSigmas } from "./flow-sigmas.ts";
import { euler } from "./samplers/euler.ts";

interface FlowCase {
  config: "shift1" | "shift3" | "dynamic_mu0.8";
  steps: number;
  timesteps: number[];
  start: string;
  latents: string[];
  strength?: number;
  startIndex?: number;
}

// Computed with FlowMatchEulerDiscreteScheduler of diffusers 0.42.1; see test/fixtures/samplers/README.md.
const golden = readFixture<{ text_to_image: FlowCase[]; img2img: FlowCase[] }>("flow_match_euler");

function levelsOf({ config, steps, startIndex = 0 }: FlowCase): Float64Array {
  const levels =
    config === "dynamic_mu0.8"
      ? dynamicFlowSigmas(steps, 0.8)
      : flowSigmas(steps, config === "shift3" ? 3 : 1);
  return levels.subarray(startIndex);
}

describe("Euler over the levels of flow-matching models", () => {
  it("has every case of the fixture", () => {
    expect([golden.text_to_image.length, golden.img2img.length]).toEqual([12, 6]);
  });

  it.each([...golden.text_to_image, ...golden.img2img])(
    "walks $config, $steps steps, strength $strength",
    async (test) => {
      const levels = levelsOf(test);
      test.timesteps.forEach((timestep, i) =>
        expect(Math.abs(1000 * levels[i]! - timestep)).toBeLessThan(1e-3),
      );
      const first = levels[0]!;
      const isImg2img = test.strength !== undefined;
      const start = isImg2img
        ? imageLatent.map((value, i) => (1 - first) * value + first * noises[0]![i]!)
        : initialNoise;
      expect(worstError(start, decode(test.start))).toBeLessThan(1e-5);

      const errors: number[] = [];
      await euler(
        // The network of the fixtures says the velocity noise − x0, so x0 = x − level · velocity.
        (x, level) => {
          const velocity = toyNetwork(x, 1000 * level);
          return Promise.resolve(x.map((value, i) => value - level * velocity[i]!));
        },
        start,
        levels,
        {
          noise: () => expect.fail("Euler draws no noise"),
          onStep: ({ x, step }) => errors.push(worstError(x, decode(test.latents[step - 1]!))),
        },
      );
      expect(errors).toHaveLength(test.latents.length);
      expect(Math.max(...errors)).toBeLessThan(2e-5);
    },
  );
});
