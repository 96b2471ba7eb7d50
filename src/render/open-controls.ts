/** The ControlNets of a run on the side that paints: networks, preprocessors, and what acts on a frame. */

import { toDepthPicture } from "../control/depth-picture.ts";
import { openPictureNetwork, type PictureNetwork } from "../control/picture-network.ts";
import { type Preprocessor, PREPROCESSORS } from "../control/preprocess.ts";
import type { ControlMode, ControlUnit } from "../diffusion/control.ts";
import type { DiffusionModel } from "../models/model.ts";
import { type ControlNet, openControlNet } from "../models/open-controlnet.ts";
import type { DepthNetwork } from "../models/picture-networks.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import type { ControlIdentity, ControlPicture, InferenceSettings } from "./inference-messages.ts";

export interface Controls {
  readonly identities: readonly ControlIdentity[];
  /**
   * The ControlNets that act on a frame, with their pictures made; undefined for a run without any.
   * @param pictures null for the frame before
   * @param previous the frame before as the model gets it; without it, ControlNets that follow it are left out
   */
  unitsAt(
    plan: FramePlan,
    pictures: readonly (ControlPicture | null)[] | undefined,
    previous: RgbImage | null,
  ): Promise<readonly ControlUnit[] | undefined>;
  release(): Promise<void>;
}

interface OpenControl {
  readonly network: ControlNet;
  readonly preprocess: Preprocessor;
  readonly identity: ControlIdentity;
  readonly mode: ControlMode;
  /** Of the preprocessor, when that is a network of its own. */
  readonly pictureNetwork: PictureNetwork | undefined;
}

/**
 * @param depth asked by preprocessors; stays open when the ControlNets are released
 * @throws ModelError when a file cannot be used, or a ControlNet is not for the model
 */
export async function openControls(
  model: DiffusionModel,
  settings: InferenceSettings,
  depth: DepthNetwork | null,
): Promise<Controls> {
  const { width, height } = settings;
  const opened: OpenControl[] = [];
  for (const { path, preprocessor, mode } of settings.controlnets) {
    const network = await openControlNet(path, model, settings);
    const asksDepth = preprocessor === "depth";
    const builtIn = asksDepth ? preprocessDepth(depth, settings) : PREPROCESSORS.get(preprocessor);
    const pictureNetwork = builtIn ? undefined : await openPictureNetwork(preprocessor, settings);
    const preprocess: Preprocessor = builtIn ?? ((image) => pictureNetwork!.run(image));
    const identity = { model: network.hash, ...(asksDepth && depth && { depth: depth.info.hash }) };
    opened.push({ network, preprocess, identity, pictureNetwork, mode });
  }

  return {
    identities: opened.map(({ identity }) => identity),
    async unitsAt({ controlnet = [] }, pictures, previous) {
      if (opened.length === 0) return undefined;
      const units: ControlUnit[] = [];
      for (const [index, { network, preprocess, mode }] of opened.entries()) {
        const numbers = controlnet[index];
        const given = pictures?.[index];
        const source = given ? { width, height, data: given.data } : previous && toByteImage(previous);
        const before = given?.before && { width, height, data: given.before };
        if (!numbers || numbers.weight === 0 || !source) continue;
        const { weight, start, end } = numbers;
        const picture = toFloatImage(await preprocess(source, numbers, before));
        units.push({ network, picture, weight, start, end, mode });
      }
      return units;
    },
    async release() {
      for (const { network, pictureNetwork } of opened) {
        await network.release();
        await pictureNetwork?.release();
      }
    },
  };
}

function preprocessDepth(network: DepthNetwork | null, { controlDepth }: InferenceSettings): Preprocessor {
  if (network === null) throw new Error("preprocessor depth without a depth network");
  const nearIsSmall = network.info.output === "relative" && controlDepth?.kind === "metric";
  return async (image) => toDepthPicture(await network.estimate(image), image, nearIsSmall);
}
