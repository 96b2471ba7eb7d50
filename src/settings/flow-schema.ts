/** The settings of optical flow between pictures of the animation, under `flow`. Meanings are Deforum's. */

import { z } from "zod";

import { choice, schedule, wholeNumber } from "./fields.ts";

/** What estimates a flow: DIS at half or at full detail, Farnebäck's. */
export const FLOW_METHODS = ["dis_medium", "dis_fine", "farneback"] as const;

export const flow = z
  .strictObject({
    cadence: choice({
      choices: ["none", ...FLOW_METHODS],
      defaultValue: "none",
      description:
        "With cadence above 1: frames between two drawn ones bend one into the other instead of only fading. dis_medium is fast, dis_fine follows small things, farneback is the smoothest.",
    }),
    cadence_factor: schedule({
      unit: "factor",
      range: [-10, 10],
      defaultValue: 1,
      description: "How far they bend: 1 is all the way, 0 only fades.",
    }),
    redo: choice({
      choices: ["none", ...FLOW_METHODS],
      defaultValue: "none",
      description:
        "Draws each frame twice: what moved between the frame before and the first, thrown away drawing is where the second one starts. Calmer shapes for twice the time.",
    }),
    redo_factor: schedule({
      unit: "factor",
      range: [-10, 10],
      defaultValue: 1,
      description: "How far the start of the second drawing is moved along.",
    }),
    diffusion_redo: wholeNumber({
      unit: "drawings",
      range: [0, 50],
      defaultValue: 0,
      description:
        "Draws each frame so many times over itself, with seeds of their own, before it counts: further from the frame before, at the price of time.",
    }),
  })
  .prefault({})
  .describe("Optical flow: frames between that bend, and drawings made twice.");
