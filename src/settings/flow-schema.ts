/** The settings of optical flow between pictures of the animation, under `flow`. Meanings are Deforum's. */

import { z } from "zod";

import { patternText, schedule, wholeNumber } from "./fields.ts";

/** What estimates a flow without a network: DIS at half or at full detail, Farnebäck's. */
export const FLOW_METHODS = ["dis_medium", "dis_fine", "farneback"] as const;

/** What estimates a flow: one of the methods, or a network as an `.onnx` file; `none` where flow is an extra. */
export function flowMethod(defaultValue: "none" | (typeof FLOW_METHODS)[number], description: string) {
  const words = defaultValue === "none" ? ["none", ...FLOW_METHODS] : FLOW_METHODS;
  return patternText({
    pattern: new RegExp(`^(${words.join("|")})$|\\.onnx$`),
    expects: `one of ${words.join(", ")}, or the path of an .onnx file of RAFT`,
    defaultValue,
    description,
  });
}

export const flow = z
  .strictObject({
    cadence: flowMethod(
      "none",
      "With cadence above 1: frames between two drawn ones bend one into the other instead of only fading. dis_medium is fast, dis_fine follows small things, farneback is the smoothest; RAFT, the surest, is a network of your own (.onnx).",
    ),
    cadence_factor: schedule({
      unit: "factor",
      range: [-10, 10],
      defaultValue: 1,
      description: "How far they bend: 1 is all the way, 0 only fades.",
    }),
    redo: flowMethod(
      "none",
      "Draws each frame twice: what moved between the frame before and the first, thrown away drawing is where the second one starts. Calmer shapes for twice the time. Methods as for flow.cadence.",
    ),
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
