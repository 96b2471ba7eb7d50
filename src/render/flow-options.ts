/** From settings to what the loop does with optical flow, and what of it decides pixels. */

import { estimateFlow } from "../flow/estimate.ts";
import type { Settings } from "../settings/schema.ts";
import type { LoopOptions } from "./frame-loop.ts";
import type { FindFlow } from "./tween.ts";

export function flowOptions({ flow, cadence }: Settings): Pick<LoopOptions, "findTweenFlow" | "redo"> {
  const redoes = flow.redo !== "none" || flow.diffusion_redo > 0;
  return {
    ...(flow.cadence !== "none" && cadence > 1 && { findTweenFlow: estimateBy(flow.cadence)! }),
    ...(redoes && { redo: { findFlow: estimateBy(flow.redo), diffusionRedo: flow.diffusion_redo } }),
  };
}

/** What all frames share; undefined when optical flow decides no pixel. */
export function flowFacts({ flow, cadence }: Settings): Readonly<Record<string, unknown>> | undefined {
  const facts = {
    ...(flow.cadence !== "none" && cadence > 1 && { cadence: flow.cadence }),
    ...(flow.redo !== "none" && { redo: flow.redo }),
    ...(flow.diffusion_redo > 0 && { diffusion_redo: flow.diffusion_redo }),
  };
  return Object.keys(facts).length > 0 ? facts : undefined;
}

function estimateBy(method: Settings["flow"]["redo"]): FindFlow | null {
  return method === "none" ? null : (previous, next) => estimateFlow(method, previous, next);
}
