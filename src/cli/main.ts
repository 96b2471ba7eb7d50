/** The command `animate`: dispatch, and every error as message, hint and exit code. */

import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { SettingsError } from "../errors.ts";
import { version } from "../render/version.ts";
import { copiesCommand } from "./copies.ts";
import { brainstormCommand } from "./brainstorm.ts";
import { cacheCommand } from "./cache.ts";
import { doctorCommand } from "./doctor.ts";
import { exportCommand } from "./export.ts";
import { img2imgCommand } from "./img2img.ts";
import { importCommand } from "./import.ts";
import { lintCommand } from "./lint.ts";
import { memorizedCommand } from "./memorized.ts";
import { modelsCommand } from "./models.ts";
import { planCommand } from "./plan.ts";
import { presetsCommand } from "./presets.ts";
import { previewCommand } from "./preview.ts";
import { renderCommand } from "./render.ts";
import { reportError } from "./report-error.ts";
import { requireOnce } from "./require-once.ts";
import { thumbnailsCommand } from "./thumbnails.ts";

/** Closing a pipe early (`animate plan … | head`) is no error. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

const command = yargs(hideBin(process.argv))
  .scriptName("animate")
  .usage("Renders keyframe schedules to videos and stills.\n\nanimate --schedule superman.yaml [more.yaml …]")
  .command(renderCommand)
  .command(planCommand)
  .command(previewCommand)
  .command(thumbnailsCommand)
  .command(img2imgCommand)
  .command(brainstormCommand)
  .command(presetsCommand)
  .command(lintCommand)
  .command(importCommand)
  .command(exportCommand)
  .command(modelsCommand)
  .command(cacheCommand)
  .command(copiesCommand)
  .command(memorizedCommand)
  .command(doctorCommand)
  .completion("completion", "Prints a completion script for your shell.")
  .option("verbose", { type: "boolean", default: false, describe: "Show stacks of errors", global: true })
  .version(version)
  .help()
  .alias({ help: "h", version: "V" })
  .wrap(Math.min(110, process.stdout.columns ?? 110))
  .strict()
  .parserConfiguration({ "parse-numbers": false, "parse-positional-numbers": false, "dot-notation": false })
  .check(requireOnce)
  .exitProcess(false)
  .showHelpOnFail(false)
  .fail((message, error) => {
    if (error) throw error;
    throw new SettingsError([
      { location: "command line", path: "", message, hint: "`animate --help` lists commands and options." },
    ]);
  });

try {
  await command.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, { verbose: process.argv.includes("--verbose") });
}
