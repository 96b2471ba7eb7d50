/** What optical flow does at each frame. */

import type { Settings } from "../settings/schema.ts";
import type { FlowPlan } from "./frame-plan.ts";

/** Reads the plan of a frame; gives undefined for animations without optical flow. */
export function flowReader(
  { flow }: Settings,
  read: (path: string) => Float64Array,
): (frame: number) => FlowPlan | undefined {
  if (flow.cadence === "none" && flow.redo === "none") return () => undefined;
  const cadence = read("flow.cadence_factor");
  const redo = read("flow.redo_factor");
  return (frame) => ({ cadence_factor: cadence[frame]!, redo_factor: redo[frame]! });
}
