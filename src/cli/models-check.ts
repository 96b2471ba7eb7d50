/** `animate models check`: what a model is, and whether every part of it runs. */

import { stat } from "node:fs/promises";
import type { CommandModule } from "yargs";
import { ModelError } from "../errors.ts";
import { describeAddon } from "../models/describe-addon.ts";
import { findModel } from "../models/find-model.ts";
import { identifyPictureNetwork } from "../models/find-picture-network.ts";
import { findInLibrary, listLibrary } from "../models/library.ts";
import type { ModelFiles } from "../models/model-files.ts";
import { hashFile } from "../models/model-hash.ts";
import type { DiffusionModel, Family } from "../models/model.ts";
import type { ExportFiles } from "../models/read-export.ts";
import type { UnetConfig } from "../models/unet-config.ts";
import { readVocabulary } from "../models/vocabulary.ts";
import { type ModelFlags, modelOptions } from "./model-options.ts";
import { checkPictureNetwork } from "./models-check-network.ts";
import { checkModelPart, findModelPart } from "./models-check-part.ts";
import { inUnits, printRuns, row } from "./models-check-rows.ts";

interface CheckFlags extends ModelFlags {
  /** As the user calls it. */
  readonly vae: string | undefined;
}

export const modelsCheckCommand: CommandModule<object, CheckFlags> = {
  command: "check <model>",
  describe: "Say what a model, ControlNet, VAE, LoRA or embedding is, and run every network of it once",
  builder: (argv) =>
    modelOptions(argv).option("vae", {
      type: "string",
      requiresArg: true,
      describe: "Check the model with this VAE in place of its own: a name, a .safetensors file or a folder",
    }),
  async handler({ model: nameOrPath, vae: vaeName, device }) {
    if (vaeName !== undefined) {
      await checkModel(nameOrPath, device, await findInLibrary("vae", vaeName, process.cwd()));
      return;
    }
    const beside = await identifyPictureNetwork(nameOrPath, process.cwd());
    if (beside !== undefined) {
      await checkPictureNetwork(beside.kind, beside.path, device);
      return;
    }
    const addon = await findAddonFile(nameOrPath);
    if (addon !== undefined && (await printAddon(addon))) return;
    const part = await findModelPart(nameOrPath);
    await (part === undefined ? checkModel(nameOrPath, device) : checkModelPart(part, device));
  },
};

/** @param vae path of one that stands in for the model's own */
async function checkModel(nameOrPath: string, device: ModelFlags["device"], vae?: string): Promise<void> {
  const path = await findModel(nameOrPath, process.cwd());
  const { runEveryNetwork, smallestSide } = await import("../models/check-model.ts");
  const { files, model } = await readAndOpen(path, device, vae);
  try {
    await printFacts(files);
    await printVocabulary(path);
    row("runs on", model.info.provider);
    const side = smallestSide(files);
    await printRuns(runEveryNetwork(files, model), side);
    console.log("The model can be used.");
  } finally {
    await model.release();
  }
}

/** A single file, or a LoRA or embedding of that name. */
async function findAddonFile(nameOrPath: string): Promise<string | undefined> {
  if (/\.safetensors$/i.test(nameOrPath)) {
    const status = await stat(nameOrPath).catch(() => undefined);
    if (status?.isFile()) return nameOrPath;
  }
  for (const kind of ["lora", "embedding"] as const) {
    const entries = await listLibrary(kind, process.cwd());
    const name = entries.find((entry) => entry.name === nameOrPath)?.name;
    if (name !== undefined) return await findInLibrary(kind, name, process.cwd());
  }
  return undefined;
}

/** Whether the file was a LoRA or an embedding; what it is, is printed. */
async function printAddon(file: string): Promise<boolean> {
  const facts = await describeAddon(file);
  if (facts === undefined) return false;
  row("file", `${file}, ${inUnits((await stat(file)).size)}`);
  for (const [title, text] of facts) row(title, text);
  row("sha256", await hashFile(file));
  return true;
}

/** Loads ONNX Runtime, which listing models does not need. */
async function readAndOpen(
  path: string,
  device: ModelFlags["device"],
  vae: string | undefined,
): Promise<{ files: ModelFiles | ExportFiles; model: DiffusionModel }> {
  const { isExport, readExport } = await import("../models/read-export.ts");
  if (await isExport(path)) {
    const { openExport } = await import("../models/open-export.ts");
    if (vae !== undefined) {
      throw new ModelError("ONNX exports have their VAE built in, and no other can stand in for it", {
        where: path,
        hint: "Leave out --vae, or take the model as .safetensors.",
      });
    }
    const files = await readExport(path);
    return { files, model: await openExport(files, { device }) };
  }
  const { readModel } = await import("../models/read-model.ts");
  const { openNetworks } = await import("../models/open-model.ts");
  const files = await readModel(path, { vae });
  return { files, model: await openNetworks(files, { device }) };
}

const FAMILIES: Readonly<Record<Family, string>> = {
  sd1: "Stable Diffusion 1.x",
  sd2: "Stable Diffusion 2.x",
  sdxl: "Stable Diffusion XL",
  "sdxl-refiner": "Stable Diffusion XL refiner",
};

async function printFacts(files: ModelFiles | ExportFiles): Promise<void> {
  const { name, family, textEncoders, unet, vae, schedule, hash } = files;
  row("model", name);
  row("family", `${FAMILIES[family]}, ${schedule.prediction}${describeInputs(unet.config)}`);
  row("sha256", hash);
  const networks: readonly (readonly [string, PrintedWeights])[] = [
    ...textEncoders.map(
      ({ weights }, i) => [i === 0 ? "text encoder" : `text encoder ${i + 1}`, weights] as const,
    ),
    ["UNet", unet.weights],
    ["VAE", vae.weights],
  ];
  for (const file of new Set(networks.flatMap(([, weights]) => weights.files))) {
    row("file", `${file}, ${inUnits((await stat(file)).size)}`);
  }
  for (const [part, { parameters, types, bytes }] of networks) {
    const format =
      parameters === undefined
        ? `an ONNX export with ${types.join(" and ")}`
        : `${(parameters / 1e6).toFixed(1)} million parameters as ${types.join(" and ")}`;
    row(part, `${format}, ${inUnits(bytes)}`);
  }
}

/** Exports do not say how many parameters they have. */
interface PrintedWeights {
  readonly files: readonly string[];
  readonly bytes: number;
  readonly parameters?: number;
  readonly types: readonly string[];
}

function describeInputs({ inputChannels, guidanceWidth }: UnetConfig): string {
  const channels = { 8: ", edits pictures by instructions (instruct-pix2pix)", 9: ", inpainting" }[
    inputChannels
  ];
  return `${channels ?? ""}${guidanceWidth === null ? "" : ", latent consistency model"}`;
}

/** For models small enough to say which words they know. */
async function printVocabulary(path: string): Promise<void> {
  const vocabulary = await readVocabulary(path);
  if (vocabulary) row("words", `${vocabulary.size}: ${[...vocabulary].join(" ")}`);
}
