/** The options that `render`, `plan` and `lint` share: which schedules, and what stands above them. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Argv } from "yargs";
import { SettingsError } from "../errors.ts";
import { describeImportant } from "../interchange/describe-notes.ts";
import { isInterchange } from "../interchange/is-interchange.ts";
import { openInterchange } from "../interchange/open-interchange.ts";
import { printableLines } from "../printable.ts";
import { type LoadedSettings, loadSettings } from "../settings/load.ts";
import { type Override, readSetFlag } from "../settings/overrides.ts";
import { readScheduleText } from "../settings/schedule-text.ts";
import { allSettings } from "../settings/setting-list.ts";

/** Flags with a name of their own; every other setting is reached by `--set path=value`. */
const NAMED_FLAGS = [
  "model",
  "size",
  "frames",
  "fps",
  "seed",
  "steps",
  "sampler",
  "guidance_scale",
  "strength",
  "cadence",
  "mode",
  "device",
  "precision",
  "threads",
] as const;

type NamedFlag = (typeof NAMED_FLAGS)[number];

export type ScheduleFlags = {
  readonly schedule: readonly string[] | undefined;
  readonly set: readonly string[] | undefined;
  readonly format: string | undefined;
  readonly lowMemory: boolean | undefined;
  readonly upscale: string | undefined;
  readonly schedules: readonly string[] | undefined;
} & { readonly [Flag in NamedFlag as FlagName<Flag>]: string | undefined };

/** Declares the options, with help texts from the settings schema. */
export function scheduleOptions<Flags>(argv: Argv<Flags>): Argv<Flags & ScheduleFlags> {
  const withFlags = NAMED_FLAGS.reduce(
    (options, flag) =>
      options.option(flagName(flag), { type: "string", describe: describeSetting(flag), group: "Settings:" }),
    argv as Argv,
  )
    .option("format", { type: "string", describe: describeSetting("video.format"), group: "Settings:" })
    .option("low-memory", {
      type: "boolean",
      describe: "Little memory, more time; see low_memory",
      group: "Settings:",
    })
    .option("upscale", { type: "string", describe: describeSetting("video.upscale"), group: "Settings:" })
    .option("set", {
      type: "string",
      array: true,
      nargs: 1,
      describe: "Any setting by its path, such as --set motion.zoom=1.02",
      group: "Settings:",
    })
    .option("schedule", { type: "string", array: true, alias: "s", describe: "Schedule file, one or more" })
    .positional("schedules", { type: "string", array: true, describe: "Schedule files" });
  return withFlags as unknown as Argv<Flags & ScheduleFlags>;
}

/** The schedule files of the command line, in order. Throws SettingsError when there is none. */
export function scheduleFiles({ schedule = [], schedules = [] }: ScheduleFlags): string[] {
  const files = [...schedule, ...schedules];
  if (files.length === 0) {
    const message = "expected a schedule file, found none";
    const hint = "try `animate --schedule schedules/superman.yaml`";
    throw new SettingsError([{ location: "command line", path: "", message, hint }]);
  }
  return files;
}

/** The one schedule file of a command that takes no more. Throws SettingsError when there are none or several. */
export function oneSchedule(flags: ScheduleFlags, command: string): string {
  const [file, ...more] = scheduleFiles(flags);
  if (more.length === 0) return file!;
  const message = `expected one schedule, found ${more.length + 1}`;
  throw new SettingsError([
    { location: "command line", path: "", message, hint: `run \`animate ${command}\` once for each` },
  ]);
}

/**
 * Loads a schedule, or a settings file of another program, with the flags above it; what the other file has and we do not is told on stderr.
 * Paths in the file are relative to the file, paths in flags to the working directory.
 */
export async function loadSchedule(file: string, flags: ScheduleFlags): Promise<LoadedSettings> {
  const source = { file, text: await readScheduleText(file) };
  if (!isInterchange(source.text)) return loadSettings(source, overrides(flags));
  const { loaded, notes } = await openInterchange(source, overrides(flags));
  const lines = describeImportant(notes.filter(({ kind }) => kind !== "default")).flat();
  if (lines.length > 0) process.stderr.write(`${printableLines(lines.join("\n"))}\n`);
  return loaded;
}

function overrides(flags: ScheduleFlags): Override[] {
  const named = NAMED_FLAGS.flatMap((flag) => override(flag, flagName(flag), flags[flagName(flag)]));
  return [
    ...named,
    ...override("video.format", "format", flags.format),
    ...override("low_memory", "low-memory", flags.lowMemory?.toString()),
    ...override("video.upscale", "upscale", flags.upscale),
    ...(flags.set ?? []).map(readSetFlag),
  ];
}

/** What a flag of that name says about a setting; nothing where it is not given. */
export function override(path: string, flag: string, text: string | undefined): Override[] {
  if (text === undefined) return [];
  const { value } = readSetFlag(`${path}=${path === "model" ? modelFromFlag(text) : text}`);
  return [{ path, value, location: `--${flag}` }];
}

/** A path given on the command line starts at the working directory, one in the file at the file; anything else is a name in the library. */
function modelFromFlag(text: string): string {
  const isPath = /^\.{0,2}[\\/]/.test(text) || (/[\\/]|\.safetensors$/i.test(text) && existsSync(text));
  return isPath ? resolve(text) : text;
}

/** `guidance_scale` → `guidance-scale`. */
export type FlagName<Setting extends string> = Setting extends `${infer First}_${infer Rest}`
  ? `${First}-${FlagName<Rest>}`
  : Setting;

export function flagName<Setting extends string>(setting: Setting): FlagName<Setting> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the type says
  return setting.replaceAll("_", "-") as FlagName<Setting>;
}

/** Help for the flag of a setting: its description, choices and unit. */
export function describeSetting(path: string): string {
  const setting = allSettings.find((candidate) => candidate.path === path)!;
  const choices = setting.choicesPage === undefined ? setting.choices?.join("|") : undefined;
  const facts = [choices, setting.unit].filter((fact) => fact !== undefined);
  return facts.length === 0 ? setting.description : `${setting.description} (${facts.join(", ")})`;
}
