/** Whether the UNet of a single-file checkpoint predicts velocity or noise, which its tensors do not say. */

import { stat } from "node:fs/promises";
import { LIMITS } from "../limits.ts";
import { readText } from "./config.ts";
import { LDM_UNET } from "./ldm-names.ts";
import type { Family } from "./model.ts";
import { readFloats, type SafetensorsFile } from "./safetensors.ts";

/** A layer whose biases training to velocity has spread wider than training to noise, in all releases of SD 2.x and their fine-tunes. */
const TELLING_BIAS = `${LDM_UNET}output_blocks.11.1.transformer_blocks.0.norm1.bias`;
/** Between the two: about 0.05 for noise, above 0.1 for velocity (the bound that ComfyUI uses). */
const BIAS_SPREAD = 0.09;

/**
 * Asks, in this order: the empty tensor `v_pred` (ComfyUI's convention); a config beside the checkpoint, `name.yaml`, as it came with the
 * first release (`parameterization: "v"`, stable-diffusion-webui's convention); for SD 2.x, whose 768-pixel models predict velocity and whose
 * 512-pixel ones noise, the spread of one layer's biases. All others predict noise.
 *
 * @throws ModelError when the config is too large to be one
 */
export async function predictsVelocity(
  file: string,
  stored: SafetensorsFile,
  family: Family,
): Promise<boolean> {
  if (stored.tensors.has("v_pred")) return true;
  const config = file.replace(/\.safetensors$/i, ".yaml");
  const status = await stat(config).catch(() => undefined);
  if (config !== file && status?.isFile()) {
    const text = await readText(config, LIMITS.model.smallConfigBytes);
    return /^\s*parameterization:\s*["']?v["']?\s*$/m.test(text);
  }
  return family === "sd2" && stored.tensors.has(TELLING_BIAS)
    ? standardDeviation((await readFloats(stored, TELLING_BIAS)).data) > BIAS_SPREAD
    : false;
}

function standardDeviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / Math.max(values.length - 1, 1));
}
