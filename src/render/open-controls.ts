/** The ControlNets of a run on the side that paints: networks, preprocessors, and what acts on a frame. */

import { openPictureNetwork, type PictureNetwork } from "../control/picture-network.ts";
import { type Preprocessor, PREPROCESSORS } from "../control/preprocess.ts";
import type { ControlUnit } from "../diffusion/control.ts";
import type { DiffusionModel } from "../models/model.ts";
import { type ControlNet, openControlNet } from "../models/open-controlnet.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import type { InferenceSettings } from "./inference-messages.ts";

export interface Controls {
  /** sha256 of each ControlNet, hex. */
  readonly hashes: readonly string[];
  /**
   * The ControlNets that act on a frame, with their pictures made; undefined for a run without any.
   * @param pictures 8-bit RGB, null for the frame before
   * @param previous the frame before as the model gets it; without it, ControlNets that follow it are left out
   */
  unitsAt(
    plan: FramePlan,
    pictures: readonly (Uint8Array | null)[] | undefined,
    previous: RgbImage | null,
  ): Promise<readonly ControlUnit[] | undefined>;
  release(): Promise<void>;
}

interface OpenControl {
  readonly network: ControlNet;
  readonly preprocess: Preprocessor;
  /** Of the preprocessor, when that is a network. */
  readonly pictureNetwork: PictureNetwork | undefined;
}

/** @throws ModelError when a file cannot be used, or a ControlNet is not for the model */
export async function openControls(model: DiffusionModel, settings: InferenceSettings): Promise<Controls> {
  const { width, height } = settings;
  const opened: OpenControl[] = [];
  for (const { path, preprocessor } of settings.controlnets) {
    const network = await openControlNet(path, model, settings);
    const builtIn = PREPROCESSORS.get(preprocessor);
    const pictureNetwork = builtIn ? undefined : await openPictureNetwork(preprocessor, settings);
    const preprocess: Preprocessor = builtIn ?? ((image) => pictureNetwork!.run(image));
    opened.push({ network, preprocess, pictureNetwork });
  }

  return {
    hashes: opened.map(({ network }) => network.hash),
    async unitsAt({ controlnet = [] }, pictures, previous) {
      if (opened.length === 0) return undefined;
      const units: ControlUnit[] = [];
      for (const [index, { network, preprocess }] of opened.entries()) {
        const numbers = controlnet[index];
        const data = pictures?.[index];
        const source = data ? { width, height, data } : previous && toByteImage(previous);
        if (!numbers || numbers.weight === 0 || !source) continue;
        const { weight, start, end } = numbers;
        const picture = toFloatImage(await preprocess(source, numbers));
        units.push({ network, picture, weight, start, end });
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
