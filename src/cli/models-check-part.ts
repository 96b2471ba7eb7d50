/** `animate models check` for what stands beside a model or in for a part of it: ControlNets and VAEs. */

import { stat } from "node:fs/promises";
import { findInLibrary, listLibrary } from "../models/library.ts";
import { familyOfWidth } from "../models/lora-family.ts";
import type { Device } from "../models/device.ts";
import { recognizeKind } from "../models/recognize-kind.ts";
import type { Weights } from "../models/weights.ts";
import { inUnits, printRuns, row } from "./models-check-rows.ts";

const KINDS = ["controlnet", "vae"] as const;

export interface ModelPart {
  readonly kind: (typeof KINDS)[number];
  /** Folder or file. */
  readonly path: string;
}

/**
 * A ControlNet or VAE by its path, or by its name in the library.
 *
 * @returns undefined when it is neither
 * @throws ModelError when a file is damaged, or a name fits two files
 */
export async function findModelPart(nameOrPath: string): Promise<ModelPart | undefined> {
  const status = await stat(nameOrPath).catch(() => undefined);
  if (status && (status.isDirectory() || /\.safetensors$/i.test(nameOrPath))) {
    const recognized = (await recognizeKind(nameOrPath))?.kind;
    const kind = KINDS.find((candidate) => candidate === recognized);
    return kind && { kind, path: nameOrPath };
  }
  for (const kind of KINDS) {
    const entries = await listLibrary(kind, process.cwd());
    if (!entries.some(({ name }) => name === nameOrPath)) continue;
    return { kind, path: await findInLibrary(kind, nameOrPath, process.cwd()) };
  }
  return undefined;
}

/**
 * Says what it is and runs it once.
 *
 * @throws ModelError that names the first thing that is missing, unknown or of another shape
 */
export async function checkModelPart({ kind, path }: ModelPart, device: Device): Promise<void> {
  await (kind === "controlnet" ? checkControlNet(path, device) : checkVae(path, device));
}

async function checkControlNet(path: string, device: Device): Promise<void> {
  // Loads ONNX Runtime, which listing models does not need.
  const { readControlNet } = await import("../models/read-controlnet.ts");
  const { openControlNetFiles } = await import("../models/open-controlnet.ts");
  const { runControlNet } = await import("../models/check-model.ts");
  const { pictureFactor } = await import("../models/controlnet-config.ts");
  const files = await readControlNet(path);
  const { name, config, weights, hash } = files;
  row("ControlNet", name);
  row("family", `${familyOfWidth(config.unet.textWidth)}: fits its models`);
  row("sha256", hash);
  await printWeights(weights);
  const side = pictureFactor(config) * 2 ** (config.unet.blocks.length - 1);
  const network = await openControlNetFiles(files, { device });
  try {
    await printRuns(runControlNet(files, network, side), side);
  } finally {
    await network.release();
  }
  console.log("The ControlNet can be used.");
}

async function checkVae(path: string, device: Device): Promise<void> {
  const { hashVae, readVae } = await import("../models/read-vae.ts");
  const { isTiny } = await import("../models/autoencoder.ts");
  const { vaeFactor } = await import("../models/vae-config.ts");
  const { openVae } = await import("../models/open-vae.ts");
  const { runBothWays } = await import("../models/check-model.ts");
  const { selectProvider } = await import("../models/select-provider.ts");
  const { openSession } = await import("../models/session.ts");
  const { weightsFolder } = await import("../models/onnx-graph.ts");
  // The family decides the scale of latents only, which the model that it is used with tells.
  const files = await readVae(path, "sd1");
  const { config, weights } = files;
  const factor = vaeFactor(config);
  row(
    "VAE",
    isTiny(config) ? "tiny (TAESD)" : "of Stable Diffusion 1.x, 2.x or XL; its tensors do not tell which",
  );
  row("latents", `${config.latentChannels} channels, a cell for ${factor}×${factor} pixels`);
  row("sha256", await hashVae(files));
  await printWeights(weights);
  const side = factor * 2;
  const provider = await selectProvider(device);
  const vae = openVae(files, (part, graph, weightsPath) =>
    openSession(part, graph, weightsFolder(weightsPath), { provider }),
  );
  try {
    await printRuns(runBothWays(weights.file, vae, side), side);
  } finally {
    await vae.release();
  }
  console.log("The VAE can be used: `vae` in a schedule, or --vae here with a model.");
}

async function printWeights({ files, parameters, types, bytes }: Weights): Promise<void> {
  for (const file of files) row("file", `${file}, ${inUnits((await stat(file)).size)}`);
  row(
    "weights",
    `${(parameters / 1e6).toFixed(1)} million parameters as ${types.join(" and ")}, ${inUnits(bytes)}`,
  );
}
