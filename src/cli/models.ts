/** `animate models`: which models there are, more of them, and whether one works. */

import type { CommandModule } from "yargs";
import { modelsAddCommand } from "./models-add.ts";
import { modelsCheckCommand } from "./models-check.ts";
import { modelsListCommand } from "./models-list.ts";
import { modelsProbeCommand } from "./models-probe.ts";
import { modelsPullCommand } from "./models-pull.ts";
import { modelsRemoveCommand } from "./models-remove.ts";

export const modelsCommand: CommandModule = {
  command: "models",
  describe: "List, pull, add and remove models; check or probe any model",
  builder: (argv) =>
    argv
      .command(modelsListCommand)
      .command(modelsPullCommand)
      .command(modelsAddCommand)
      .command(modelsRemoveCommand)
      .command(modelsCheckCommand)
      .command(modelsProbeCommand),
  // `list` answers when no other command is named.
  handler() {},
};
