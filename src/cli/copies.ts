/** `animate copies`: which pictures of a folder or run are near-copies of reference pictures. */

import { stat } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import type { CommandModule } from "yargs";
import { FileError } from "../errors.ts";
import { checkCopies } from "../memorization/check-copies.ts";
import { listPictures } from "../memorization/read-references.ts";
import { printable, printableJson } from "../printable.ts";
import { readPicture } from "../tensor/picture-file.ts";
import { reportCopies } from "./report-copies.ts";

interface CopiesFlags {
  readonly pictures: string;
  readonly references: string;
  readonly out: string | undefined;
  readonly json: boolean;
}

export const copiesCommand: CommandModule<object, CopiesFlags> = {
  command: "copies <pictures>",
  describe: "Find pictures that are near-copies of others, such as a training set",
  builder: (argv) =>
    argv
      .positional("pictures", {
        type: "string",
        demandOption: true,
        describe: "A folder of pictures (folders in it, too), the folder of a run, or one picture",
      })
      .option("references", {
        type: "string",
        demandOption: true,
        requiresArg: true,
        describe: "Folder of pictures that must not be copied",
      })
      .option("out", {
        type: "string",
        alias: "o",
        requiresArg: true,
        describe: "Folder for copies.json and copies-sheet.jpg (default: renders/copies-<name>)",
      })
      .option("json", { type: "boolean", default: false, describe: "Print copies.json instead of a summary" })
      .example("$0 copies renders/superman --references training-pictures", "all frames of a run")
      .example("$0 copies thumbnails --references others/", "a folder of stills"),
  handler: findCopies,
};

async function findCopies({ pictures: given, references, out, json }: CopiesFlags): Promise<void> {
  const path = resolve(given);
  const files = await listGiven(path);
  const pictures = files.map((file) => ({
    name: relative(path, file) || basename(file),
    read: () => readPicture(file),
  }));
  const readable = json ? undefined : process.stderr;
  const report = await checkCopies(pictures, resolve(references), {
    out: resolve(out ?? join("renders", `copies-${basename(path)}`)),
    onReference: (read, count) => tellTenth(readable, "references read", read, count),
    onPicture: (checked, count) => tellTenth(readable, "pictures compared", checked, count),
  });
  if (json) console.log(printableJson(JSON.stringify(report.facts, null, 2)));
  else for (const line of reportCopies(report)) console.log(printable(line));
}

/** A line per tenth, of long lists only. */
function tellTenth(stream: NodeJS.WriteStream | undefined, what: string, done: number, count: number): void {
  if (count < LONG_LIST || Math.floor((10 * done) / count) === Math.floor((10 * (done - 1)) / count)) return;
  stream?.write(`${done} of ${count} ${what}\n`);
}

const LONG_LIST = 200;

async function listGiven(path: string): Promise<string[]> {
  const status = await stat(path).catch(() => undefined);
  if (!status) {
    throw new FileError("there is no such file or folder", {
      where: path,
      hint: "give a folder of pictures, the folder of a run, or one picture",
    });
  }
  if (status.isFile()) return [path];
  const isRun = await stat(join(path, "manifest.json")).catch(() => undefined);
  return await listPictures(isRun ? join(path, "frames") : path);
}
