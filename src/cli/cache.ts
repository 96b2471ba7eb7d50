/** `animate cache`: what the shared frame cache holds, and less of it. */

import type { CommandModule } from "yargs";
import { cacheGcCommand } from "./cache-gc.ts";
import { cacheLsCommand } from "./cache-ls.ts";

export const cacheCommand: CommandModule = {
  command: "cache",
  describe: "List the frames that runs share, and make room",
  builder: (argv) => argv.command(cacheLsCommand).command(cacheGcCommand),
  // `ls` answers when no other command is named.
  handler() {},
};
