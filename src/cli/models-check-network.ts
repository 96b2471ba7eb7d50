/** `animate models check` for the networks beside a diffusion model: depth, upscaling and optical flow. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ModelError } from "../errors.ts";
import type { PictureNetworkKind } from "../models/find-picture-network.ts";
import type { PictureNetworkInfo } from "../models/picture-networks.ts";
import type { Device } from "../models/device.ts";
import type { ByteImage } from "../tensor/image.ts";
import { row } from "./models-check-rows.ts";

/** Side of the picture that is tried. */
const SIDE = 64;

/**
 * Says what a network is and runs it once.
 *
 * @param kind `onnx` = whichever it can be
 * @throws ModelError when it cannot be used
 */
export async function checkPictureNetwork(
  kind: PictureNetworkKind | "onnx",
  path: string,
  device: Device,
): Promise<void> {
  // Loads ONNX Runtime, which listing models does not need.
  const { openDepthNetwork, openUpscaler } = await import("../models/open-picture-network.ts");
  const { openOnnxFlow } = await import("../models/onnx-flow.ts");
  const start = performance.now();
  const unlessOther = (error: unknown): undefined => {
    if (kind !== "onnx" || !(error instanceof ModelError)) throw error;
  };
  if (kind !== "depth") {
    const upscaler = await openUpscaler(path, { device }).catch(unlessOther);
    if (upscaler !== undefined) {
      await printFacts(upscaler.info, `upscaler, ${upscaler.info.scale} times`, path);
      await upscaler.enlarge(ramp());
      await upscaler.release();
      printRun(start);
      return;
    }
  }
  if (kind === "onnx") {
    const flow = await openOnnxFlow(path, { width: SIDE, height: SIDE }, { device }).catch(unlessOther);
    if (flow !== undefined) {
      await printFacts(flow.info, "optical flow (flow.cadence, flow.redo, hybrid.flow_method)", path);
      await flow.release();
      printRun(start);
      return;
    }
  }
  const network = await openDepthNetwork(path, { device });
  const meaning =
    network.info.output === "nearness"
      ? "nearness from 0 to 1"
      : "numbers of its own scale (motion.depth.kind)";
  await printFacts(network.info, `depth network, gives ${meaning}`, path);
  await network.estimate(ramp());
  await network.release();
  printRun(start);
}

async function printFacts({ name, hash }: PictureNetworkInfo, kind: string, path: string): Promise<void> {
  const file = /\.onnx$/i.test(path) ? path : join(path, "diffusion_pytorch_model.safetensors");
  const bytes = (await stat(file).catch(() => undefined))?.size;
  row("model", name);
  row("kind", kind);
  row("sha256", hash);
  row("file", bytes === undefined ? path : `${file}, ${(bytes / 1e6).toFixed(1)} MB`);
}

function printRun(start: number): void {
  row(
    "network",
    `ran in ${((performance.now() - start) / 1000).toFixed(2)} s with loading, at ${SIDE}×${SIDE} pixels`,
  );
  console.log("The model can be used.");
}

/** Any picture. */
function ramp(): ByteImage {
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => i % 256);
  return { width: SIDE, height: SIDE, data };
}
