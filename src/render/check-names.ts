/** Looks up every model file that the settings name before anything is opened, so that all mistakes in names are told at once, each at its place. */

import { stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { LookupError, ModelError, type SettingsProblem } from "../errors.ts";
import { findModel } from "../models/find-model.ts";
import { findPictureNetwork } from "../models/find-picture-network.ts";
import { findInLibrary } from "../models/library.ts";
import type { LibraryKind } from "../models/library-places.ts";
import type { NamedFile } from "../models/lora.ts";
import { recognizeKind } from "../models/recognize-kind.ts";
import { naturalOrder } from "../natural-order.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { planModels, writtenModels } from "../schedule/model-plan.ts";
import { scheduleContext } from "../schedule/schedule-context.ts";
import { BUILT_IN_PREPROCESSORS } from "../settings/controlnet-schema.ts";
import { loraName } from "../settings/lora-schema.ts";
import type { Settings } from "../settings/schema.ts";
import { type ChosenNetworks, chooseNetworks } from "./choose-networks.ts";
import { type FlowFiles, namedFlows } from "./find-flow.ts";
import { byPath, type Locate } from "./locate.ts";
import { wordFinderPath } from "./word-masks.ts";

export interface CheckedNames {
  /** Folder or file of each model that draws a frame, absolute, by the name in the settings; first the one that draws the first. */
  readonly models: readonly NamedFile[];
  readonly networks: ChosenNetworks;
  /** Where the settings name a VAE: its file or folder, absolute. */
  readonly vae: string | undefined;
  readonly flows: FlowFiles;
  /** Adds the place of the setting that named a file to an error about that file; other errors are given back as they are. */
  readonly addPlace: (error: unknown) => unknown;
}

/** What a setting names. */
interface Name {
  readonly path: readonly string[];
  readonly location: string;
  /** @returns the file or folder, absolute */
  readonly find: () => Promise<string>;
  /** What its content has to be, where another kind of file could stand at the same place. */
  readonly kind?: Exclude<LibraryKind, "model">;
  /** Of a model: its name as written. */
  readonly model?: string;
}

interface FoundFile {
  readonly file: string;
  readonly name: Name;
}

/** Where files of each kind belong. */
const KINDS: Readonly<Record<LibraryKind, { readonly noun: string; readonly hint: string }>> = {
  model: { noun: "a whole model", hint: "name it as `model`" },
  lora: { noun: "a LoRA", hint: "list it under `loras`" },
  embedding: { noun: "an embedding", hint: "list it under `embeddings`" },
  controlnet: { noun: "a ControlNet", hint: "list it under `controlnet`" },
  vae: { noun: "a VAE", hint: "name it as `vae`" },
  network: {
    noun: "a network in an ONNX file",
    hint: "name it as `motion.depth.model`, `video.upscaler` or a method of `flow`",
  },
};

/**
 * @param folder of the schedule, where relative paths start
 * @param locate default: the path of the setting alone
 * @throws LookupError with every name that stands for nothing, or for a file of another kind or a damaged one
 */
export async function checkNames(
  settings: Settings,
  plan: readonly FramePlan[],
  folder: string,
  locate: Locate = byPath,
): Promise<CheckedNames> {
  const problems: SettingsProblem[] = [];
  const files: FoundFile[] = [];
  const report = (
    { path, location }: Pick<Name, "path" | "location">,
    { where, message, hint }: ModelError,
  ) => {
    const text = where === undefined || where === path.join(".") ? message : `${where}: ${message}`;
    problems.push({ location, path: path.join("."), message: text, ...(hint !== undefined && { hint }) });
  };

  for (const name of listNames(settings, plan, folder, locate)) {
    try {
      const file = await name.find();
      files.push({ file, name });
      if (name.kind) await requireKind(name.kind, file);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      report(name, error);
    }
  }
  const models = problems.length > 0 ? [] : drawingModels(settings, plan, files);
  // What belongs to a model by its name has no setting of its own; the error says which setting asked for it.
  const networks =
    models[0] === undefined
      ? undefined
      : await chooseNetworks(settings, models[0].file, folder).catch((error: unknown) => {
          if (!(error instanceof ModelError) || error.where === undefined) throw error;
          const path = error.where.split(".");
          report({ path, location: locate(path) }, error);
          return undefined;
        });
  if (networks === undefined) {
    throw new LookupError(problems.toSorted((a, b) => naturalOrder(a.location, b.location)));
  }
  const vae = fileAt(files, ["vae"]);
  const flows = new Map(namedFlows(settings).map(({ path, method }) => [method, fileAt(files, path)!]));
  return { models, networks, vae, flows, addPlace: (error) => addPlace(error, files) };
}

/** What was found for a setting; undefined when it names nothing. */
function fileAt(files: readonly FoundFile[], path: readonly string[]): string | undefined {
  return files.find(({ name }) => name.path.join(".") === path.join("."))?.file;
}

/** Those that frames of the plan have, in the order in which they first draw. */
function drawingModels(
  { model, ...settings }: Settings,
  plan: readonly FramePlan[],
  files: readonly FoundFile[],
): NamedFile[] {
  const names = planModels(model, scheduleContext(settings));
  const drawing = new Set(plan.map(({ frame }) => names[frame]!));
  return [...drawing].map((name) => ({ name, file: files.find((found) => found.name.model === name)!.file }));
}

function addPlace(error: unknown, files: readonly FoundFile[]): unknown {
  if (!(error instanceof ModelError) || error.where === undefined) return error;
  const { where, message, hint } = error;
  const named = files
    .filter(({ file }) => where === file || where.startsWith(file + sep))
    .toSorted((a, b) => b.file.length - a.file.length)[0];
  if (named === undefined) return error;
  const { path, location } = named.name;
  const text = `${where}: ${message}`;
  return new LookupError(
    [{ location, path: path.join("."), message: text, ...(hint !== undefined && { hint }) }],
    { cause: error },
  );
}

/** @throws ModelError when the file is of another kind, or damaged; what is not recognized is left to whoever opens it */
async function requireKind(kind: Exclude<LibraryKind, "model">, file: string): Promise<void> {
  const found = (await recognizeKind(file))?.kind;
  // A checkpoint has a VAE in it.
  if (found === undefined || found === kind || (kind === "vae" && found === "model")) return;
  const message = `expected ${KINDS[kind].noun}, found ${KINDS[found].noun}`;
  throw new ModelError(message, { where: file, hint: KINDS[found].hint });
}

function listNames(settings: Settings, plan: readonly FramePlan[], folder: string, locate: Locate): Name[] {
  const { vae, embeddings, controlnet } = settings;
  const inLibrary = (kind: Exclude<LibraryKind, "model">, name: string, ...path: readonly string[]): Name => {
    return { path, location: locate(path), find: () => findInLibrary(kind, name, folder), kind };
  };
  return [
    ...listModels(settings, folder, locate),
    ...(vae === null ? [] : [inLibrary("vae", vae, "vae")]),
    ...listLoras(settings, plan, locate).map(({ name, ...place }) => {
      return { ...inLibrary("lora", name), ...place };
    }),
    ...embeddings.map(({ name }, i) => inLibrary("embedding", name, "embeddings", String(i), "name")),
    ...controlnet.map((unit, i) => inLibrary("controlnet", unit.model, "controlnet", String(i), "model")),
    ...listPreprocessors(settings, folder, locate),
    ...listWordFinders(settings, folder, locate),
    ...listPictureNetworks(settings, folder, locate),
    ...listFlowNetworks(settings, folder, locate),
  ];
}

/** Each at its key. */
function listModels({ model }: Settings, folder: string, locate: Locate): Name[] {
  return writtenModels(model).map(({ name, path: below, character }) => {
    const path = ["model", ...below];
    return { path, location: locate(path, character), find: () => findModel(name, folder), model: name };
  });
}

/** Those of the list, and those that only a prompt names. */
function listLoras(
  { loras, prompts, positive_prompt }: Settings,
  plan: readonly FramePlan[],
  locate: Locate,
): (Pick<Name, "path" | "location"> & { readonly name: string })[] {
  return (plan[0]?.loras ?? []).map(({ name }) => {
    const index = loras.findIndex((lora) => loraName(lora.name) === name);
    const path = ["loras", String(index), "name"];
    if (index >= 0) return { name: loras[index]!.name, path, location: locate(path) };
    const tag = `:${name}`;
    const inAll = positive_prompt.indexOf(tag);
    if (inAll >= 0) {
      return { name, path: ["positive_prompt"], location: locate(["positive_prompt"], inAll + 1) };
    }
    const [key, text] = Object.entries(prompts).find(([, words]) => words.includes(tag)) ?? ["0", ""];
    return {
      name,
      path: ["prompts"],
      location: locate(["prompts", key], Math.max(text.indexOf(tag) + 1, 0)),
    };
  });
}

/** Preprocessors that are networks of the user. */
function listPreprocessors({ controlnet }: Settings, folder: string, locate: Locate): Name[] {
  return controlnet.flatMap(({ preprocessor }, i): Name[] => {
    if ((BUILT_IN_PREPROCESSORS as readonly string[]).includes(preprocessor)) return [];
    const path = ["controlnet", String(i), "preprocessor"];
    const file = resolve(folder, preprocessor);
    return [
      {
        path,
        location: locate(path),
        find: () => requireFile(file, preprocessor, "preprocessor", networkOr(BUILT_IN_PREPROCESSORS)),
      },
    ];
  });
}

/** @param given what the setting takes, for the hint */
async function requireFile(file: string, name: string, noun: string, given: string): Promise<string> {
  const status = await stat(file).catch(() => undefined);
  if (status?.isFile()) return file;
  const hint = `Give the path of ${given}.`;
  throw new ModelError(`there is no such ${noun}`, { where: name, hint });
}

function networkOr(words: readonly string[]): string {
  return `an .onnx file, from the schedule's folder, or one of ${words.join(", ")}`;
}

/** Networks for optical flow. */
function listFlowNetworks(settings: Settings, folder: string, locate: Locate): Name[] {
  return namedFlows(settings).map(({ path, method }) => {
    return { path, location: locate(path), find: () => findInLibrary("network", method, folder) };
  });
}

/** What finds the words of masks. */
function listWordFinders(settings: Settings, folder: string, locate: Locate): Name[] {
  const file = wordFinderPath(settings, folder);
  if (file === null) return [];
  const path = ["mask", "words_model"];
  const given = "an ONNX export of CLIPSeg, from the schedule's folder";
  const find = () => requireFile(file, settings.mask.words_model!, "network", given);
  return [{ path, location: locate(path), find }];
}

/** Depth network and upscaler, where a render needs them and they have names. */
function listPictureNetworks(
  { mode, motion, video, thumbnails, controlnet }: Settings,
  folder: string,
  locate: Locate,
): Name[] {
  const named = (kind: "depth" | "upscaler", name: string, ...path: readonly string[]): Name => {
    return { path, location: locate(path), find: () => findPictureNetwork(kind, name, folder) };
  };
  const { model } = motion.depth;
  const isDeep = mode === "3d" || controlnet.some(({ preprocessor }) => preprocessor === "depth");
  const isEnlarged = video.upscale > 1 || (thumbnails.upscale && thumbnails.count > 0);
  return [
    ...(isDeep && model !== "auto" && model !== "plane"
      ? [named("depth", model, "motion", "depth", "model")]
      : []),
    ...(isEnlarged && video.upscaler !== "auto"
      ? [named("upscaler", video.upscaler, "video", "upscaler")]
      : []),
  ];
}
