/** `animate brainstorm --title "…"`: pictures from a title on one sheet, and a schedule that goes on from one of them. */

import { join, resolve } from "node:path";
import type { Argv, CommandModule } from "yargs";
import { DEFAULT_COUNT } from "../brainstorm/grid.ts";
import { readChannel } from "../brainstorm/channel.ts";
import { planBrainstorm, type PlannedBrainstorm } from "../brainstorm/plan-brainstorm.ts";
import { recordedPicture } from "../brainstorm/record.ts";
import { type BrainstormReport, runBrainstorm } from "../brainstorm/run-brainstorm.ts";
import { starterSchedule } from "../brainstorm/starter-schedule.ts";
import { plainTitle, titleSlug } from "../brainstorm/title.ts";
import { SettingsError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { printable, printableJson } from "../printable.ts";
import { formatDuration } from "../render/eta.ts";
import { type Override, readSetFlag } from "../settings/overrides.ts";
import { counted, createBrainstormProgress } from "./brainstorm-progress.ts";
import { describeSetting, type FlagName, flagName, override } from "./schedule-options.ts";
import { INTERRUPTED, stopOnInterrupt } from "./stop-on-interrupt.ts";
import { writeNewFile } from "./write-new-file.ts";

/** Flags of settings with a name of their own; every other one is reached by `--set path=value`. */
const SETTING_FLAGS = [
  "model",
  "seed",
  "size",
  "steps",
  "sampler",
  "guidance_scale",
  "negative_prompt",
  "device",
  "precision",
  "threads",
] as const;

type SettingFlags = {
  readonly [Flag in (typeof SETTING_FLAGS)[number] as FlagName<Flag>]: string | undefined;
};

interface BrainstormFlags extends SettingFlags {
  readonly title: string | undefined;
  readonly channel: string | undefined;
  readonly prompt: readonly string[] | undefined;
  readonly count: string | undefined;
  readonly x: string | undefined;
  readonly y: string | undefined;
  readonly picture: string | undefined;
  readonly best: string | undefined;
  readonly set: readonly string[] | undefined;
  readonly out: string | undefined;
  readonly plan: boolean;
  readonly asSchedule: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Exit code of a command in which pictures failed, as RenderError has it. */
const PICTURES_FAILED = 4;

export const brainstormCommand: CommandModule<object, BrainstormFlags> = {
  command: "brainstorm",
  describe: "Paint many pictures for a title: prompts × seeds, or any two settings against each other",
  builder: (argv) => {
    const options = argv
      .option("title", { type: "string", describe: "What the video is called" })
      .option("channel", {
        type: "string",
        describe:
          "Prompt templates, styles and settings: a name (see `animate presets`) or a .yaml file (default: storybook, photo with another --model)",
      })
      .option("prompt", {
        type: "string",
        array: true,
        nargs: 1,
        describe:
          "A prompt instead of the channel's templates, {title} in it stands for the title; may be given several times",
      })
      .option("count", {
        type: "string",
        describe: `Pictures, 1 to ${LIMITS.brainstorm.pictures} (default: ${DEFAULT_COUNT})`,
      })
      .option("x", {
        type: "string",
        describe:
          'What changes from column to column: an axis and its values, such as seed=1,2,3, steps=8,16, "prompt=a dragon|a rocket"',
      })
      .option("y", {
        type: "string",
        describe:
          "The same for rows, such as lora:cape=0,0.5,1 or checkpoint=FOLDER for every checkpoint in a folder",
      })
      .option("picture", {
        type: "string",
        describe: "PNG, JPEG or WebP to draw over; strength is an axis then",
      })
      .option("best", { type: "string", describe: "How many of the best become stills (default: 3)" })
      .option("out", { type: "string", alias: "o", describe: "Folder (default: renders/<title>-brainstorm)" })
      .option("plan", { type: "boolean", default: false, describe: "Print the prompts; nothing is painted" })
      .option("as-schedule", {
        type: "string",
        describe:
          "Write a schedule that begins with the picture of this number, picture-<number>.yaml in the folder; nothing is painted",
      })
      .option("force", {
        type: "boolean",
        default: false,
        describe: "Paint every picture again; with --as-schedule replace the file",
      })
      .option("json", {
        type: "boolean",
        default: false,
        describe: "Progress and results as NDJSON on stdout",
      });
    const withSettings = SETTING_FLAGS.reduce<Argv>(
      (built, flag) =>
        built.option(flagName(flag), { type: "string", describe: describeSetting(flag), group: "Settings:" }),
      options,
    );
    return withSettings
      .option("set", {
        type: "string",
        array: true,
        nargs: 1,
        describe: "Any setting of a picture by its path, such as --set clip_skip=1",
        group: "Settings:",
      })
      .example(
        '$0 brainstorm --title "baby in a space suit" --count 24',
        "6 prompts × 4 seeds, the best three as stills",
      )
      .example(
        '$0 brainstorm --title "a red dragon" --x seed=1,2,3 --y checkpoint=training/',
        "how a fine-tune comes along",
      )
      .example(
        '$0 brainstorm --title "a red dragon" --as-schedule 7',
        "an animation that begins with picture 7",
      ) as unknown as Argv<BrainstormFlags>;
  },
  handler: brainstorm,
};

async function brainstorm(flags: BrainstormFlags): Promise<void> {
  const title = titleOf(flags);
  const folder = resolve(flags.out ?? `renders/${titleSlug(plainTitle(title ?? ""))}-brainstorm`);
  if (flags.asSchedule !== undefined) return await writeSchedule(folder, flags.asSchedule, flags.force);
  const request = {
    title: title!,
    channel: await readChannel(flags.channel ?? usualChannel(flags.model)),
    prompts: (flags.prompt ?? []).map((text) => ({ text, location: "--prompt" })),
    overrides: overridesOf(flags),
    count: countOf(flags.count),
    x: flags.x,
    y: flags.y,
  };
  const planned = await planBrainstorm(request, folder, flags.force);
  if (flags.plan) return printPlan(planned);
  const progress = createBrainstormProgress(flags.json);
  const stop = stopOnInterrupt("picture", () => progress.clear());
  try {
    const report = await runBrainstorm(planned, {
      folder,
      force: flags.force,
      stop,
      onEvent: progress.onEvent,
    });
    progress.clear();
    printReport(report, flags.json);
    if (report.failed.length > 0) process.exitCode = PICTURES_FAILED;
    if (!report.complete) process.exitCode = INTERRUPTED;
  } finally {
    progress.clear();
  }
}

/** Only what --out names already needs no title. */
function titleOf({ title, out, asSchedule }: BrainstormFlags): string | undefined {
  if (title !== undefined || (out !== undefined && asSchedule !== undefined)) return title;
  throw mistake(
    "--title",
    "expected what the video is called, found nothing",
    'such as --title "baby in a space suit"',
  );
}

/** Checkpoints of the user's know words that the embedded model does not. */
function usualChannel(model: string | undefined): string {
  return model === undefined || model === "storybook" ? "storybook" : "photo";
}

function overridesOf(flags: BrainstormFlags): Override[] {
  const { picture, best } = flags;
  return [
    ...SETTING_FLAGS.flatMap((flag) => override(flag, flagName(flag), flags[flagName(flag)])),
    ...override("thumbnails.count", "best", best),
    ...(picture === undefined
      ? []
      : [{ path: "init.image", value: resolve(picture), location: "--picture" }]),
    ...(flags.set ?? []).map(readSetFlag),
  ];
}

function countOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= LIMITS.brainstorm.pictures) return count;
  throw mistake(
    "--count",
    `expected a whole number from 1 to ${LIMITS.brainstorm.pictures}, found ${printable(text.slice(0, 40))}`,
    `such as --count ${DEFAULT_COUNT}`,
  );
}

function mistake(location: string, message: string, hint: string): SettingsError {
  return new SettingsError([{ location, path: "", message, hint }]);
}

async function writeSchedule(folder: string, number: string, force: boolean): Promise<void> {
  if (!/^\d{1,6}$/.test(number)) {
    throw mistake(
      "--as-schedule",
      `expected the number of a picture, found ${printable(number.slice(0, 40))}`,
      "numbers stand below the pictures of grid.jpg",
    );
  }
  const picture = await recordedPicture(folder, Number(number));
  const path = join(folder, `picture-${Number(number)}.yaml`);
  const name = `${titleSlug(picture.title)}-${Number(number)}`;
  await writeNewFile(path, starterSchedule(picture, Number(number), name), force);
  console.log(printable(`schedule    ${path}`));
  console.log(printable(`  render it with: animate --schedule ${path}`));
}

function printPlan({ grid, warnings }: PlannedBrainstorm): void {
  for (const message of warnings) process.stderr.write(`warning: ${printable(message)}\n`);
  for (const { number, prompt, settings } of grid.cells) {
    const { seed, sampler, guidance_scale: guidance, steps, model, loras } = settings;
    const facts = {
      seed,
      model,
      sampler,
      steps,
      guidance_scale: guidance,
      ...(loras.length > 0 && { loras }),
    };
    console.log(printable(`${String(number).padStart(3)}  ${prompt}`));
    console.log(
      printable(
        `     ${Object.entries(facts)
          .map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`)
          .join(", ")}`,
      ),
    );
  }
}

function printReport(report: BrainstormReport, json: boolean): void {
  if (json) {
    console.log(printableJson(JSON.stringify({ type: report.complete ? "done" : "stopped", ...report })));
    return;
  }
  const { painted, reused, failed, seconds, grid, best, folder } = report;
  const there = reused > 0 ? ` (${reused} were there already)` : "";
  const lost = failed.length > 0 ? `, ${failed.length} failed` : "";
  const lines = [
    `${counted(painted, "picture")} painted${there}${lost} in ${formatDuration(seconds)}`,
    `  sheet       ${grid}`,
    ...best.map((path) => `  best        ${path}`),
    `  folder      ${folder}`,
    ...(report.complete ? [] : ["stopped before the last picture; the same command goes on"]),
  ];
  for (const line of lines) console.log(printable(line));
}
