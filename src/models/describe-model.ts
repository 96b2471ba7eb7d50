/** What the files of a model say about it, whether its networks are built from weights or come as ready graphs. */

import type { ModelFiles } from "./model-files.ts";
import type { ModelInfo } from "./model.ts";
import type { ExportFiles } from "./read-export.ts";
import { vaeFactor } from "./vae-config.ts";

/** The facts that do not depend on where the model runs, nor on what can be seen of its weights. */
export function describeModel(
  files: ModelFiles | ExportFiles,
): Omit<ModelInfo, "vaeHash" | "parameters" | "provider" | "precision"> {
  const { textEncoders, unet, vae } = files;
  return {
    name: files.name,
    family: files.family,
    hash: files.hash,
    ...files.schedule,
    latentScale: vae.config.latentScale,
    latentChannels: vae.config.latentChannels,
    vaeFactor: vaeFactor(vae.config),
    textWidth: unet.config.textWidth,
    textEncoders: textEncoders.map(({ config, padToken }) => ({ width: config.width, padToken })),
    zeroEmptyNegative: files.zeroEmptyNegative,
    inputChannels: unet.config.inputChannels,
    guidanceInput: unet.config.guidanceWidth !== null,
    textPositions: textEncoders[0].config.positions,
  };
}
