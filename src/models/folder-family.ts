/** What the configs of a folder are together: the family, and whether text encoders and UNet were made for each other. */

import { join } from "node:path";
import { ModelError } from "../errors.ts";
import type { Family } from "./model.ts";
import type { TextEncoderConfig } from "./text-encoder.ts";
import type { UnetConfig } from "./unet-config.ts";

/** @param textEncoders how many there are */
export function folderFamily(textEncoders: number, unet: UnetConfig): Family {
  if (unet.added !== null) return textEncoders === 2 ? "sdxl" : "sdxl-refiner";
  return unet.linearProjection ? "sd2" : "sd1";
}

/** @throws ModelError when the encoders take texts of different lengths, or together give another width than the UNet attends to */
export function requireFittingText(
  folder: string,
  textEncoders: readonly TextEncoderConfig[],
  unet: UnetConfig,
): void {
  // One list of words goes to all encoders.
  const [first, second] = textEncoders.map(({ positions }) => positions);
  if (second !== undefined && first !== second) {
    throw new ModelError(
      `\`max_position_embeddings\` is ${first} in text_encoder and ${second} in text_encoder_2, expected the same`,
      { where: folder },
    );
  }
  const width = textEncoders.reduce((sum, config) => sum + config.width, 0);
  if (unet.textWidth !== width) {
    const message = `\`cross_attention_dim\` is ${unet.textWidth}, but \`hidden_size\` of the text encoder is ${width}`;
    throw new ModelError(message, { where: join(folder, "unet", "config.json") });
  }
}
