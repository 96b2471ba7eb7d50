/** Which networks a render needs beside its model: depth for a 3D camera, an upscaler for larger videos and stills. */

import { ModelError } from "../errors.ts";
import {
  findCompanion,
  findPictureNetwork,
  type PictureNetworkKind,
} from "../models/find-picture-network.ts";
import type { Settings } from "../settings/schema.ts";

export interface ChosenNetworks {
  /** Folder or ONNX file, absolute; null = the picture is a plane. */
  readonly depth: string | null;
  /** Folder or ONNX file, absolute; null = nothing is enlarged, or by Lanczos. */
  readonly upscaler: string | null;
}

/**
 * @param modelPath of the diffusion model, see {@link findCompanion}
 * @param baseFolder that relative paths in the settings start from
 * @throws ModelError when a network that is named is not there, or a video is to be enlarged and no upscaler is there
 */
export async function chooseNetworks(
  { mode, motion, video, thumbnails, size }: Settings,
  modelPath: string,
  baseFolder: string,
): Promise<ChosenNetworks> {
  const choose = async (kind: PictureNetworkKind, name: string) =>
    name === "auto" ? await findCompanion(kind, modelPath) : await findPictureNetwork(kind, name, baseFolder);

  const isDeep = mode === "3d" && motion.depth.model !== "plane";
  const depth = isDeep ? await choose("depth", motion.depth.model) : null;

  const largeStills =
    thumbnails.upscale &&
    thumbnails.count > 0 &&
    (thumbnails.width > size.width || thumbnails.height > size.height);
  const upscaler = video.upscale > 1 || largeStills ? await choose("upscaler", video.upscaler) : null;
  if (upscaler === null && video.upscale > 1) {
    throw new ModelError("no upscaler belongs to this model", {
      where: "video.upscale",
      hint: "Give video.upscaler the path of an .onnx file, such as Real-ESRGAN's.",
    });
  }
  return { depth, upscaler };
}
