/** What a run's bits depend on besides its settings: versions, networks, the machine. Gathered, and compared with those of an earlier start. */

import { graphOptimization, type GraphOptimization } from "../models/graph-optimization.ts";
import type { NamedFile } from "../models/lora.ts";
import { BUILT_IN_PREPROCESSORS } from "../settings/controlnet-schema.ts";
import { loraName } from "../settings/lora-schema.ts";
import type { Settings } from "../settings/schema.ts";
import { locateVideoTools } from "../video/locate.ts";
import type { ControlFacts } from "./control-inputs.ts";
import type { OpenedModel } from "./inference-messages.ts";
import { describeGraphics, describeProcessor, type Processor } from "./machine.ts";
import type { RunAddons } from "./run-addons.ts";
import { PIXELS_VERSION, runtimeVersion } from "./run-facts.ts";
import { version } from "./version.ts";

export interface Pins {
  /** Told and not compared: what of a release changes pixels raises `pixels`. */
  readonly animate: string;
  /** Told and not compared. */
  readonly node: string;
  readonly pixels: number;
  readonly onnxruntime: string;
  /** Execution provider: `cpu`, `cuda`. */
  readonly provider: string;
  readonly optimization: GraphOptimization;
  readonly precision: string;
  readonly processor: Processor;
  /** Null where none takes part, or its name is not known. */
  readonly graphics: string | null;
  /** Null where no video is encoded. */
  readonly ffmpeg: { readonly version: string; readonly build: string } | null;
  /** sha256 of each network, LoRA and embedding that decides frames, by what it is and its name in the settings: `model storybook`. */
  readonly networks: Readonly<Record<string, string>>;
}

/** Those of an earlier start; what is not there is not known. */
export type RecordedPins = Partial<Pins>;

/** What pins are gathered from. */
export interface OpenedRun {
  readonly settings: Settings;
  readonly opened: OpenedModel;
  /** In the order of `opened.models`, by their names in the settings. */
  readonly models: readonly NamedFile[];
  readonly addons: RunAddons;
  readonly controls: readonly ControlFacts[];
  /** Methods of flow that are networks, in the order of `opened.flows`. */
  readonly flows: readonly string[];
}

/** The pins of this start. */
export async function gatherPins(run: OpenedRun): Promise<Pins> {
  const { settings, opened } = run;
  const { provider, precision } = opened.info;
  return {
    animate: version,
    node: process.versions.node,
    pixels: PIXELS_VERSION,
    onnxruntime: runtimeVersion,
    provider,
    optimization: graphOptimization({ lowMemory: settings.low_memory }),
    precision,
    processor: await describeProcessor(),
    graphics: provider === "cpu" ? null : await describeGraphics(),
    ffmpeg: await pinFfmpeg(settings),
    networks: nameNetworks(run),
  };
}

/** The ffmpeg that encodes the video of these settings; null for the format `png`. */
export async function pinFfmpeg({ video }: Pick<Settings, "video">): Promise<Pins["ffmpeg"]> {
  if (video.format === "png") return null;
  const { ffmpeg } = await locateVideoTools();
  return { version: ffmpeg.version, build: ffmpeg.build };
}

function nameNetworks({ settings, opened, models, addons, controls, flows }: OpenedRun): Pins["networks"] {
  const { vae, motion, controlnet, mask, loras, embeddings } = settings;
  const depth = `depth network ${motion.depth.model}`;
  const entries: [name: string, hash: string | undefined][] = [
    ...models.map(({ name }, i): [string, string] => [`model ${name}`, opened.models[i]!.hash]),
    [`VAE ${vae}`, opened.info.vaeHash],
    [depth, opened.depth?.hash ?? opened.controls.find((control) => control.depth !== undefined)?.depth],
    ...controlnet.map(({ model }, i): [string, string] => [`ControlNet ${model}`, opened.controls[i]!.model]),
    ...controlnet.map(({ preprocessor }, i): [string, string | undefined] => {
      const isBuiltIn = (BUILT_IN_PREPROCESSORS as readonly string[]).includes(preprocessor);
      return [`preprocessor ${preprocessor}`, isBuiltIn ? undefined : controls[i]!.preprocessor];
    }),
    ...flows.map((method, i): [string, string] => [`flow network ${method}`, opened.flows[i]!.hash]),
    [`network of words ${mask.words_model}`, opened.words?.hash],
    ...addons.loras.map(({ name, sha256 }): [string, string] => {
      return [`LoRA ${loras.find((lora) => loraName(lora.name) === name)?.name ?? name}`, sha256];
    }),
    ...addons.embeddings.map(({ name: word, sha256 }): [string, string] => {
      const listed = embeddings.find((one) => (one.word || loraName(one.name)) === word);
      return [`embedding ${listed?.name ?? word}`, sha256];
    }),
  ];
  return Object.fromEntries(entries.filter((entry) => entry[1] !== undefined)) as Record<string, string>;
}

/** What is another one now, in words: `onnxruntime 1.29.0 → 1.30.0`. */
export interface PinDifferences {
  /** Pins that decide the pixels of frames. */
  readonly frames: readonly string[];
  /** Those that decide the bytes of the video alone. */
  readonly video: readonly string[];
}

/**
 * Compares the pins of an earlier start with those of this one. What either does not know is no difference.
 *
 * @param chosen whether the settings, by their paths, ask for the same as then: another provider is no drift where another device is asked
 *   for, but an edit
 */
export function comparePins(
  before: RecordedPins,
  now: Pins,
  chosen: (setting: "device" | "precision" | "low_memory") => boolean = () => true,
): PinDifferences {
  const sameDevice = chosen("device");
  const usesProcessor = before.provider === now.provider && now.provider === "cpu";
  return {
    frames: [
      ...Object.entries(before.networks ?? {}).flatMap(([name, hash]) =>
        name in now.networks && now.networks[name] !== hash ? [`${name} has other contents`] : [],
      ),
      ...changed("pixels of version", before.pixels, now.pixels),
      ...changed("onnxruntime", before.onnxruntime, now.onnxruntime),
      ...(sameDevice ? changed("provider", before.provider, now.provider) : []),
      ...(chosen("low_memory") ? changed("graph optimization", before.optimization, now.optimization) : []),
      ...(sameDevice && chosen("precision") ? changed("precision", before.precision, now.precision) : []),
      ...changed("platform", before.processor?.platform, now.processor.platform),
      ...(usesProcessor ? compareInstructions(before.processor, now.processor) : []),
      ...changed("graphics card", before.graphics, now.graphics),
    ],
    video: compareFfmpeg(before.ffmpeg, now.ffmpeg),
  };
}

function changed(
  what: string,
  then: string | number | null | undefined,
  today: string | number | null,
): string[] {
  if (then === undefined || then === null || today === null || then === today) return [];
  return [`${what} ${then} → ${today}`];
}

function compareInstructions(before: Processor | undefined, now: Processor): string[] {
  const [then, today] = [before?.instructions, now.instructions];
  // Another platform has other instructions altogether, and is told already.
  if (!then || !today || before?.platform !== now.platform) return [];
  const lost = then.filter((word) => !today.includes(word));
  const gained = today.filter((word) => !then.includes(word));
  return [
    ...(lost.length > 0 ? [`processor without ${lost.join(", ")}`] : []),
    ...(gained.length > 0 ? [`processor with ${gained.join(", ")}`] : []),
  ];
}

function compareFfmpeg(before: RecordedPins["ffmpeg"], now: Pins["ffmpeg"]): string[] {
  if (!before || !now) return [];
  if (before.version !== now.version) return [`ffmpeg ${before.version} → ${now.version}`];
  return before.build === now.build ? [] : [`ffmpeg ${now.version} is another build`];
}
