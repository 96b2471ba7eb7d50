/** `animate img2img <folder>`: every picture of a folder drawn over, one after the other. */

import type { CommandModule } from "yargs";
import type { FolderReport } from "../picture-folder/folder-events.ts";
import { paintFolder } from "../picture-folder/paint-folder.ts";
import { printable, printableJson } from "../printable.ts";
import { formatDuration } from "../render/eta.ts";
import { type Img2imgFlags, img2imgOptions, readImg2imgFlags } from "./img2img-options.ts";
import { createFolderProgress } from "./img2img-progress.ts";
import { INTERRUPTED, stopOnInterrupt } from "./stop-on-interrupt.ts";

interface Flags extends Img2imgFlags {
  readonly json: boolean;
}

/** Exit code when some pictures failed, as of a render that failed. */
const SOME_FAILED = 4;

export const img2imgCommand: CommandModule<object, Flags> = {
  command: "img2img <folder>",
  describe: "Draw over every picture of a folder",
  builder: (argv) =>
    img2imgOptions(argv)
      .option("json", {
        type: "boolean",
        default: false,
        describe: "Progress and results as NDJSON on stdout",
      })
      .example('$0 img2img photos -p "an oil painting of {caption}"', "with a text file beside each picture")
      .example('$0 img2img shop --background "a beach at sunset" --subject alpha', "another background")
      .example('$0 img2img photos -p "make it snow" --model instruct-pix2pix', "an instruction"),
  handler: drawFolder,
};

async function drawFolder(flags: Flags): Promise<void> {
  const request = await readImg2imgFlags(flags);
  const progress = createFolderProgress(flags);
  const stop = stopOnInterrupt("picture", () => progress.clear());
  try {
    const report = await paintFolder({ ...request, stop, onEvent: progress.onEvent });
    progress.clear();
    printReport(report, flags.json);
    process.exitCode = report.complete ? (report.failed.length > 0 ? SOME_FAILED : 0) : INTERRUPTED;
  } finally {
    progress.clear();
  }
}

function printReport(report: FolderReport, json: boolean): void {
  const { folder, made, reused, failed, complete, seconds } = report;
  if (json) {
    console.log(printableJson(JSON.stringify({ type: complete ? "done" : "stopped", ...report })));
    return;
  }
  const there = reused > 0 ? `, ${reused} were there already` : "";
  const pace = made > 0 ? `, ${(seconds / made).toFixed(2)} s each` : "";
  console.log(
    `${made === 1 ? "1 picture" : `${made} pictures`} made in ${formatDuration(seconds)}${pace}${there}`,
  );
  console.log(printable(`  folder      ${folder}`));
  if (!complete) console.log("stopped before the last picture; the same command goes on");
  if (failed.length === 0) return;
  process.stderr.write(failed.length === 1 ? "1 picture failed:\n" : `${failed.length} pictures failed:\n`);
  for (const { picture, message, hint } of failed) {
    process.stderr.write(`  ${printable(`${picture}: ${message}`)}\n`);
    if (hint !== undefined) process.stderr.write(`    hint: ${printable(hint)}\n`);
  }
}
