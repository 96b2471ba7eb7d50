/** `animate memorized`: whether a model has learned the picture of a prompt by heart. */

import { resolve } from "node:path";
import type { CommandModule } from "yargs";
import { SettingsError } from "../errors.ts";
import { readRunSettings } from "../footage/run-footage.ts";
import {
  comparePull,
  ORDINARY_PROMPTS,
  type PulledPrompt,
  type PullScale,
  scaleOf,
} from "../memorization/compare-pulls.ts";
import { DEVICES, type Device } from "../models/device.ts";
import { findModel } from "../models/find-model.ts";
import type { DiffusionModel } from "../models/model.ts";
import { printable, printableJson } from "../printable.ts";

interface MemorizedFlags {
  readonly run: string | undefined;
  readonly prompt: readonly string[];
  readonly model: string | undefined;
  readonly seeds: string;
  readonly size: string | undefined;
  readonly device: Device;
  readonly json: boolean;
}

export const memorizedCommand: CommandModule<object, MemorizedFlags> = {
  command: "memorized [run]",
  describe: "Tell whether a model has learned the picture of a prompt by heart",
  builder: (argv) =>
    argv
      .positional("run", {
        type: "string",
        describe: "The folder of a run: its prompts, with its model and size",
      })
      .option("prompt", {
        type: "string",
        array: true,
        nargs: 1,
        default: [],
        alias: "p",
        describe: "A prompt to check; may be given several times",
      })
      .option("model", {
        type: "string",
        requiresArg: true,
        describe: "The model (default: storybook, or the run's)",
      })
      .option("seeds", {
        type: "string",
        default: "4",
        describe: "Network evaluations for each prompt, 1 to 64",
      })
      .option("size", { type: "string", requiresArg: true, describe: "WxH (default: 512x512, or the run's)" })
      .option("device", {
        choices: DEVICES,
        default: "auto" as const,
        describe: "Where the model runs; auto takes CUDA when it can be used",
      })
      .option("json", { type: "boolean", default: false, describe: "As JSON" })
      .example('$0 memorized --prompt "a famous painting" --model photo.safetensors', "one prompt")
      .example("$0 memorized renders/superman", "the prompts of a run"),
  handler: checkPrompts,
};

interface Question {
  readonly prompts: readonly string[];
  readonly model: string;
  readonly width: number;
  readonly height: number;
  readonly seeds: readonly number[];
}

async function checkPrompts(flags: MemorizedFlags): Promise<void> {
  const question = await readQuestion(flags);
  const path = await findModel(question.model, process.cwd());
  const { openModel } = await import("../models/open-model.ts");
  const model = await openModel(path, { device: flags.device });
  try {
    const { vaeFactor } = model.info;
    for (const side of [question.width, question.height]) {
      if (side % vaeFactor !== 0)
        throw mistake("--size", `expected multiples of ${vaeFactor}, found ${side}`);
    }
    const scale = scaleOf(await pulls(model, question, ORDINARY_PROMPTS));
    const measured = await pulls(model, question, question.prompts);
    const prompts = question.prompts.map((prompt, index) => comparePull(prompt, measured[index]!, scale));
    if (flags.json)
      console.log(
        printableJson(JSON.stringify({ ...question, model: model.info.name, scale, prompts }, null, 2)),
      );
    else for (const line of report(model.info.name, scale, prompts)) console.log(printable(line));
  } finally {
    await model.release();
  }
}

async function pulls(
  model: DiffusionModel,
  question: Question,
  prompts: readonly string[],
): Promise<number[]> {
  const { measureTextPull } = await import("../diffusion/text-pull.ts");
  const measured: number[] = [];
  for (const prompt of prompts) measured.push(await measureTextPull(model, { ...question, prompt }));
  return measured;
}

function report(
  name: string,
  { count, mean, deviation, largest }: PullScale,
  prompts: readonly PulledPrompt[],
) {
  return [
    `${name}: ${count} ordinary prompts pull by ${mean.toFixed(4)} ± ${deviation.toFixed(4)}, ${largest.toFixed(4)} at most`,
    ...prompts.map(({ prompt, pull, deviations, standsOut }) => {
      const verdict = standsOut ? "stands out: may be learned by heart" : "does not stand out";
      const sign = deviations < 0 ? "−" : "+";
      return `  ${pull.toFixed(4)} (${sign}${Math.abs(deviations).toFixed(1)} deviations) ${verdict}: ${prompt}`;
    }),
  ];
}

async function readQuestion({ run, prompt, model, seeds, size }: MemorizedFlags): Promise<Question> {
  const ofRun = run === undefined ? undefined : await readRun(run);
  const prompts = [...new Set([...prompt, ...(ofRun?.prompts ?? [])])];
  if (prompts.length === 0)
    throw mistake("--prompt", "expected a prompt, or the folder of a run, found neither");
  const count = Number(seeds);
  if (!Number.isInteger(count) || count < 1 || count > 64) {
    throw mistake("--seeds", `expected a whole number from 1 to 64, found ${seeds}`);
  }
  return {
    prompts,
    model: model ?? ofRun?.model ?? "storybook",
    ...(size === undefined ? (ofRun?.size ?? { width: 512, height: 512 }) : readSize(size)),
    seeds: Array.from({ length: count }, (_, seed) => seed),
  };
}

function readSize(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d{1,4})x(\d{1,4})$/i.exec(text) ?? [];
  if (!Number(width) || !Number(height))
    throw mistake("--size", `expected WxH such as 512x512, found ${text}`);
  return { width: Number(width), height: Number(height) };
}

async function readRun(run: string) {
  const settings = await readRunSettings(resolve(run));
  if (!settings) throw mistake(run, "expected the folder of a run, found no manifest.json of one");
  const { prompts, model, size } = settings as typeof settings & { prompts: object; model: unknown };
  const models = typeof model === "object" && model !== null ? Object.values(model) : [model];
  return {
    prompts: textsOf(Object.values(prompts)),
    // Where several models draw in turn, which one is meant only the user knows.
    model: models.length === 1 ? textsOf(models)[0] : undefined,
    size,
  };
}

function textsOf(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === "string");
}

function mistake(location: string, message: string): SettingsError {
  return new SettingsError([
    { location, path: "", message: printable(message), hint: "see `animate memorized --help`" },
  ]);
}
