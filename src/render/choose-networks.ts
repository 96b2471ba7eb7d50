/** Which networks a render needs beside its model: depth for a 3D camera and for ControlNets, an upscaler for larger videos and stills. */

import { ModelError } from "../errors.ts";
import {
  findCompanion,
  findPictureNetwork,
  type PictureNetworkKind,
} from "../models/find-picture-network.ts";
import type { Settings } from "../settings/schema.ts";
import { formatsOf } from "../settings/still-format.ts";
import type { ControlDepth } from "./inference-messages.ts";

export interface ChosenNetworks {
  /** Folder or ONNX file, absolute; null = the picture is a plane. */
  readonly depth: string | null;
  /** The same for what ControlNets are shown; null = none asks for depth. */
  readonly controlDepth: ControlDepth | null;
  /** Folder or ONNX file, absolute; null = nothing is enlarged, or by Lanczos. */
  readonly upscaler: string | null;
}

/**
 * @param modelPath of the diffusion model, see {@link findCompanion}
 * @param baseFolder that relative paths in the settings start from
 * @throws ModelError when a network that is named is not there, or one is needed and none belongs to the model
 */
export async function chooseNetworks(
  settings: Settings,
  modelPath: string,
  baseFolder: string,
): Promise<ChosenNetworks> {
  const { motion, video, thumbnails, size, controlnet, hybrid } = settings;
  const choose = async (kind: PictureNetworkKind, name: string) =>
    name === "auto" ? await findCompanion(kind, modelPath) : await findPictureNetwork(kind, name, baseFolder);

  const isNeeded = masksByDepth(hybrid) || motion.depth.save;
  const asks = isNeeded || decidesByDepth(settings);
  const depth = asks ? await choose("depth", depthForPictures(motion.depth.model)) : null;
  if (isNeeded && depth === null) {
    throw new ModelError("no depth network belongs to this model", {
      where: motion.depth.save ? "motion.depth.save" : "hybrid.mask.type",
      hint: "Give motion.depth.model the path of an .onnx file, such as Depth Anything's, or a name such as storybook-depth.",
    });
  }

  const unit = controlnet.findIndex(({ preprocessor }) => preprocessor === "depth");
  const controlPath = unit < 0 ? null : await choose("depth", depthForPictures(motion.depth.model));
  if (controlPath === null && unit >= 0) {
    throw new ModelError("no depth network belongs to this model", {
      where: `controlnet.${unit}.preprocessor`,
      hint: "Give motion.depth.model the path of an .onnx file, such as Depth Anything's, or a name such as storybook-depth.",
    });
  }

  const largeStills =
    thumbnails.upscale &&
    thumbnails.count > 0 &&
    formatsOf(thumbnails).some(({ width, height }) => width > size.width || height > size.height);
  const upscaler = video.upscale > 1 || largeStills ? await choose("upscaler", video.upscaler) : null;
  if (upscaler === null && video.upscale > 1) {
    throw new ModelError("no upscaler belongs to this model", {
      where: "video.upscale",
      hint: "Give video.upscaler the path of an .onnx file, such as Real-ESRGAN's.",
    });
  }
  const controlDepth = controlPath === null ? null : { path: controlPath, kind: motion.depth.kind };
  return { depth, controlDepth, upscaler };
}

/** Whether depth, where there is a network for it, decides what frames look like. */
export function decidesByDepth({ mode, motion, hybrid }: Settings): boolean {
  return (mode === "3d" && motion.depth.model !== "plane") || masksByDepth(hybrid);
}

/** Whether the picture of an input video is mixed in by what is near. */
export function masksByDepth({ video, composite, mask }: Settings["hybrid"]): boolean {
  return video !== null && composite !== "none" && (mask.type === "depth" || mask.type === "video_depth");
}

/** A camera may take the picture as a plane while a ControlNet or a mask wants to know what is near. */
function depthForPictures(name: string): string {
  return name === "plane" ? "auto" : name;
}
