/** What is decided before the first picture: which there are, what each is drawn with, and the networks. */

import { resolve } from "node:path";
import { FileError, SettingsError } from "../errors.ts";
import { requireFlowSampler } from "../diffusion/samplers/flow-samplers.ts";
import type { ModelInfo } from "../models/model.ts";
import { chainHashes, sha256 } from "../render/chain.ts";
import { checkNames } from "../render/check-names.ts";
import { openControlInputs } from "../render/control-inputs.ts";
import { inferenceSettings } from "../render/prepare.ts";
import type { MaskSettings } from "../render/inference-messages.ts";
import { type Inference, startInference } from "../render/inference-process.ts";
import { placeOf } from "../render/locate.ts";
import { recordedSeed } from "../render/manifest.ts";
import { findAddons, identifyAddons, type RunAddons } from "../render/run-addons.ts";
import { runFacts } from "../render/run-facts.ts";
import { runModels } from "../render/run-models.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { drawSeed } from "../settings/draw-seed.ts";
import type { Settings } from "../settings/schema.ts";
import type { PictureSize } from "../tensor/picture-file.ts";
import { readCaptions } from "./folder-captions.ts";
import type { FolderPicture, PictureFailure } from "./folder-picture.ts";
import type { FolderRequest } from "./folder-request.ts";
import { listPictures } from "./list-pictures.ts";
import { outputNames } from "./output-names.ts";
import { asSinglePictures, CAPTION, type PicturePlans, planPictures } from "./picture-plan.ts";
import { wordsOf } from "./region.ts";

/** A picture that is going to be drawn. */
export interface FolderTask extends FolderPicture {
  /** File of its result, from the folder of results. */
  readonly output: string;
  /** Null where the prompt asks for none, or a network has to say it. */
  readonly caption: string | null;
}

export interface PreparedFolder {
  /** As single pictures need them, with the seed drawn. */
  readonly settings: Settings;
  readonly tasks: readonly FolderTask[];
  /** What is known to fail. */
  readonly failed: readonly PictureFailure[];
  readonly plans: PicturePlans;
  readonly addons: RunAddons;
  readonly model: ModelInfo;
  /** Whoever has the folder closes it. */
  readonly inference: Inference;
  /**
   * Hash of everything that decides a result.
   * @param read hashes of the files that it is made from
   */
  hashOf(plan: FramePlan, size: PictureSize, read: readonly string[]): string;
}

/** @throws AnimateError of any kind; mistakes come ahead of the long work, and the inference process is ended */
export async function prepareFolder(request: FolderRequest): Promise<PreparedFolder> {
  const { folder, out, recursive, settingsFolder, locate, part, captioner, output, force, onEvent } = request;
  requireOwnControls(request);
  const listed = await listPictures(folder, { recursive, except: out });
  if (listed.pictures.length === 0 && listed.refused.length === 0) {
    throw new FileError("there are no pictures (PNG, JPEG, WebP) in the folder", {
      where: folder,
      hint: recursive
        ? "give the folder that they are in"
        : "with --recursive those in folders within it count",
    });
  }
  const seed = force ? undefined : await recordedSeed(out);
  const asked = drawSeed(request.settings, seed === undefined ? undefined : () => seed);
  const first = planPictures(asSinglePictures(asked), request.seedPerPicture);
  if (captioner !== null && !first.template.includes(CAPTION)) {
    const message = `expected ${CAPTION} in the prompt, where its words are to stand; found none`;
    const hint = `such as --prompt "an oil painting of ${CAPTION}"; or leave --captioner away`;
    throw new SettingsError([{ location: "--captioner", path: "", message, hint }]);
  }
  const names = await checkNames(asSinglePictures(asked), [first.common], settingsFolder, locate);
  const { captions, failed } = await readCaptions(listed.pictures, first.template, captioner !== null);
  const outputs = outputNames(
    listed.pictures.map(({ name }) => name),
    `.${output.format}`,
  );
  const tasks = listed.pictures.flatMap((picture, index): FolderTask[] => {
    const caption = captions.get(picture.name);
    return caption === undefined ? [] : [{ ...picture, output: outputs[index]!, caption }];
  });
  const addons = await findAddons(asked, withCaptions(first, tasks), settingsFolder);
  const controls = await openControlInputs(asSinglePictures(asked), settingsFolder, out, locate);

  onEvent({ type: "loading", model: names.models[0]!.name });
  const inference = await startInference(
    {
      ...inferenceSettings(asked),
      models: names.models,
      ...names.networks,
      loras: addons.loras,
      embeddings: addons.embeddings,
      ...(names.vae !== undefined && { vae: names.vae }),
      controlnets: controls.networks,
      words: wordFinderOf(request),
      ...(part?.region.kind === "network" && { subject: part.region.path }),
      ...(captioner !== null && { captioner }),
      mask: part && maskSettings(asked),
    },
    { onRenewal: (message) => onEvent({ type: "warning", message }) },
  ).catch((error: unknown) => {
    throw names.addPlace(error);
  });
  try {
    const model = inference.info;
    const edits = model.inputChannels === 8 && !request.givesStrength;
    const settings = asSinglePictures(edits ? { ...asked, strength: 0 } : asked);
    const plans = planPictures(settings, request.seedPerPicture);
    if (model.prediction === "flow")
      requireFlowSampler(plans.common, (path) => placeOf(locate, path.split(".")));
    const models = runModels(names.models, inference.models);
    return {
      settings,
      tasks,
      failed: [...listed.refused, ...failed],
      plans,
      addons,
      model,
      inference,
      hashOf(plan, size, read) {
        const facts = runFacts({ ...settings, size }, [plan], {
          model,
          controls: controls.facts.map((fact, i) => ({ ...fact, ...inference.controls[i]! })),
          mask: part && {
            ...maskSettings(settings),
            ...part,
            region: part.region.kind,
            invert: asked.mask.invert,
          },
          words: inference.words ?? inference.subject,
        });
        const identified = models.identify(identifyAddons([plan], addons));
        const [chain] = chainHashes(facts, identified, [read]);
        return sha256(`${chain} ${JSON.stringify(output)}`);
      },
    };
  } catch (error) {
    await inference.close();
    throw error;
  }
}

/** What is kept is put back at the size of the result. */
function maskSettings({ mask }: Settings): MaskSettings {
  const { fill, only_masked: onlyMasked, padding } = mask;
  return { fill, onlyMaskedPadding: onlyMasked ? padding : null, putsBack: false };
}

/** Plans with all texts that pictures may have, for the words of embeddings in them. */
function withCaptions({ common, template }: PicturePlans, tasks: readonly FolderTask[]): FramePlan[] {
  const texts = tasks.flatMap(({ caption }) => caption ?? []);
  return [
    common,
    ...texts.map((text) => ({
      ...common,
      prompts: [{ text: template.replaceAll(CAPTION, () => text), weight: 1 }],
    })),
  ];
}

/** @throws SettingsError when words are to be found, and nothing finds them */
function wordFinderOf({ settings, settingsFolder, part }: FolderRequest): string | null {
  if (wordsOf(part && part.region).length === 0) return null;
  const { words_model: path } = settings.mask;
  if (path !== null) return resolve(settingsFolder, path);
  const message = "expected a network that finds words in pictures, found none";
  const hint = "give an ONNX export of CLIPSeg with --words-model";
  throw new SettingsError([{ location: "--words-model", path: "", message, hint }]);
}

/** @throws SettingsError for ControlNets that look at other pictures than the one that is drawn */
function requireOwnControls({ settings, locate }: FolderRequest): void {
  const problems = settings.controlnet.flatMap(({ input }, index) => {
    if (input === "previous") return [];
    const path = ["controlnet", String(index), "input"];
    const message = "expected previous for a folder of pictures, found a path";
    const hint = "each ControlNet is shown the picture that is drawn over; leave input out";
    return [{ location: locate(path), path: path.join("."), message, hint }];
  });
  if (problems.length > 0) throw new SettingsError(problems);
}
