/** The models of a run: which one draws a frame, and what that is in the frame's identity. */

import type { NamedFile } from "../models/lora.ts";
import type { ModelInfo } from "../models/model.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";

export interface RunModels {
  /** Of the model that draws the frame. */
  infoAt(frame: Pick<FramePlan, "model">): ModelInfo;
  /** The plan as the hash chain has to see it: models by their content, where it is not the first one's, which all frames share. */
  identify(plan: readonly FramePlan[]): readonly FramePlan[];
}

/**
 * @param models by the names of `FramePlan.model`; the first draws frames that name none
 * @param infos one per model
 */
export function runModels(models: readonly NamedFile[], infos: readonly ModelInfo[]): RunModels {
  const byName = new Map(models.map(({ name }, index) => [name, infos[index]!]));
  const first = infos[0]!;
  const infoAt = ({ model }: Pick<FramePlan, "model">): ModelInfo =>
    model === undefined ? first : byName.get(model)!;
  return {
    infoAt,
    identify: (plan) =>
      plan.map((frame) => {
        const { model: _, ...others } = frame;
        const { hash } = infoAt(frame);
        return hash === first.hash ? others : { ...others, model: hash };
      }),
  };
}
