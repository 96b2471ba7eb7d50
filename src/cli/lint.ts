/** `animate lint`: what is allowed in a schedule and yet hardly meant. */

import { dirname } from "node:path";
import type { Argv, CommandModule } from "yargs";
import { ModelError } from "../errors.ts";
import { findModel } from "../models/find-model.ts";
import { listLibrary } from "../models/library.ts";
import { readVocabulary } from "../models/vocabulary.ts";
import { type LintWarning, lintSettings } from "../schedule/lint.ts";
import { lintWords } from "../schedule/lint-words.ts";
import { writtenModels } from "../schedule/model-plan.ts";
import type { LoadedSettings } from "../settings/load.ts";
import { loraName } from "../settings/lora-schema.ts";
import { reportError } from "./report-error.ts";
import { type ScheduleFlags, loadSchedule, scheduleFiles, scheduleOptions } from "./schedule-options.ts";
import { printableLines } from "../printable.ts";

interface LintFlags extends ScheduleFlags {
  readonly strict: boolean;
  readonly verbose: boolean;
}

export const lintCommand: CommandModule<object, LintFlags> = {
  command: "lint [schedules..]",
  describe: "Check schedules; warn about spikes, keys past the end, unequal ends, dead formulas",
  builder: (argv) =>
    scheduleOptions(argv).option("strict", {
      type: "boolean",
      default: false,
      describe: "Exit with 1 when there is a warning",
    }) as Argv<LintFlags>,
  async handler(flags) {
    let warnings = 0;
    let exitCode = 0;
    for (const file of scheduleFiles(flags)) {
      try {
        const loaded = await loadSchedule(file, flags);
        const found = [...lintSettings(loaded), ...(await lintPromptWords(loaded))];
        for (const { location, path, message, hint } of found) {
          warnings++;
          console.log(printableLines(`${location} ${path}: warning: ${message}\n    hint: ${hint}`));
        }
      } catch (error) {
        exitCode = reportError(error, flags);
      }
    }
    if (exitCode === 0) console.log(warnings === 0 ? "no warnings" : `${warnings} warnings`);
    process.exitCode = exitCode === 0 && flags.strict && warnings > 0 ? 1 : exitCode;
  },
};

/** What prompts may call embeddings. */
async function embeddingWords({ settings, file }: LoadedSettings): Promise<string[]> {
  const listed = settings.embeddings.map(({ name, word }) => word || loraName(name));
  const found = (await listLibrary("embedding", dirname(file))).map(({ name }) => name);
  return [...listed, ...found];
}

/** Words that models do not know; a model that is not here is a warning itself, because the schedule may be meant for another machine. */
async function lintPromptWords(loaded: LoadedSettings): Promise<LintWarning[]> {
  const warnings: LintWarning[] = [];
  const known = new Set<string>();
  for (const { name, path: below, character } of writtenModels(loaded.settings.model)) {
    if (known.has(name)) continue;
    known.add(name);
    try {
      const vocabulary = await readVocabulary(await findModel(name, dirname(loaded.file)));
      if (vocabulary) warnings.push(...lintWords(loaded, name, vocabulary, await embeddingWords(loaded)));
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      const { message, hint = "" } = error;
      const path = ["model", ...below];
      warnings.push({ location: loaded.locate(path, character), path: path.join("."), message, hint });
    }
  }
  return warnings;
}
