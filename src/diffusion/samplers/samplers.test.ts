/** Every sampler, step by step, against trajectories of diffusers and k-diffusion; how they were made: test/fixtures/samplers/README.md. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createDenoiser } from "../denoiser.ts";
import {
  alphaOf,
  karrasSigmas,
  lcmSigmas,
  leadingSigmas,
  type NoiseLadder,
  noiseLadder,
  sigmaAt,
  timestepAt,
  uniformSigmas,
} from "../sigmas.ts";
import { dpmpp2m, dpmpp2mSolver } from "./dpmpp-2m.ts";
import { euler, eulerWithChurn } from "./euler.ts";
import { eulerAncestral } from "./euler-ancestral.ts";
import { lcm } from "./lcm.ts";
import type { Denoise, Sampler } from "./sampler.ts";

interface Config {
  prediction_type: "epsilon" | "v_prediction";
  rescale_betas_zero_snr: boolean;
  timestep_spacing: "leading" | "trailing" | "linspace";
  solver_type?: "midpoint" | "heun";
}

interface DiffusersCase {
  config: string;
  steps: number;
  timesteps: number[];
  sigmas?: number[];
  start: string;
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

interface WebuiCase {
  label: "Euler" | "Euler a" | "DPM++ 2M";
  prediction_type: "epsilon" | "v_prediction";
  schedule: "uniform" | "karras" | "exponential" | "sgm_uniform";
  steps?: number;
  schedule_steps?: number;
  t_enc?: number;
  strength?: number;
  do_exactly_requested_steps?: boolean;
  sigmas: number[];
  model_timesteps: number[];
  start?: string;
  latents: string[];
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a named type at each call, instead of a cast
function readFixture<Content>(name: string): Content {
  const content: Content = JSON.parse(readFileSync(`test/fixtures/samplers/${name}.json`, "utf8"));
  return content;
}

function decode(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

const inputs = readFixture<{ initialNoise: string; imageLatent: string; noise: string[] }>("inputs");
const initialNoise = decode(inputs.initialNoise);
const imageLatent = decode(inputs.imageLatent);
const noises = inputs.noise.map(decode);

/** Cumulative products of SD 1.5's scaled-linear betas; shifted to end in 0 under zero terminal SNR (Lin et al. 2023, algorithm 1). */
function stableDiffusionAlphas(zeroSnr: boolean): Float64Array {
  const [from, to] = [Math.sqrt(0.00085), Math.sqrt(0.012)];
  let product = 1;
  const alphas = Float64Array.from({ length: 1000 }, (_, t) => {
    product *= 1 - (from + ((to - from) * t) / 999) ** 2;
    return product;
  });
  if (!zeroSnr) return alphas;
  const roots = alphas.map(Math.sqrt);
  const [first, last] = [roots[0]!, roots[999]!];
  return roots.map((root) => (((root - last) * first) / (first - last)) ** 2);
}

const ladders = {
  plain: noiseLadder(stableDiffusionAlphas(false)),
  zeroSnr: noiseLadder(stableDiffusionAlphas(true)),
};

/** The network of the fixtures. */
function toyDenoiser(prediction: Config["prediction_type"], timestepOf: (sigma: number) => number): Denoise {
  return createDenoiser(
    (input, t) => Promise.resolve(input.map((value) => 0.3 * value + 0.1 * Math.sin(t / 100))),
    prediction,
    timestepOf,
  );
}

/** Largest difference as a share of max(1, |expected|). */
function worstError(actual: Float32Array, expected: Float32Array): number {
  expect(actual).toHaveLength(expected.length);
  let worst = 0;
  expected.forEach((value, i) => {
    const error = Math.abs(actual[i]! - value) / Math.max(1, Math.abs(value));
    if (!(error <= worst)) worst = error;
  });
  return worst;
}

function scaled(values: Float32Array, factor: number): Float32Array {
  return values.map((value) => value * factor);
}

function noisyImage(sigma: number): Float32Array {
  return imageLatent.map((value, i) => value + sigma * noises[0]![i]!);
}

const TOLERANCE = 2e-4;
const ZERO_SNR_EULER_TOLERANCE = 1e-3;

interface Family {
  file: string;
  samplerOf: (test: DiffusersCase, config: Config) => Sampler;
  /** diffusers holds alpha · x instead of x. */
  alphaScale: boolean;
  /** diffusers asks the network at whole timesteps. */
  roundsTimesteps: boolean;
  zeroSnrTolerance: number;
  counts: { configs: number; textToImage: number; img2img: number };
}

const families: Family[] = [
  {
    file: "ddim",
    samplerOf: ({ stepOptions }) => (stepOptions?.eta === 1 ? eulerAncestral : euler),
    alphaScale: true,
    roundsTimesteps: false,
    zeroSnrTolerance: TOLERANCE,
    counts: { configs: 7, textToImage: 23, img2img: 9 },
  },
  {
    file: "euler",
    samplerOf: ({ stepOptions }) =>
      stepOptions?.s_churn ? eulerWithChurn(stepOptions.s_churn, stepOptions.s_noise) : euler,
    alphaScale: false,
    roundsTimesteps: false,
    zeroSnrTolerance: ZERO_SNR_EULER_TOLERANCE,
    counts: { configs: 10, textToImage: 32, img2img: 15 },
  },
  {
    file: "euler_ancestral",
    samplerOf: () => eulerAncestral,
    alphaScale: false,
    roundsTimesteps: false,
    zeroSnrTolerance: ZERO_SNR_EULER_TOLERANCE,
    counts: { configs: 5, textToImage: 17, img2img: 9 },
  },
  {
    file: "dpmpp_2m",
    samplerOf: (_, { solver_type }) => (solver_type === "heun" ? dpmpp2mSolver("heun") : dpmpp2m),
    alphaScale: true,
    roundsTimesteps: true,
    zeroSnrTolerance: TOLERANCE,
    counts: { configs: 8, textToImage: 26, img2img: 9 },
  },
  {
    file: "dpmpp_2m_karras",
    samplerOf: () => dpmpp2m,
    alphaScale: true,
    roundsTimesteps: true,
    zeroSnrTolerance: TOLERANCE,
    counts: { configs: 4, textToImage: 14, img2img: 9 },
  },
  {
    file: "lcm",
    samplerOf: () => lcm,
    alphaScale: true,
    roundsTimesteps: false,
    zeroSnrTolerance: TOLERANCE,
    counts: { configs: 3, textToImage: 15, img2img: 15 },
  },
];

describe.each(families)("diffusers $file", (family) => {
  const golden = readFixture<DiffusersGolden>(family.file);
  const cases = [...golden.text_to_image, ...golden.img2img];

  /** Levels of a case: from its timesteps as our own tables give them, or as listed (those of diffusers' other spacings). */
  function sigmasOf(test: DiffusersCase, ladder: NoiseLadder): ArrayLike<number> {
    const { startIndex = 0, steps, timesteps } = test;
    if (family.file === "lcm") {
      return lcmSigmas(ladder, steps, test.setTimestepsOptions?.strength).subarray(startIndex);
    }
    if (family.file === "ddim") {
      const sigmas = [...timesteps.map((t) => sigmaAt(ladder, t)), ladder.sigmas[0]!];
      if (golden.configs[test.config]!.timestep_spacing === "leading") {
        expect(sigmas).toEqual([...leadingSigmas(ladder, steps, 1).subarray(startIndex)]);
      }
      return sigmas;
    }
    const listed = golden.text_to_image.find(
      (other) => other.config === test.config && other.steps === steps,
    );
    return listed!.sigmas!.slice(startIndex);
  }

  it("has every config and case of the fixture", () => {
    expect({
      configs: Object.keys(golden.configs).length,
      textToImage: golden.text_to_image.length,
      img2img: golden.img2img.length,
    }).toEqual(family.counts);
    expect(new Set(cases.map(({ config }) => config)).size).toBe(family.counts.configs);
  });

  it.each(cases)("walks $config, $steps steps, strength $strength", async (test) => {
    const config = golden.configs[test.config]!;
    const ladder = config.rescale_betas_zero_snr ? ladders.zeroSnr : ladders.plain;
    const tolerance = config.rescale_betas_zero_snr ? family.zeroSnrTolerance : TOLERANCE;
    const sigmas = sigmasOf(test, ladder);
    const first = sigmas[0]!;
    const scaleAt = (sigma: number): number => (family.alphaScale ? alphaOf(sigma) : 1);

    const isImg2img = test.strength !== undefined;
    const startsAtUnitVariance = family.alphaScale || config.timestep_spacing === "leading";
    const start = isImg2img
      ? noisyImage(first)
      : scaled(initialNoise, startsAtUnitVariance ? 1 / alphaOf(first) : first);
    expect(worstError(scaled(start, scaleAt(first)), decode(test.start))).toBeLessThan(TOLERANCE);

    const timestepOf = (sigma: number): number => {
      const timestep = timestepAt(ladder, sigma);
      return family.roundsTimesteps ? Math.round(timestep) : timestep;
    };
    const errors: number[] = [];
    await family.samplerOf(test, config)(toyDenoiser(config.prediction_type, timestepOf), start, sigmas, {
      noise: (index) => noises[isImg2img ? index + 1 : index]!,
      onStep: ({ x, sigma, step }) => {
        errors.push(worstError(scaled(x, scaleAt(sigma)), decode(test.latents[step - 1]!)));
      },
    });
    expect(errors).toHaveLength(test.latents.length);
    expect(Math.max(...errors)).toBeLessThan(tolerance);
  });
});

describe("the web UI's k-diffusion samplers", () => {
  const golden = readFixture<{ text_to_image: WebuiCase[]; img2img: WebuiCase[] }>("kdiffusion_webui");
  const samplers = { Euler: euler, "Euler a": eulerAncestral, "DPM++ 2M": dpmpp2m };
  const ladder = ladders.plain;
  const cases = [...golden.text_to_image, ...golden.img2img];

  it("has every case of the three samplers in the fixture", () => {
    expect(golden.text_to_image).toHaveLength(54);
    expect(golden.img2img).toHaveLength(54);
  });

  it.each(cases)(
    "walk $label, $schedule, $prediction_type, $steps $schedule_steps steps, strength $strength",
    async (test) => {
      const isImg2img = test.strength !== undefined;
      const steps = (isImg2img ? test.schedule_steps : test.steps)!;
      const skipped = isImg2img ? steps - test.t_enc! - 1 : 0;
      let sigmas: ArrayLike<number> = test.sigmas;
      if (test.schedule === "uniform" || test.schedule === "karras") {
        const whole =
          test.schedule === "uniform" ? uniformSigmas(ladder, steps) : karrasSigmas(ladder, steps);
        sigmas = whole.subarray(skipped);
        expect(worstError(Float32Array.from(sigmas), Float32Array.from(test.sigmas))).toBeLessThan(1e-5);
      }
      test.model_timesteps.forEach((timestep, i) => {
        expect(timestepAt(ladder, sigmas[i]!)).toBeCloseTo(timestep, 2);
      });

      const start = isImg2img ? noisyImage(sigmas[0]!) : scaled(initialNoise, sigmas[0]!);
      if (test.start) expect(worstError(start, decode(test.start))).toBeLessThan(TOLERANCE);

      const errors: number[] = [];
      const denoise = toyDenoiser(test.prediction_type, (sigma) => timestepAt(ladder, sigma));
      await samplers[test.label](denoise, start, sigmas, {
        noise: (index) => noises[isImg2img ? index + 1 : index]!,
        onStep: ({ x, step }) => errors.push(worstError(x, decode(test.latents[step - 1]!))),
      });
      expect(errors).toHaveLength(test.latents.length);
      expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
    },
  );
});
