/** From settings to what the loop does with optical flow, and what of it decides pixels. */

import { estimateFlow } from "../flow/estimate.ts";
import { hasTweens } from "../schedule/drawn-frames.ts";
import type { Settings } from "../settings/schema.ts";
import type { LoopOptions } from "./frame-loop.ts";
import type { FindFlow } from "./tween.ts";

export function flowOptions(settings: Settings): Pick<LoopOptions, "findTweenFlow" | "redo"> {
  const { flow } = settings;
  const redoes = flow.redo !== "none" || flow.diffusion_redo > 0;
  return {
    ...(flow.cadence !== "none" && hasTweens(settings) && { findTweenFlow: estimateBy(flow.cadence)! }),
    ...(redoes && { redo: { findFlow: estimateBy(flow.redo), diffusionRedo: flow.diffusion_redo } }),
  };
}

/** What all frames share; undefined when optical flow decides no pixel. */
export function flowFacts(settings: Settings): Readonly<Record<string, unknown>> | undefined {
  const { flow } = settings;
  const facts = {
    ...(flow.cadence !== "none" && hasTweens(settings) && { cadence: flow.cadence }),
    ...(flow.redo !== "none" && { redo: flow.redo }),
    ...(flow.diffusion_redo > 0 && { diffusion_redo: flow.diffusion_redo }),
  };
  return Object.keys(facts).length > 0 ? facts : undefined;
}

function estimateBy(method: Settings["flow"]["redo"]): FindFlow | null {
  return method === "none" ? null : (previous, next) => estimateFlow(method, previous, next);
}
