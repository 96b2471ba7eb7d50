/** `animate models`: which models there are, and whether one works. */

import type { CommandModule } from "yargs";
import { modelsCheckCommand } from "./models-check.ts";
import { modelsListCommand } from "./models-list.ts";
import { modelsProbeCommand } from "./models-probe.ts";

export const modelsCommand: CommandModule = {
  command: "models",
  describe: "List the models that come with animate; check or probe any model",
  builder: (argv) => argv.command(modelsListCommand).command(modelsCheckCommand).command(modelsProbeCommand),
  // `list` answers when no other command is named.
  handler() {},
};
