/** `animate import`: a settings file of Deforum, or a manifest of Parseq, as a schedule of ours. */

import { basename } from "node:path";
import type { CommandModule } from "yargs";
import { describeNotes } from "../interchange/describe-notes.ts";
import { openInterchange } from "../interchange/open-interchange.ts";
import { printableLines } from "../printable.ts";
import { readScheduleText } from "../settings/schedule-text.ts";
import { printData } from "./print-data.ts";
import { writeNewFile } from "./write-new-file.ts";

interface ImportFlags {
  readonly file: string;
  readonly out: string | undefined;
  readonly force: boolean;
  readonly all: boolean;
}

export const importCommand: CommandModule<object, ImportFlags> = {
  command: "import <file>",
  describe: "Turn a settings file of Deforum, or a manifest of Parseq, into a schedule",
  builder: (argv) =>
    argv
      .positional("file", { type: "string", demandOption: true, describe: "The .txt or .json file" })
      .option("out", { type: "string", alias: "o", describe: "Where to write it (default: the terminal)" })
      .option("force", { type: "boolean", default: false, describe: "Replace the file that is there" })
      .option("all", {
        type: "boolean",
        default: false,
        describe: "Also name the fields at Deforum's defaults that have no counterpart",
      })
      .example("$0 import settings.txt -o harbour.yaml", "then `animate -s harbour.yaml`")
      .example("$0 -s settings.txt", "renders it without a file between"),
  async handler({ file, out, force, all }) {
    const { loaded, notes } = await openInterchange({ file, text: await readScheduleText(file) });
    if (out === undefined) printData(loaded.text);
    else await writeNewFile(out, loaded.text, force);
    const lines = describeNotes(notes, all);
    const { frames, size } = loaded.settings;
    const unset = notes.filter(({ kind }) => kind === "unset").length;
    const summary = `${basename(file)}: ${frames} frames of ${size.width}x${size.height}; ${unset} fields at Deforum's defaults had nothing to carry over${all ? "" : " (--all names them)"}`;
    process.stderr.write(
      `${printableLines([...lines, ...(lines.length > 0 ? [""] : []), summary].join("\n"))}\n`,
    );
  },
};
