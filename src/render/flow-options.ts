/** From settings to what the loop does with optical flow, and what of it decides pixels. */

import { hasTweens } from "../schedule/drawn-frames.ts";
import type { Settings } from "../settings/schema.ts";
import type { ChooseFlow } from "./find-flow.ts";
import type { LoopOptions } from "./frame-loop.ts";

export function flowOptions(
  settings: Settings,
  choose: ChooseFlow,
): Pick<LoopOptions, "findTweenFlow" | "redo"> {
  const { flow } = settings;
  const redoes = flow.redo !== "none" || flow.diffusion_redo > 0;
  const findFlow = flow.redo === "none" ? null : choose(flow.redo);
  return {
    ...(flow.cadence !== "none" && hasTweens(settings) && { findTweenFlow: choose(flow.cadence) }),
    ...(redoes && { redo: { findFlow, diffusionRedo: flow.diffusion_redo } }),
  };
}

/**
 * What all frames share; undefined when optical flow decides no pixel.
 *
 * @param identify what a method is known by, see identifyFlow
 */
export function flowFacts(
  settings: Settings,
  identify: (method: string) => string,
): Readonly<Record<string, unknown>> | undefined {
  const { flow } = settings;
  const facts = {
    ...(flow.cadence !== "none" && hasTweens(settings) && { cadence: identify(flow.cadence) }),
    ...(flow.redo !== "none" && { redo: identify(flow.redo) }),
    ...(flow.diffusion_redo > 0 && { diffusion_redo: flow.diffusion_redo }),
  };
  return Object.keys(facts).length > 0 ? facts : undefined;
}
