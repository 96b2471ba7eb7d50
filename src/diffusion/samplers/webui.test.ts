/** The web UI's samplers over the web UI's noise levels, step by step, against k-diffusion; see test/fixtures/samplers/README.md. */

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
import { timestepAt } from "../sigmas.ts";
import { findSampler } from "./table.ts";

interface WebuiCase {
  /** The web UI's name without the spacing. */
  label: string;
  prediction_type: "epsilon" | "v_prediction";
  schedule: "uniform" | "karras" | "exponential" | "sgm_uniform";
  steps?: number;
  schedule_steps?: number;
  strength?: number;
  t_enc?: number;
  sigmas: number[];
  model_timesteps: number[];
  start?: string;
  latents: string[];
}

const golden = readFixture<{ text_to_image: WebuiCase[]; img2img: WebuiCase[] }>("kdiffusion_webui");
const ladder = ladders.plain;
const cases = [...golden.text_to_image, ...golden.img2img];

describe("the web UI's k-diffusion samplers", () => {
  it("has every case of the eleven samplers in the fixture", () => {
    expect(golden.text_to_image).toHaveLength(102);
    expect(golden.img2img).toHaveLength(102);
    expect(new Set(cases.map(({ label }) => label)).size).toBe(11);
  });

  it.each(cases)(
    "walk $label, $schedule, $prediction_type, $steps $schedule_steps steps, strength $strength",
    async (test) => {
      const sampler = findSampler(
        test.schedule === "uniform" ? test.label : `${test.label} ${test.schedule}`,
      );
      const isImg2img = test.strength !== undefined;
      const steps = (isImg2img ? test.schedule_steps : test.steps)!;
      const skipped = isImg2img ? steps - test.t_enc! - 1 : 0;
      const sigmas = sampler.sigmas(ladder, steps, 1).subarray(skipped);
      expect(worstError(Float32Array.from(sigmas), Float32Array.from(test.sigmas))).toBeLessThan(1e-5);

      const start = isImg2img ? noisyImage(sigmas[0]!) : scaled(initialNoise, sampler.startScale(sigmas[0]!));
      if (test.start) expect(worstError(start, decode(test.start))).toBeLessThan(TOLERANCE);

      const toy = toyDenoiser(test.prediction_type, (sigma) => timestepAt(ladder, sigma));
      const timesteps: number[] = [];
      const errors: number[] = [];
      const offset = isImg2img ? 1 : 0;
      await sampler.samplerOf(ladder)(
        (x, sigma) => {
          timesteps.push(timestepAt(ladder, sigma));
          return toy(x, sigma);
        },
        start,
        sigmas,
        {
          noise: (index, part) => {
            if (sampler.base !== "dpmpp_sde") return noises[index + offset]!;
            const first = noises[2 * index + offset]!;
            if (part === "midpoint") return first;
            return restOf(noises[2 * index + 1 + offset]!, first, sigmas[index]!, sigmas[index + 1]!);
          },
          onStep: ({ x, step }) => errors.push(worstError(x, decode(test.latents[step - 1]!))),
        },
      );
      expect(timesteps).toHaveLength(test.model_timesteps.length);
      expect(timesteps).toHaveLength(sampler.evaluations(sigmas.length - 1));
      // Near its end the ladder is so dense that float32, in which the fixture was computed, tells hundredths of a timestep apart at best.
      test.model_timesteps.forEach((timestep, i) =>
        expect(Math.abs(timesteps[i]! - timestep)).toBeLessThan(0.01),
      );
      expect(errors).toHaveLength(test.latents.length);
      expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
    },
  );
});
