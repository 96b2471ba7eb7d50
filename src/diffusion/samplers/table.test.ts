/** What every sampler of the table must keep, whatever its formula. */

import { describe, expect, it } from "vitest";
import { AnimateError } from "../../errors.ts";
import { SAMPLER_FACTS, SAMPLER_NAMES } from "../../settings/sampler-names.ts";
import { normalNoise } from "../../tensor/random.ts";
import { noiseLadder } from "../sigmas.ts";
import { findSampler } from "./table.ts";

const ladder = noiseLadder(Float64Array.from({ length: 1000 }, (_, t) => 0.999 * (1 - t / 1000) ** 2));
const clean = normalNoise(1, "clean", 12);
const noise = (index: number, part = ""): Float32Array => normalNoise(2, `step ${index} ${part}`, 12);

describe.each(SAMPLER_NAMES)("%s", (name) => {
  const { samplerOf, sigmas: levelsOf, startScale, base, evaluations } = findSampler(name);
  const sample = samplerOf(ladder);
  const sigmas = levelsOf(ladder, 7, 1);
  const start = Float32Array.from(normalNoise(3, "start", 12), (value) => value * startScale(sigmas[0]!));

  it("falls from level to level", () => {
    expect(sigmas).toHaveLength(8);
    for (let i = 0; i < 7; i++) expect(sigmas[i + 1]!).toBeLessThan(sigmas[i]!);
    expect(levelsOf(ladder, 1, 1)).toHaveLength(2);
  });

  it("ends on the clean latent when the network knows it", async () => {
    const end = await sample(() => Promise.resolve(clean.slice()), start, sigmas, { noise });
    // Five standard deviations of what noise is left at the last level.
    const leftover = sigmas.at(-1)! * 5;
    for (const [i, value] of end.entries())
      expect(Math.abs(value - clean[i]!)).toBeLessThanOrEqual(leftover + 1e-6);
  });

  it.each([1, 2, 7])(
    "asks the network as often as it says in %d steps, and leaves its start alone",
    async (steps) => {
      const levels = levelsOf(ladder, steps, 1);
      const before = start.slice();
      const asked: number[] = [];
      const reached: number[] = [];
      await sample(
        (x, sigma) => {
          asked.push(sigma);
          return Promise.resolve(x.map((value) => value / 2));
        },
        start,
        levels,
        { noise, onStep: ({ sigma }) => reached.push(sigma) },
      );
      expect(asked).toHaveLength(evaluations(steps));
      for (const sigma of levels.subarray(0, steps)) expect(asked).toContain(sigma);
      expect(reached).toEqual([...levels.subarray(1)]);
      expect(start).toEqual(before);
    },
  );

  it("draws noise as the table says, and each only once", async () => {
    const drawn: string[] = [];
    await sample((x) => Promise.resolve(x.map((value) => value / 2)), start, sigmas, {
      // DDIM adds none at its own default.
      eta: base === "ddim" ? 0 : undefined,
      noise: (index, part) => {
        drawn.push(`${index} ${part}`);
        return noise(index, part);
      },
    });
    expect(drawn.length > 0).toBe(SAMPLER_FACTS[base].addsNoise);
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  it("takes no step once it is aborted", async () => {
    let calls = 0;
    const denoise = () => Promise.resolve(new Float32Array((calls++, 12)));
    const walk = sample(denoise, start, sigmas, { noise, signal: AbortSignal.abort(new Error("stopped")) });
    await expect(walk).rejects.toThrow("stopped");
    expect(calls).toBe(0);
  });
});

describe.each(["euler_a", "dpm2_a", "dpmpp_2s_a", "dpmpp_sde", "dpmpp_2m_sde", "dpmpp_3m_sde", "tcd"])(
  "%s with eta 0",
  (name) => {
    it("draws no noise", async () => {
      const { samplerOf, sigmas } = findSampler(name);
      const end = await samplerOf(ladder)(
        (x) => Promise.resolve(x.map((value) => value / 2)),
        clean,
        sigmas(ladder, 5, 1),
        {
          eta: 0,
          noise: () => expect.fail("noise was drawn"),
        },
      );
      expect(end.every(Number.isFinite)).toBe(true);
    });
  },
);

describe.each(["euler", "heun", "dpm2"])("%s with churn", (name) => {
  it("lifts the latent by noise at the levels asked for, and only there", async () => {
    const { samplerOf, sigmas: levelsOf } = findSampler(name);
    const sigmas = levelsOf(ladder, 6, 1);
    const drawn: number[] = [];
    const asked: number[] = [];
    await samplerOf(ladder)(
      (x, sigma) => {
        asked.push(sigma);
        return Promise.resolve(x.map((value) => value / 2));
      },
      clean,
      sigmas,
      {
        churn: 3,
        churnFrom: sigmas[3]!,
        churnTo: sigmas[1]!,
        noise: (index) => {
          drawn.push(index);
          return noise(index);
        },
      },
    );
    expect(drawn).toEqual([1, 2, 3]);
    // Beyond the square root of 2 a step is lifted no further: 3 / 6 is more than that.
    expect(asked).toContain(sigmas[2]! * Math.SQRT2);
    expect(asked).toContain(sigmas[4]!);
  });
});

describe("findSampler", () => {
  it.each([
    ["Euler a", "euler_a"],
    ["k_euler_a", "euler_a"],
    ["DPM++ 2M Karras", "dpmpp_2m"],
    ["dpmpp_2m_sde_gpu karras", "dpmpp_2m_sde"],
    ["DPM++ 3M SDE Exponential", "dpmpp_3m_sde"],
    ["dpm_2_ancestral", "dpm2_a"],
    ["uni_pc", "unipc"],
    ["UniPCMultistepScheduler", "unipc"],
    ["PLMS", "pndm"],
    ["DPM++ 2M SGM Uniform", "dpmpp_2m"],
  ])("knows %s of other programs", (name, base) => {
    expect(findSampler(name).base).toBe(base);
  });

  it.each(["", "eulr", "__proto__", "constructor", "ddim_karras", "x".repeat(100_000)])(
    "refuses %j and lists the names",
    (name) => {
      expect(() => findSampler(name)).toThrow(AnimateError);
      expect(() => findSampler(name)).toThrow(
        /one of ddim, ddpm, pndm, euler, .* tcd, most also with _karras/,
      );
    },
  );

  it("suggests the nearest name", () => {
    expect(() => findSampler("dpmpp_2m_karas")).toThrow(
      expect.objectContaining({ hint: "did you mean dpmpp_2m_karras?" }),
    );
  });
});
