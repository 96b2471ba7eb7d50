/** `animate export`: a schedule of ours as a settings file of Deforum. */

import type { CommandModule } from "yargs";
import { exportDeforum } from "../interchange/export-deforum.ts";
import { printableLines } from "../printable.ts";
import { printData } from "./print-data.ts";
import { type ScheduleFlags, loadSchedule, oneSchedule, scheduleOptions } from "./schedule-options.ts";
import { writeNewFile } from "./write-new-file.ts";

interface ExportFlags extends ScheduleFlags {
  readonly to: "deforum";
  readonly out: string | undefined;
  readonly force: boolean;
}

export const exportCommand: CommandModule<object, ExportFlags> = {
  command: "export [schedules..]",
  describe: "Write a schedule as a settings file of Deforum",
  builder: (argv) =>
    scheduleOptions(argv)
      .option("to", { choices: ["deforum"] as const, demandOption: true, describe: "The other program" })
      .option("out", { type: "string", alias: "o", describe: "Where to write it (default: the terminal)" })
      .option("force", { type: "boolean", default: false, describe: "Replace the file that is there" })
      .example("$0 export superman.yaml --to deforum -o superman.txt", ""),
  async handler(flags) {
    const file = oneSchedule(flags, "export");
    const { settings, locate } = await loadSchedule(file, flags);
    const { text, notes } = exportDeforum(settings);
    if (flags.out === undefined) printData(text);
    else await writeNewFile(flags.out, text, flags.force);
    const lines = notes.map(({ path, reason }) => `  ${locate(path.split("."))} ${path}: ${reason}`);
    if (lines.length > 0)
      process.stderr.write(`${printableLines(["Not carried over as it stands:", ...lines].join("\n"))}\n`);
  },
};
