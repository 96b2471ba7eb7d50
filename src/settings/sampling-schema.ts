/** The finer settings of samplers, under `sampling`. Names are Deforum's and k-diffusion's. */

import { z } from "zod";

import { schedule, toggle, wholeNumber } from "./fields.ts";

export const sampling = z
  .strictObject({
    ancestral_eta: schedule({
      unit: "share",
      range: [0, 1],
      defaultValue: 1,
      description:
        "How much noise ancestral and SDE samplers draw anew in each step: 0 makes them as calm as those without noise.",
    }),
    ddim_eta: schedule({
      unit: "share",
      range: [0, 1],
      defaultValue: 0,
      description: "How much noise DDIM draws anew in each step; 1 is DDPM's way.",
    }),
    tcd_eta: schedule({
      unit: "share",
      range: [0, 1],
      defaultValue: 0.3,
      description: "How much noise TCD draws anew in each step (gamma in its paper); 1 is LCM's way.",
    }),
    s_noise: schedule({
      unit: "factor",
      range: [0, 2],
      defaultValue: 1,
      description:
        "Factor on all noise that a sampler adds; a little above 1 gives more detail, below 1 softens.",
    }),
    s_churn: schedule({
      unit: "noise over all steps",
      range: [0, 100],
      defaultValue: 0,
      description: "Noise that Euler, Heun and DPM2 add in their steps, which otherwise have none.",
    }),
    s_tmin: schedule({
      unit: "noise level",
      range: [0, 10_000],
      defaultValue: 0,
      description: "Lowest noise level (sigma) at which s_churn adds noise.",
    }),
    s_tmax: schedule({
      unit: "noise level",
      range: [0, 10_000],
      defaultValue: 0,
      description: "Highest noise level (sigma) at which s_churn adds noise; 0 is no limit.",
    }),
    eta_noise_seed_delta: wholeNumber({
      range: [0, 4_294_967_295],
      defaultValue: 0,
      description:
        "Added to the seed for the noise within the steps (ENSD in other programs); the noise that a frame starts from stays.",
    }),
    fractional_strength: toggle({
      defaultValue: false,
      description:
        "Starts each frame at the noise level that its strength means instead of that of a whole step, so that with few steps, too, every percent of strength counts and ramps of strength do not jump.",
    }),
  })
  .prefault({})
  .describe("The finer settings of samplers; docs/reference/samplers.md says which sampler reads which.");
