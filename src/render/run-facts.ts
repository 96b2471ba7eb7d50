/** What all frames of a run share and what decides their pixels: the root of the hash chain. */

import { createRequire } from "node:module";
import type { ModelInfo } from "../models/model.ts";
import type { PictureNetworkInfo } from "../models/picture-networks.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { usesTiles } from "../models/tiled-vae.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { type RunFacts, sha256 } from "./chain.ts";
import { flowFacts } from "./flow-options.ts";
import type { ControlFacts } from "./control-inputs.ts";
import type { ControlIdentity } from "./inference-messages.ts";

/** Raised whenever the same plan gives other pixels than before; older frames are then rendered again instead of being mixed with new ones. */
const PIXELS_VERSION = 1;

const require = createRequire(import.meta.url);

/** Version of the ONNX Runtime in use; its releases differ in the last bits. */
export const runtimeVersion: string = (require("onnxruntime-node/package.json") as { version: string })
  .version;

/** Left out: whatever changes no pixel (fps, video, thumbnails, threads) and whatever is in each frame's plan already. */
export function runFacts(
  settings: Settings,
  plan: readonly Pick<FramePlan, "sampler" | "clip_skip">[],
  model: Pick<ModelInfo, "hash" | "provider"> & Partial<Pick<ModelInfo, "vaeHash" | "inputChannels">>,
  initImage: ByteImage | null,
  controls: readonly (ControlFacts & ControlIdentity)[] = [],
  mask: Readonly<Record<string, unknown>> | null = null,
  depth: PictureNetworkInfo | null = null,
): RunFacts {
  const flow = flowFacts(settings);
