/** Every sampler, evaluation by evaluation, against trajectories of diffusers; how they were made: test/fixtures/samplers/README.md. */

import { describe, expect, it } from "vitest";
import {
  decode,
  initialNoise,
  ladders,
  noises,
  noisyImage,
  readFixture,
  restOf,
  scaled,
  TOLERANCE,
  toyDenoiser,
  worstError,
} from "../../../test/support/sampler-fixtures.ts";
import {
  alphaOf,
  lcmSigmas,
  leadingSigmas,
  leadingSigmasToZero,
  type NoiseLadder,
  sigmaAt,
  tcdSigmas,
  timestepAt,
  wholeTimestepSigmas,
} from "../sigmas.ts";
import { dpm2 } from "./dpm2.ts";
import { dpm2Ancestral } from "./dpm2-ancestral.ts";
import { dpmpp2m, dpmpp2mSolver } from "./dpmpp-2m.ts";
import { dpmpp2mSde } from "./dpmpp-2m-sde.ts";
import { dpmppSde } from "./dpmpp-sde.ts";
import { euler } from "./euler.ts";
import { eulerAncestral } from "./euler-ancestral.ts";
import { heun } from "./heun.ts";
import { lcm } from "./lcm.ts";
import { lms } from "./lms.ts";
import { pndm } from "./pndm.ts";
import type { Denoise, Sampler, SamplerOptions } from "./sampler.ts";
import { tcdSampler } from "./tcd.ts";
import { uniPcSolver } from "./unipc.ts";

interface Config {
  prediction_type: "epsilon" | "v_prediction";
  rescale_betas_zero_snr?: boolean;
  timestep_spacing: "leading" | "trailing" | "linspace";
  use_karras_sigmas?: boolean;
  solver_type?: "midpoint" | "heun" | "bh1" | "bh2";
  solver_order?: 2 | 3;
  skip_prk_steps?: boolean;
}

interface DiffusersCase {
  config: string;
  steps: number;
  timesteps: number[];
  sigmas?: number[];
  start: string;
  /** The latent after each network evaluation. */
  latents: string[];
  stepOptions?: { eta?: number; s_churn?: number; s_noise?: number };
  strength?: number;
  startIndex?: number;
  setTimestepsOptions?: { strength: number };
}

interface DiffusersGolden {
  configs: Record<string, Config>;
  text_to_image: DiffusersCase[];
  img2img: DiffusersCase[];
}

const ZERO_SNR_EULER_TOLERANCE = 1e-3;

interface Family {
  file: string;
  samplerOf: (config: Config, ladder: NoiseLadder) => Sampler;
  /** diffusers holds alpha · x instead of x. */
  alphaScale: boolean;
  /** diffusers asks the network at whole timesteps. */
  roundsTimesteps?: boolean;
  /** Levels of the whole walk by our own tables; absent where they are taken as listed in the fixture. */
  sigmasOf?: (test: DiffusersCase, config: Config, ladder: NoiseLadder) => Float64Array;
  /** Network evaluations per step, where they are not 1. */
  evaluations?: "two" | "one more";
  zeroSnrTolerance?: number;
  /** eta of cases that do not say. */
  defaultEta?: number;
  counts: { configs: number; textToImage: number; img2img: number };
  /** Cases in which we differ on purpose, and why. */
  deviations?: { why: string; cases: string[] }[];
}

/** Levels of the listed timesteps, then `last`, checked against our own table where that has the spacing. */
function fromTimesteps(
  last: (ladder: NoiseLadder) => number,
  ours: (ladder: NoiseLadder, steps: number, offset: number) => Float64Array,
): NonNullable<Family["sigmasOf"]> {
  return ({ timesteps, steps, startIndex = 0 }, { timestep_spacing }, ladder) => {
    const listed = [...new Set(timesteps)].map((t) => sigmaAt(ladder, t));
    const sigmas = Float64Array.from([...listed, last(ladder)]);
    if (timestep_spacing === "leading") expect(sigmas).toEqual(ours(ladder, steps, 1).subarray(startIndex));
    return sigmas;
  };
}

const lowest = ({ sigmas }: NoiseLadder): number => sigmas[0]!;

const families: Family[] = [
  {
    file: "ddim",
    samplerOf: () => eulerAncestral,
    alphaScale: true,
    sigmasOf: fromTimesteps(lowest, leadingSigmas),
    defaultEta: 0,
    counts: { configs: 7, textToImage: 23, img2img: 9 },
  },
  {
    file: "ddpm",
    samplerOf: () => eulerAncestral,
    alphaScale: true,
    sigmasOf: fromTimesteps(() => 0, leadingSigmasToZero),
    counts: { configs: 4, textToImage: 14, img2img: 9 },
  },
  {
    file: "pndm",
    samplerOf: () => pndm,
    alphaScale: true,
    sigmasOf: fromTimesteps(lowest, leadingSigmas),
    evaluations: "one more",
    counts: { configs: 5, textToImage: 17, img2img: 9 },
    deviations: [
      {
        why: "the Runge-Kutta start of F-PNDM, which every scheduler_config.json of Stable Diffusion switches off",
        cases: ["with_prk/sd15_eps 4", "with_prk/sd15_eps 8", "with_prk/sd15_eps 20"],
      },
      {
        why: "diffusers cuts its list without the repeated first step, so img2img leaves one level out of the walk",
        cases: ["sd15_eps", "sdxl_eps_leading", "turbo_eps_trailing"].flatMap((config) => [
          `skip_prk/${config} 8 at 0.3`,
          `skip_prk/${config} 8 at 0.65`,
        ]),
      },
    ],
  },
  {
    file: "euler",
    samplerOf: () => euler,
    alphaScale: false,
    zeroSnrTolerance: ZERO_SNR_EULER_TOLERANCE,
    counts: { configs: 10, textToImage: 32, img2img: 15 },
  },
  {
    file: "euler_ancestral",
    samplerOf: () => eulerAncestral,
    alphaScale: false,
    zeroSnrTolerance: ZERO_SNR_EULER_TOLERANCE,
    counts: { configs: 5, textToImage: 17, img2img: 9 },
  },
  {
    file: "heun",
    samplerOf: () => heun,
    alphaScale: false,
    evaluations: "two",
    counts: { configs: 5, textToImage: 17, img2img: 12 },
  },
  {
    file: "dpm2",
    samplerOf: () => dpm2,
    alphaScale: false,
    evaluations: "two",
    counts: { configs: 5, textToImage: 17, img2img: 12 },
  },
  {
    file: "dpm2_ancestral",
    samplerOf: () => dpm2Ancestral,
    alphaScale: false,
    evaluations: "two",
    counts: { configs: 2, textToImage: 6, img2img: 3 },
  },
  {
    file: "lms",
    samplerOf: () => lms,
    alphaScale: false,
    counts: { configs: 5, textToImage: 17, img2img: 12 },
    deviations: [
      {
        why: "diffusers weighs the first slopes of img2img as if the steps left out had been taken; k-diffusion does not",
        cases: [
          "default/sd15_eps",
          "default/sdxl_eps_leading",
          "default/turbo_eps_trailing",
          "karras/sd15_eps",
        ].flatMap((config) => [`${config} 8 at 0.3`, `${config} 8 at 0.65`]),
      },
    ],
  },
  {
    file: "dpmpp_2m",
    samplerOf: ({ solver_type }) => (solver_type === "heun" ? dpmpp2mSolver("heun") : dpmpp2m),
    alphaScale: true,
    roundsTimesteps: true,
    counts: { configs: 8, textToImage: 26, img2img: 9 },
  },
  {
    file: "dpmpp_2m_karras",
    samplerOf: () => dpmpp2m,
    alphaScale: true,
    roundsTimesteps: true,
    counts: { configs: 4, textToImage: 14, img2img: 9 },
  },
  {
    file: "dpmpp_2m_sde_karras",
    samplerOf: () => dpmpp2mSde,
    alphaScale: true,
    roundsTimesteps: true,
    counts: { configs: 6, textToImage: 20, img2img: 6 },
  },
  {
    file: "dpmpp_sde_karras",
    samplerOf: () => dpmppSde,
    alphaScale: false,
    evaluations: "two",
    counts: { configs: 5, textToImage: 17, img2img: 12 },
  },
  {
    file: "unipc",
    samplerOf: ({ solver_order = 2, solver_type }) =>
      uniPcSolver({ order: solver_order, form: solver_type === "bh1" ? "bh1" : "bh2" }),
    alphaScale: true,
    roundsTimesteps: true,
    counts: { configs: 7, textToImage: 23, img2img: 12 },
  },
  {
    file: "lcm",
    samplerOf: () => lcm,
    alphaScale: true,
    sigmasOf: ({ steps, setTimestepsOptions, startIndex }, _, ladder) =>
      lcmSigmas(ladder, steps, setTimestepsOptions?.strength).subarray(startIndex),
    counts: { configs: 3, textToImage: 15, img2img: 15 },
  },
  {
    file: "tcd",
    samplerOf: (_, ladder) => tcdSampler(ladder),
    alphaScale: true,
    sigmasOf: ({ steps, startIndex }, _, ladder) => tcdSigmas(ladder, steps).subarray(startIndex),
    counts: { configs: 3, textToImage: 15, img2img: 6 },
  },
];

describe.each(families)("diffusers $file", (family) => {
  const golden = readFixture<DiffusersGolden>(family.file);
  const cases = [...golden.text_to_image, ...golden.img2img].map((test) => ({
    ...test,
    name: `${test.config} ${test.steps}${test.strength === undefined ? "" : ` at ${test.strength}`}`,
  }));
  const deviating = (family.deviations ?? []).flatMap(({ cases: names }) => names);

  function sigmasOf(test: DiffusersCase, config: Config, ladder: NoiseLadder): ArrayLike<number> {
    if (family.sigmasOf) return family.sigmasOf(test, config, ladder);
    const { startIndex = 0, steps } = test;
    const whole = golden.text_to_image.find(
      (other) => other.config === test.config && other.steps === steps,
    )!;
    // With two evaluations per step diffusers lists the levels twice, and those of DPM2 lie between.
    const listed = family.evaluations === "two" ? onePerStep(whole.sigmas!, steps) : whole.sigmas!;
    if (
      family.file === "unipc" &&
      config.timestep_spacing === "linspace" &&
      !config.use_karras_sigmas &&
      listed.at(-1) === 0
    ) {
      for (const [i, sigma] of wholeTimestepSigmas(ladder, steps).entries())
        expect(Math.abs(sigma - listed[i]!)).toBeLessThan(1e-5 * Math.max(1, sigma));
    }
    return listed.slice(startIndex);
  }

  /** Walks a case; the error after each network evaluation. */
  async function errorsOf(test: DiffusersCase): Promise<number[]> {
    const config = golden.configs[test.config]!;
    const ladder = config.rescale_betas_zero_snr ? ladders.zeroSnr : ladders.plain;
    const sigmas = sigmasOf(test, config, ladder);
    const first = sigmas[0]!;
    const scaleAt = (sigma: number): number => (family.alphaScale ? alphaOf(sigma) : 1);

    const isImg2img = test.strength !== undefined;
    const startsAtUnitVariance = family.alphaScale || config.timestep_spacing === "leading";
    const start = isImg2img
      ? noisyImage(first)
      : scaled(initialNoise, startsAtUnitVariance ? 1 / alphaOf(first) : first);
    expect(worstError(scaled(start, scaleAt(first)), decode(test.start))).toBeLessThan(TOLERANCE);

    // diffusers rounds Karras' levels of DPM2 too, but not those half-way.
    const roundsLevels = family.file === "dpm2" && config.use_karras_sigmas;
    const timestepOf = (sigma: number): number => {
      const timestep = timestepAt(ladder, sigma);
      const rounds = family.roundsTimesteps || (roundsLevels && Array.from(sigmas).includes(sigma));
      return rounds ? Math.round(timestep) : timestep;
    };
    const errors: number[] = [];
    const compare = (x: Float32Array, sigma: number): void => {
      errors.push(worstError(scaled(x, scaleAt(sigma)), decode(test.latents[errors.length]!)));
    };
    const toy = toyDenoiser(config.prediction_type, timestepOf);
    let evaluations = 0;
    // A second evaluation of a step sees what diffusers calls the latent after the first.
    const watched: Denoise = (x, sigma) => {
      if (evaluations++ > errors.length) compare(x, sigma);
      return toy(x, sigma);
    };
    const { eta = family.defaultEta, s_churn: churn, s_noise: noiseScale } = test.stepOptions ?? {};
    const denoise = churn ? diffusersChurn(toy, start, sigmas, noiseScale!, errors) : watched;
    await family.samplerOf(config, ladder)(denoise, start, sigmas, {
      noise: drawn(sigmas, isImg2img ? 1 : 0, family.file === "dpmpp_sde_karras"),
      eta,
      churn,
      noiseScale,
      prediction: config.prediction_type,
      onStep: ({ x, sigma }) => compare(x, sigma),
    });
    expect(errors).toHaveLength(test.latents.length);
    return errors;
  }

  it("has every config and case of the fixture", () => {
    expect({
      configs: Object.keys(golden.configs).length,
      textToImage: golden.text_to_image.length,
      img2img: golden.img2img.length,
    }).toEqual(family.counts);
    expect(new Set(cases.map(({ config }) => config)).size).toBe(family.counts.configs);
    for (const name of deviating) expect(cases.map((test) => test.name)).toContain(name);
  });

  it.each(cases.filter(({ name }) => !deviating.includes(name)))("walks $name", async (test) => {
    const zeroSnr = golden.configs[test.config]!.rescale_betas_zero_snr;
    const tolerance = (zeroSnr ? family.zeroSnrTolerance : undefined) ?? TOLERANCE;
    expect(Math.max(...(await errorsOf(test)))).toBeLessThan(tolerance);
  });
});

/** Levels of diffusers' doubled lists: σ0, σ1, σ1, σ2, σ2, … */
function onePerStep(doubled: readonly number[], steps: number): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => (i === steps ? 0 : doubled[Math.max(0, 2 * i - 1)]!));
}

/** The fixture's noises in the order of drawing; DPM++ SDE draws twice per step, and there both are independent. */
function drawn(sigmas: ArrayLike<number>, offset: number, twice: boolean): SamplerOptions["noise"] {
  if (!twice) return (index) => noises[index + offset]!;
  return (index, part) => {
    const first = noises[2 * index + offset]!;
    if (part === "midpoint") return first;
    return restOf(noises[2 * index + 1 + offset]!, first, sigmas[index]!, sigmas[index + 1]!);
  };
}

/**
 * diffusers asks the network before it adds the noise of churn, which is only the same for the latent of the last step: this denoiser
 * answers at the lifted level with the epsilon of the level below.
 */
function diffusersChurn(
  toy: Denoise,
  start: Float32Array,
  sigmas: ArrayLike<number>,
  noiseScale: number,
  done: readonly number[],
): Denoise {
  let before = start;
  return async (lifted, level) => {
    const index = done.length;
    const sigma = sigmas[index]!;
    if (index > 0) {
      const noise = noises[index]!;
      const up = noiseScale * Math.sqrt(level * level - sigma * sigma);
      before = lifted.map((value, i) => value - up * noise[i]!);
    }
    const clean = await toy(before, sigma);
    return lifted.map((value, i) => value - (level * (before[i]! - clean[i]!)) / sigma);
  };
}
