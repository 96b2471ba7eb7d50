/** From settings to whose colors the frames keep to. */

import { resolve } from "node:path";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readPicture } from "../tensor/picture-file.ts";
import { type RunFacts, sha256 } from "./chain.ts";
import type { ColorRules } from "./color-memory.ts";

export interface RunColors {
  readonly rules: ColorRules;
  /** What of it decides pixels; empty where nothing but `color_reference` was set, so that older frames keep their hashes. */
  readonly facts: RunFacts;
}

/**
 * Reads the picture that gives the colors, if there is one.
 *
 * @param folder that the picture's path starts from
 * @param hasStartPicture whether frame 0 is drawn over a picture
 * @throws FileError when it cannot be read
 */
export async function readRunColors(
  { feedback, size, deforum_exact }: Settings,
  folder: string,
  hasStartPicture: boolean,
): Promise<RunColors> {
  const { color_reference, color_image, color_match_drawn } = feedback;
  const image: ByteImage | null =
    color_image === null ? null : await readPicture(resolve(folder, color_image), size);
  return {
    rules: {
      mode: color_reference,
      image,
      matchesDrawn: color_match_drawn,
      startsMoved: deforum_exact && (hasStartPicture || !color_match_drawn),
    },
    facts: {
      ...(image && { colorImage: sha256(image.data) }),
      ...(!color_match_drawn && { color_match_drawn }),
    },
  };
}
