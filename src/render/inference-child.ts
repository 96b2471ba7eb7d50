/**
 * The inference process: holds the model and paints one picture per request. ONNX Runtime blocks its thread while it works and can take
 * the whole process down with it, so it lives here, apart from the terminal, the files and the plan.
 */

import { cellFreedom } from "../diffusion/holes.ts";
import { type ImageRequest, renderImage } from "../diffusion/img2img.ts";
import { renderMasked } from "../diffusion/inpaint.ts";
import { type Captioner, openCaptioner } from "../models/captioner.ts";
import { openModel } from "../models/open-model.ts";
import { openOnnxFlow } from "../models/onnx-flow.ts";
import { openDepthNetwork, openUpscaler } from "../models/open-picture-network.ts";
import type { DepthNetwork, FlowNetwork, Upscaler } from "../models/picture-networks.ts";
import { openSubjectFinder, type SubjectFinder } from "../models/subject-finder.ts";
import { openWordFinder, type WordFinder } from "../models/word-finder.ts";
import { endWithParent } from "../processes/end-with-parent.ts";
import {
  type FromInference,
  type InferenceSettings,
  type ToInference,
  toErrorMessage,
} from "./inference-messages.ts";
import { type ModelPool, openModelPool } from "./model-pool.ts";
import { type Controls, openControls } from "./open-controls.ts";

endWithParent();

interface Opened {
  readonly settings: InferenceSettings;
  readonly models: ModelPool;
  readonly controls: Controls;
  readonly depth: DepthNetwork | null;
  /** For ControlNets; the same where the same is asked for. */
  readonly controlDepth: DepthNetwork | null;
  readonly upscaler: Upscaler | null;
  readonly flows: readonly FlowNetwork[];
  readonly words: WordFinder | null;
  readonly subject: SubjectFinder | null;
  readonly captioner: Captioner | null;
}

let opened: Opened | undefined;

process.on("message", (message: ToInference) => {
  answer(message).catch((error: unknown) => send({ type: "failed", error: toErrorMessage(error) }));
});

async function answer(message: ToInference): Promise<void> {
  switch (message.type) {
    case "open": {
      const { settings } = message;
      const { depth: depthPath, controlDepth: asked, upscaler: upscalerPath } = settings;
      const models = await openModelPool(settings.models, settings.loadedModels, (path) =>
        openModel(path, settings),
      );
      const depth = depthPath === null ? null : await openDepthNetwork(depthPath, settings);
      const isShared = asked === null || asked.path === depthPath;
      const controlDepth = isShared ? depth : await openDepthNetwork(asked.path, settings);
      const controls = await openControls(await models.use(undefined), settings, controlDepth);
      const upscaler = upscalerPath === null ? null : await openUpscaler(upscalerPath, settings);
      const flows: FlowNetwork[] = [];
      for (const path of settings.flows ?? []) flows.push(await openOnnxFlow(path, settings, settings));
      const words = settings.words === null ? null : await openWordFinder(settings.words, settings);
      const subject = settings.subject ? await openSubjectFinder(settings.subject, settings) : null;
      const captioner = settings.captioner ? await openCaptioner(settings.captioner, settings) : null;
      opened = {
        settings,
        models,
        controls,
        depth,
        controlDepth,
        upscaler,
        flows,
        words,
        subject,
        captioner,
      };
      send({
        type: "ready",
        info: models.infos[0]!,
        models: models.infos,
        controls: controls.identities,
        depth: depth && depth.info,
        upscaler: upscaler && upscaler.info,
        flows: flows.map(({ info }) => info),
        words: words && words.info,
        subject: subject && subject.info,
        captioner: captioner && captioner.info,
      });
      return;
    }
    case "depth": {
      if (!opened?.depth) throw new Error("depth without a depth network");
      send({ type: "depth", map: await opened.depth.estimate(message.picture) });
      return;
    }
    case "enlarge": {
      if (!opened?.upscaler) throw new Error("enlarge without an upscaler");
      send({ type: "enlarged", picture: await opened.upscaler.enlarge(message.picture) });
      return;
    }
    case "flow": {
      const { network, previous, next } = message;
      send({ type: "flow", flow: await opened!.flows[network]!.estimate(previous, next) });
      return;
    }
    case "words": {
      if (!opened?.words) throw new Error("words without a network that finds them");
      send({ type: "words", likely: await opened.words.find(message.picture, message.words) });
      return;
    }
    case "subject": {
      if (!opened?.subject) throw new Error("subject without a network that finds it");
      send({ type: "subject", likely: await opened.subject.find(message.picture) });
      return;
    }
    case "caption": {
      if (!opened?.captioner) throw new Error("caption without a network that writes it");
      send({ type: "caption", text: await opened.captioner.describe(message.picture) });
      return;
    }
    case "paint": {
      if (!opened) throw new Error("paint before open");
      const { models, controls, settings } = opened;
      const { plan, init, holes, size } = message;
      const { width, height } = size;
      const model = await models.use(plan.model);
      const start = init && { width, height, data: init };
      const request: ImageRequest = {
        image: start,
        width,
        height,
        prompts: plan.prompts,
        negativePrompt: plan.negativePrompt,
        sampler: plan.sampler,
        sampling: plan.sampling,
        steps: plan.steps,
        strength: plan.strength,
        guidanceScale: plan.guidance_scale,
        guidanceRescale: plan.guidance_rescale,
        seed: plan.seed,
        noiseMultiplier: plan.noise.multiplier,
        clipSkip: plan.clip_skip,
        imageGuidanceScale: plan.image_guidance_scale,
        variation: { seed: plan.subseed ?? 0, strength: plan.subseed_strength ?? 0 },
        noiseSize: settings.noiseSize,
        controls: await controls.unitsAt(plan, message.controls, start),
        loras: plan.loras?.map(({ name, weight, text_weight }) => ({
          name,
          weight,
          textWeight: text_weight,
        })),
        freedom: holes ? cellFreedom(holes, width, height, model.info.vaeFactor) : undefined,
        onEvaluation: (step: number, steps: number) => send({ type: "step", step, steps }),
      };
      const mask = message.mask && settings.mask && { width, height, data: message.mask };
      const { image, seconds } =
        start && mask
          ? await renderMasked(model, { ...request, image: start }, { ...settings.mask, mask })
          : await renderImage(model, request);
      send({ type: "painted", picture: image.data, seconds });
      return;
    }
    case "close":
      await opened?.controls.release();
      await Promise.all(opened?.flows.map((flow) => flow.release()) ?? []);
      await Promise.all([opened?.models.release(), opened?.depth?.release(), opened?.upscaler?.release()]);
      await Promise.all([opened?.words?.release(), opened?.subject?.release(), opened?.captioner?.release()]);
      if (opened?.controlDepth !== opened?.depth) await opened?.controlDepth?.release();
      process.disconnect();
  }
}

function send(message: FromInference): void {
  process.send?.(message);
}
