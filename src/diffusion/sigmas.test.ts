import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnimateError, ModelError } from "../errors.ts";
import {
  alphaOf,
  cutByStrength,
  cutFinely,
  karrasSigmas,
  lcmSigmas,
  leadingSigmas,
  noiseLadder,
  sigmaAt,
  timestepAt,
  uniformSigmas,
} from "./sigmas.ts";

/** SD 1.5: betas rise from 0.00085 to 0.012, linearly in their square roots. */
function stableDiffusionAlphas(): Float64Array {
  const [from, to] = [Math.sqrt(0.00085), Math.sqrt(0.012)];
  let product = 1;
  return Float64Array.from({ length: 1000 }, (_, t) => {
    product *= 1 - (from + ((to - from) * t) / 999) ** 2;
    return product;
  });
}

const ladder = noiseLadder(stableDiffusionAlphas());

describe("noiseLadder", () => {
  // Computed with k-diffusion 4601bf0 in float32.
  it.each([
    [0, 0.0291675329],
    [1, 0.041314479],
    [2, 0.0506804399],
    [499, 1.61288619],
    [998, 14.5262756],
    [999, 14.6146421],
  ])("has the level of SD 1.5 at timestep %d", (timestep, sigma) => {
    // 1 − a loses digits in float32 where a is near 1.
    expect(Math.abs(ladder.sigmas[timestep]! / sigma - 1)).toBeLessThan(2e-5);
  });

  it("ends a zero-terminal-SNR ladder at sigma 4096", () => {
    expect(noiseLadder([0.9, 0.5, 0]).sigmas.at(-1)).toBeCloseTo(4096, 3);
  });

  it.each([
    ["too few", [0.5]],
    ["rising", [0.5, 0.9]],
    ["equal", [0.5, 0.5]],
    ["noiseless", [1, 0.5]],
    ["negative twice", [0.5, -1, -2]],
    ["not numbers", [0.5, Number.NaN]],
    ["above 1", [1.5, 0.5]],
  ])("refuses products that are %s", (_, products) => {
    expect(() => noiseLadder(products)).toThrow(ModelError);
  });
});

describe("sigmaAt and timestepAt", () => {
  it("are inverse on every timestep, fractions included", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 999, noNaN: true }), (timestep) => {
        expect(timestepAt(ladder, sigmaAt(ladder, timestep))).toBeCloseTo(timestep, 8);
      }),
    );
  });

  it("stop at the ends of the ladder", () => {
    expect(timestepAt(ladder, 0)).toBe(0);
    expect(timestepAt(ladder, 0.001)).toBe(0);
    expect(timestepAt(ladder, 1e9)).toBe(999);
    expect(sigmaAt(ladder, -5)).toBe(ladder.sigmas[0]);
    expect(sigmaAt(ladder, 5000)).toBe(ladder.sigmas[999]);
  });
});

describe("alphaOf", () => {
  it("gives back the cumulative product that a level was made of", () => {
    const alphas = stableDiffusionAlphas();
    for (const t of [0, 1, 500, 999]) expect(alphaOf(ladder.sigmas[t]!) ** 2).toBeCloseTo(alphas[t]!, 12);
  });
});

describe("the lists of levels", () => {
  const lists = {
    uniform: (steps: number) => uniformSigmas(ladder, steps),
    karras: (steps: number) => karrasSigmas(ladder, steps),
    leading: (steps: number) => leadingSigmas(ladder, steps, 1),
    lcm: (steps: number) => lcmSigmas(ladder, steps),
  };

  it.each(Object.entries(lists))("%s falls, with one level more than steps", (_, list) => {
    for (let steps = 1; steps <= 50; steps++) {
      const sigmas = list(steps);
      expect(sigmas).toHaveLength(steps + 1);
      for (let i = 0; i < steps; i++) expect(sigmas[i + 1]!).toBeLessThan(sigmas[i]!);
    }
  });

  it("has timesteps 831, 665 … 1 under DDIM with 6 steps, and ends on the lowest level", () => {
    const timesteps = [...leadingSigmas(ladder, 6, 1)].map((sigma) => Math.round(timestepAt(ladder, sigma)));
    expect(timesteps).toEqual([831, 665, 499, 333, 167, 1, 0]);
  });

  it("stays on the ladder when every timestep is a step", () => {
    expect(leadingSigmas(ladder, 1000, 1)[0]).toBe(ladder.sigmas[999]);
    expect(() => leadingSigmas(ladder, 1001, 1)).toThrow(AnimateError);
  });

  it("has timesteps 999, 759, 499, 259 under LCM with 4 steps, and no more than 50", () => {
    const timesteps = [...lcmSigmas(ladder, 4).subarray(0, 4)].map((sigma) =>
      Math.round(timestepAt(ladder, sigma)),
    );
    expect(timesteps).toEqual([999, 759, 499, 259]);
    expect(() => lcmSigmas(ladder, 51)).toThrow("at most 50 steps for LCM");
  });
});

describe("cutByStrength", () => {
  // Computed with deforum-art/sd-webui-deforum 32242685 on its host.
  const {
    rows,
  }: {
    rows: [steps: number, strength: number, denoise: number, skippable: number, evaluations: number][];
  } = JSON.parse(readFileSync("test/fixtures/samplers/steps_by_strength.json", "utf8"));

  it("leaves as many steps as Deforum runs, in all golden rows", () => {
    expect(rows).toHaveLength(180);
    for (const [steps, strength, , , evaluations] of rows) {
      const whole = Float64Array.from({ length: steps + 1 }, (_, i) => steps - i);
      const cut = cutByStrength(whole, strength);
      expect({ steps, strength, evaluations: cut.length - 1 }).toEqual({ steps, strength, evaluations });
      expect(cut.at(-1)).toBe(0);
    }
  });

  it("counts a strength beyond 0–1 as the nearest end", () => {
    const whole = uniformSigmas(ladder, 10);
    expect(cutByStrength(whole, -3)).toEqual(whole);
    expect(cutByStrength(whole, 3)).toHaveLength(2);
  });
});

describe("cutFinely", () => {
  const whole = uniformSigmas(ladder, 4);

  it("starts where cutByStrength does when the strength means whole steps", () => {
    for (const strength of [1, 0.75, 0.5, 0.25]) {
      expect(cutFinely(whole, strength)).toEqual(cutByStrength(whole, strength));
    }
  });

  it("starts higher with every percent of strength less, and never has a very short first step", () => {
    let last = 0;
    for (let percent = 100; percent >= 25; percent--) {
      const cut = cutFinely(whole, percent / 100);
      expect(cut[0]).toBeGreaterThan(last);
      last = cut[0]!;
      expect(cut.at(-1)).toBe(0);
      if (cut.length < 3) continue;
      // In the list the first step lies between these levels: half a step to one and a half, by the logarithm.
      const place = (sigma: number): number => {
        const below = whole.findIndex((level) => level <= sigma);
        if (below === 0) return 0;
        return below - Math.log(sigma / whole[below]!) / Math.log(whole[below - 1]! / whole[below]!);
      };
      const length = place(cut[1]!) - place(cut[0]!);
      expect(length).toBeGreaterThanOrEqual(0.5 - 1e-9);
      expect(length).toBeLessThan(1.5);
    }
  });

  it("has no more to give than the whole list", () => {
    expect(cutFinely(whole, 0)).toEqual(whole);
    expect(cutFinely(whole, -1)).toEqual(whole);
    expect(cutFinely(whole, 0.1)).toEqual(whole);
  });
});
