/** What makes the frames of footage larger before they are stills. */

import { findModel } from "../models/find-model.ts";
import { findCompanion, findPictureNetwork } from "../models/find-picture-network.ts";
import type { Upscaler } from "../models/picture-networks.ts";
import type { RunSettings } from "../footage/run-footage.ts";

/**
 * Opens the upscaler that a flag names; without one, that which belongs to the model of a run, as its render took it.
 *
 * @param named name or path, from the working directory; undefined when there is no flag
 * @param run settings of the run that the footage is; undefined for other footage
 * @returns null when there is none
 * @throws ModelError when the one that is named cannot be used
 */
export async function openStillUpscaler(
  named: string | undefined,
  run: RunSettings | undefined,
): Promise<Upscaler | null> {
  const path =
    named === undefined ? await findOfRun(run) : await findPictureNetwork("upscaler", named, process.cwd());
  if (path === null) return null;
  // Loads ONNX Runtime, which most stills, and all other commands, do without.
  const { openUpscaler } = await import("../models/open-picture-network.ts");
  return await openUpscaler(path);
}

async function findOfRun(run: RunSettings | undefined): Promise<string | null> {
  const model = run?.["model"];
  if (typeof model !== "string") return null;
  // The schedule's folder is not known any more; a model that was named by its path may be out of reach, and Lanczos does then.
  const found = await findModel(model, process.cwd()).catch(() => null);
  return found === null ? null : await findCompanion("upscaler", found);
}
