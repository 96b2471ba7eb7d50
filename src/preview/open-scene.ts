/** From settings to the scene that their preview moves over: the grid, or a picture, with depth where the render would have it. */

import { resolve } from "node:path";
import { ModelError } from "../errors.ts";
import { findModel } from "../models/find-model.ts";
import { openDepthNetwork } from "../models/open-picture-network.ts";
import { worldDepth } from "../motion/depth.ts";
import { chooseNetworks } from "../render/choose-networks.ts";
import { feedbackOptions } from "../render/feedback-options.ts";
import { planModels } from "../schedule/model-plan.ts";
import { scheduleContext } from "../schedule/schedule-context.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readPicture } from "../tensor/picture-file.ts";
import { gridScene } from "./grid-scene.ts";
import { pictureScene } from "./picture-scene.ts";
import { renewedScene } from "./renewed-scene.ts";
import type { Scene } from "./scene.ts";

export interface OpenedScene {
  readonly scene: Scene;
  /** What is shown, in words: `a picture with depth by storybook-depth`. */
  readonly description: string;
}

/**
 * @param picture file to move over, or null for the settings' `init.image`, or the grid when there is none
 * @param folder that relative paths in the settings start from
 * @throws FileError when the picture cannot be read; ModelError when a depth network that is named cannot be
 */
export async function openScene(
  settings: Settings,
  picture: string | null,
  folder: string,
): Promise<OpenedScene> {
  const { size, motion, init, mode } = settings;
  const camera = feedbackOptions(settings);
  const depthPath = mode === "3d" ? await findDepth(settings, folder) : null;
  const file = picture ?? (init.image === null ? null : resolve(folder, init.image));
  if (file === null) {
    const { near, far } = motion.depth;
    const description = depthPath === null ? "a grid" : `a grid at distance ${far}, dots at ${near}`;
    const distances = depthPath === null ? null : { near, far };
    return { scene: renewedScene(() => gridScene(size, camera, distances)), description };
  }
  const image = await readPicture(file, size);
  if (depthPath === null)
    return { scene: renewedScene(() => pictureScene(image, camera, null)), description: "a picture" };
  const { depth, name } = await estimateDepth(depthPath, image, settings);
  return {
    scene: renewedScene(() => pictureScene(image, camera, depth)),
    description: `a picture with depth by ${name}`,
  };
}

/** The depth network of the render; a model that is not there yet has none, because its move can be looked at before it is downloaded. */
async function findDepth(settings: Settings, folder: string): Promise<string | null> {
  const { model } = settings.motion.depth;
  // Nothing is enlarged or drawn here, so upscalers and depth for ControlNets need not be there.
  const { video, thumbnails } = settings;
  const asked = {
    ...settings,
    controlnet: [],
    video: { ...video, upscale: 1 },
    thumbnails: { ...thumbnails, count: 0 },
  };
  if (model !== "auto") return (await chooseNetworks(asked, "", folder)).depth;
  try {
    return (
      await chooseNetworks(
        asked,
        await findModel(planModels(settings.model, scheduleContext(settings))[0]!, folder),
        folder,
      )
    ).depth;
  } catch (error) {
    if (error instanceof ModelError) return null;
    throw error;
  }
}

async function estimateDepth(
  path: string,
  image: ByteImage,
  { device, motion }: Settings,
): Promise<{ readonly depth: Float32Array | null; readonly name: string }> {
  const network = await openDepthNetwork(path, { device });
  try {
    const map = await network.estimate(image);
    const kind = network.info.output === "nearness" ? "nearness" : motion.depth.kind;
    return { depth: worldDepth(map, kind, motion.depth), name: network.info.name };
  } finally {
    await network.release();
  }
}
