/** The plan in the order in which its frames are made. */

import { inverseMotion } from "../motion/inverse-motion.ts";
import { drawsSingly } from "../settings/check-mode.ts";
import type { Settings } from "../settings/schema.ts";
import type { FramePlan } from "./frame-plan.ts";

/**
 * The plan as it is, or with `reverse` from the last frame to the first.
 *
 * Frames that are each drawn by themselves come as they are. Otherwise a frame is made from the one after it. What leads from one frame to the next (the camera, how far an input video's motion is
 * followed) belongs to the later of the two and is taken back here; all else stays with the frame that it was written for. Scenes, for the
 * colors, begin where their prompt first shows on the way back. In a loop the move over the seam, from the last frame to the first, is the first
 * frame's and is taken back at the last one.
 *
 * @param plan of all frames, as they are played
 */
export function inRenderOrder(
  plan: readonly FramePlan[],
  settings: Pick<Settings, "reverse" | "mode"> & {
    readonly motion: Pick<Settings["motion"], "perspective_flip">;
  },
): readonly FramePlan[] {
  if (!settings.reverse) return plan;
  if (drawsSingly(settings)) return plan.toReversed();
  const mode = settings.mode === "2d" ? "2d" : "3d";
  const sceneOf = scenesBackward(plan);
  const takeBack = ({ motion }: FramePlan) => inverseMotion(motion, mode, settings.motion.perspective_flip);
  const isLoop = plan.some(({ closing }) => closing !== undefined);
  return plan.toReversed().map((frame) => {
    const scene = { ...frame, ...sceneOf(frame.frame) };
    const later = plan[frame.frame + 1];
    if (later === undefined) return isLoop ? { ...scene, motion: takeBack(plan[0]!) } : scene;
    return {
      ...scene,
      madeFrom: later.frame,
      motion: takeBack(later),
      ...(frame.hybrid && {
        hybrid: { ...frame.hybrid, flow_factor: later.hybrid?.flow_factor ?? frame.hybrid.flow_factor },
      }),
    };
  });
}

type Scene = Pick<FramePlan, "promptKey" | "promptTransition">;

/** Where the scene of each frame begins when the prompts are walked through backward, and over how many frames it comes in. */
function scenesBackward(plan: readonly FramePlan[]): (frame: number) => Scene {
  const changes = plan.filter(
    ({ promptKey }, index) => index > 0 && promptKey !== plan[index - 1]!.promptKey,
  );
  const scenes = changes.map(({ frame, promptKey, promptTransition }): Scene => {
    // The scene that a loop begins with, on its way back to the last prompt, ends later than the key of the one after it says.
    const begin = Math.min(Math.max(promptKey + promptTransition, frame), plan.length) - 1;
    return { promptKey: begin, promptTransition: begin - promptKey + 1 };
  });
  const first: Scene = { promptKey: plan.length, promptTransition: 0 };
  return (frame) =>
    scenes
      .filter(({ promptKey }) => promptKey >= frame)
      .reduce((nearest, scene) => (scene.promptKey < nearest.promptKey ? scene : nearest), first);
}
