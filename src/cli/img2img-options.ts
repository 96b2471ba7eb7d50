/** The options of `animate img2img`, and what they say: settings, the part that is drawn, and the form of the results. */

import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { Argv } from "yargs";
import { SettingsError } from "../errors.ts";
import type { FolderPart, FolderRequest } from "../picture-folder/folder-request.ts";
import { CAPTION } from "../picture-folder/picture-plan.ts";
import { readRegion } from "../picture-folder/region.ts";
import type { OutputFormat, OutputOptions } from "../picture-folder/result-picture.ts";
import type { Color } from "../picture-folder/source-picture.ts";
import { loadTree, readTree, type SettingsSource, type SettingsTree } from "../settings/load.ts";
import { type Override, readSetFlag } from "../settings/overrides.ts";
import { readScheduleText } from "../settings/schedule-text.ts";
import type { Settings } from "../settings/schema.ts";
import { describeSetting, type FlagName, flagName, override } from "./schedule-options.ts";

/** Settings with a flag of their own; all others are reached by `--set path=value`. */
const NAMED_FLAGS = [
  "model",
  "size",
  "strength",
  "seed",
  "steps",
  "sampler",
  "guidance_scale",
  "image_guidance_scale",
  "negative_prompt",
  "device",
  "precision",
  "threads",
] as const;

type NamedFlag = (typeof NAMED_FLAGS)[number];

const HELP: Partial<Record<NamedFlag, string>> = {
  size: "Size at which the model draws; of other shapes than this, pictures get one of the same area (default 256x256)",
  strength: "How much of each picture is kept, 0 to 1; denoising is 1 − strength (default 0.65)",
};

/** Single pictures have no grain that a feedback loop would wear away, and no frames. */
const WITHOUT_SETTINGS: SettingsSource = { file: "img2img", text: "frames: 1\nnoise: { multiplier: 1 }\n" };

export type Img2imgFlags = {
  readonly folder: string;
  readonly prompt: string | undefined;
  readonly captioner: string | undefined;
  readonly settings: string | undefined;
  readonly set: readonly string[] | undefined;
  readonly lora: readonly string[] | undefined;
  readonly lowMemory: boolean | undefined;
  readonly seedPerPicture: boolean;
  readonly mask: string | undefined;
  readonly background: string | undefined;
  readonly subject: string | undefined;
  readonly wordsModel: string | undefined;
  readonly feather: string | undefined;
  readonly out: string | undefined;
  readonly recursive: boolean;
  readonly outputSize: OutputOptions["size"];
  readonly format: OutputFormat;
  readonly quality: string;
  readonly alpha: "keep" | "drop" | undefined;
  readonly matte: string;
  readonly force: boolean;
} & { readonly [Flag in NamedFlag as FlagName<Flag>]: string | undefined };

export function img2imgOptions<Flags>(argv: Argv<Flags>): Argv<Flags & Img2imgFlags> {
  const start = argv
    .positional("folder", {
      type: "string",
      demandOption: true,
      describe: "Folder of PNG, JPEG and WebP pictures",
    })
    .option("prompt", {
      type: "string",
      alias: "p",
      describe: `What to make of the pictures; ${CAPTION} is the text of name.txt beside name.png (default: ${CAPTION})`,
    })
    .option("captioner", {
      type: "string",
      describe:
        "Folder of an ONNX export of BLIP or vit-gpt2-image-captioning, for pictures without a text file",
    })
    .option("settings", {
      type: "string",
      alias: "s",
      describe: "Schedule file whose settings hold, with their values at frame 0; flags stand above it",
    })
    .option("out", {
      type: "string",
      alias: "o",
      describe: "Folder of results (default: renders/<folder>-img2img)",
    })
    .option("recursive", {
      type: "boolean",
      alias: "r",
      default: false,
      describe: "Also folders in the folder",
    })
    .option("force", {
      type: "boolean",
      default: false,
      describe: "Make every picture again, and replace files of the same names",
    }) as Argv;
  const settings = NAMED_FLAGS.reduce(
    (options, flag) =>
      options.option(flagName(flag), {
        type: "string",
        describe: HELP[flag] ?? describeSetting(flag),
        group: "Settings:",
      }),
    start,
  )
    .option("seed-per-picture", {
      type: "boolean",
      default: false,
      describe: "Give each picture a seed of its own, made of --seed and its name",
      group: "Settings:",
    })
    .option("lora", {
      type: "string",
      array: true,
      nargs: 1,
      describe: "A LoRA, or name:weight; in place of those of the settings file",
      group: "Settings:",
    })
    .option("low-memory", { type: "boolean", describe: "Little memory, more time", group: "Settings:" })
    .option("set", {
      type: "string",
      array: true,
      nargs: 1,
      describe: "Any setting by its path, such as --set mask.fill=noise",
      group: "Settings:",
    });
  return partOptions(outputOptions(settings)) as unknown as Argv<Flags & Img2imgFlags>;
}

function partOptions(argv: Argv): Argv {
  const group = "Part of the picture:";
  const forms =
    'alpha, a picture, a folder of pictures of the same names, words such as "<the sky>", or an .onnx network';
  return argv
    .option("mask", { type: "string", describe: `Draw only here: ${forms}`, group })
    .option("background", {
      type: "string",
      describe: "Prompt of a new background; the subject stays as it is",
      conflicts: ["mask", "prompt"],
      group,
    })
    .option("subject", { type: "string", describe: `Where the subject is (default: alpha): ${forms}`, group })
    .option("words-model", { type: "string", describe: "ONNX export of CLIPSeg, for words", group })
    .option("feather", {
      type: "string",
      describe: "Softness of the borders, pixels of the drawn size (default: mask.blur, 4; with alpha 0)",
      group,
    });
}

function outputOptions(argv: Argv): Argv {
  const group = "Results:";
  return argv
    .option("output-size", {
      choices: ["own", "working"] as const,
      default: "own",
      describe: "own: the size of the picture; working: as the model drew it",
      group,
    })
    .option("format", {
      choices: ["png", "jpg", "webp"] as const,
      default: "png",
      describe: "Kind of files",
      group,
    })
    .option("quality", { type: "string", default: "92", describe: "Of JPEG and WebP, 1 to 100", group })
    .option("alpha", {
      choices: ["keep", "drop"] as const,
      describe: "Whether results are transparent where pictures are (default: keep, but for JPEG)",
      group,
    })
    .option("matte", {
      type: "string",
      default: "#ffffff",
      describe: "Color behind transparent parts: for the model, and with --alpha drop",
      group,
    });
}

/** @throws SettingsError with every mistake of the settings, or the first one of the rest; FileError for a file that cannot be read */
export async function readImg2imgFlags(
  flags: Img2imgFlags,
): Promise<Omit<FolderRequest, "stop" | "onEvent">> {
  const folder = resolve(flags.folder);
  const out = resolve(flags.out ?? `renders/${basename(folder)}-img2img`);
  if (out === folder) {
    throw flagError(
      "--out",
      "expected another folder than that of the pictures",
      "results keep the pictures' names",
    );
  }
  if (flags.subject !== undefined && flags.background === undefined) {
    throw flagError("--subject", "expected --background with it", "a part to draw in is given with --mask");
  }
  const source = await readSource(flags.settings);
  const written = new Set(Object.keys(source.tree.value ?? {}));
  const { settings, locate } = loadTree(source, overrides(flags, written));
  return {
    folder,
    out,
    recursive: flags.recursive,
    settings,
    settingsFolder: flags.settings === undefined ? process.cwd() : dirname(resolve(flags.settings)),
    locate,
    givesStrength: flags.strength !== undefined || written.has("strength") || flags.background !== undefined,
    seedPerPicture: flags.seedPerPicture,
    captioner: flags.captioner === undefined ? null : resolve(flags.captioner),
    part: await readPart(flags, settings),
    output: readOutput(flags),
    force: flags.force,
  };
}

/** The settings file, or what holds without one. */
async function readSource(file: string | undefined): Promise<SettingsTree> {
  return readTree(file === undefined ? WITHOUT_SETTINGS : { file, text: await readScheduleText(file) });
}

function overrides(flags: Img2imgFlags, written: ReadonlySet<string>): Override[] {
  const { background, prompt = background ?? (written.has("prompts") ? undefined : CAPTION) } = flags;
  const promptFlag = background === undefined ? "--prompt" : "--background";
  const drawsBackground = background !== undefined;
  return [
    ...(prompt === undefined ? [] : [{ path: "prompts", value: prompt, location: promptFlag }]),
    // Nothing of the old background shall be left.
    ...(drawsBackground && flags.strength === undefined ? [fixed("strength", 0)] : []),
    ...(drawsBackground ? [fixed("mask.fill", "nothing")] : []),
    ...NAMED_FLAGS.flatMap((flag) => override(flag, flagName(flag), flags[flagName(flag)])),
    ...override("low_memory", "low-memory", flags.lowMemory?.toString()),
    ...override("mask.words_model", "words-model", flags.wordsModel && resolve(flags.wordsModel)),
    ...override("mask.blur", "feather", flags.feather),
    ...(flags.lora ? [{ path: "loras", value: flags.lora.map(readLora), location: "--lora" }] : []),
    ...(flags.set ?? []).map(readSetFlag),
  ];
}

/** What follows from a new background. */
function fixed(path: string, value: unknown): Override {
  return { path, value, location: "--background" };
}

/** `name`, `name:0.8`, or a path with either, which starts at the working directory. */
function readLora(text: string): { name: string; weight: number } {
  const [, name = text, weight = "1"] = /^(.+):([-+]?(?:\d+\.?\d*|\.\d+))$/.exec(text) ?? [];
  return { name: existsSync(name) ? resolve(name) : name, weight: Number(weight) };
}

async function readPart(flags: Img2imgFlags, { mask }: Settings): Promise<FolderPart | null> {
  const { background, subject = "alpha", feather } = flags;
  if (background === undefined && flags.mask === undefined) {
    if (mask.file === null && mask.schedule === null) return null;
    throw flagError(
      "--settings",
      "expected the mask of pictures as --mask, found mask.file or mask.schedule",
      "a picture, a folder or words, as there",
    );
  }
  const region = await (background === undefined
    ? readRegion(flags.mask!, "--mask")
    : readRegion(subject, "--subject"));
  // Transparency has soft borders of its own.
  const blur = region.kind === "alpha" && feather === undefined ? 0 : mask.blur;
  return { region, keeps: background !== undefined, blur };
}

function readOutput({
  outputSize: size,
  format,
  quality,
  alpha,
  matte,
  background,
}: Img2imgFlags): OutputOptions {
  const level = Number(quality);
  if (!Number.isInteger(level) || level < 1 || level > 100) {
    throw flagError("--quality", `expected a whole number from 1 to 100, found ${quality}`);
  }
  if (alpha === "keep" && format === "jpg") {
    throw flagError("--alpha", "expected --format png or webp with keep; JPEG has no transparency");
  }
  const keepsAlpha = background === undefined && format !== "jpg" && alpha !== "drop";
  return { format, quality: level, size, keepsAlpha, matte: readColor(matte) };
}

function readColor(text: string): Color {
  const [, red, green, blue] = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text) ?? [];
  if (red === undefined || green === undefined || blue === undefined) {
    throw flagError("--matte", `expected a color such as #ffffff, found ${text}`);
  }
  return [Number.parseInt(red, 16), Number.parseInt(green, 16), Number.parseInt(blue, 16)];
}

function flagError(location: string, message: string, hint?: string): SettingsError {
  return new SettingsError([{ location, path: "", message, ...(hint !== undefined && { hint }) }]);
}
