/** `animate thumbnails`: the best stills of a video, of a run, or of a folder of pictures. */

import { join, resolve } from "node:path";
import type { CommandModule } from "yargs";
import { FileError } from "../errors.ts";
import { openFootage } from "../footage/open-footage.ts";
import { readRunSettings } from "../footage/run-footage.ts";
import { frameFile } from "../frame-file.ts";
import { findReferences } from "../memorization/find-references.ts";
import { printable, printableJson } from "../printable.ts";
import { formatDuration } from "../render/eta.ts";
import type { Settings } from "../settings/schema.ts";
import { findJudges } from "../thumbnails/find-judges.ts";
import { readFrameRecipe } from "../thumbnails/frame-recipe.ts";
import { openDress } from "../thumbnails/dress-still.ts";
import { makeThumbnails, type ThumbnailsReport } from "../thumbnails/make-thumbnails.ts";
import { readStillSettings, type StillFlags } from "./still-settings.ts";
import { readWeights } from "../thumbnails/weights.ts";
import { openStillUpscaler } from "./still-upscaler.ts";
import { INTERRUPTED } from "./stop-on-interrupt.ts";
import { createThumbnailProgress } from "./thumbnail-progress.ts";

interface ThumbnailFlags extends StillFlags {
  readonly source: string;
  readonly out: string | undefined;
  readonly upscaler: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

export const thumbnailsCommand: CommandModule<object, ThumbnailFlags> = {
  command: "thumbnails <source>",
  describe: "Pick the best stills of a video, a run or a folder of pictures",
  builder: (argv) =>
    argv
      .positional("source", {
        type: "string",
        demandOption: true,
        describe: "A video (whatever ffmpeg reads), the folder of a run, or a folder of pictures",
      })
      .option("out", {
        type: "string",
        alias: "o",
        describe: "Folder for stills and contact sheet (default: renders/<name>-thumbnails)",
      })
      .option("count", { type: "string", describe: "How many stills (default: 3, or the run's)" })
      .option("size", {
        type: "string",
        describe:
          "youtube, youtube-4k, shorts, square or WxH, or several with commas (default: 1280x720, or the run's)",
      })
      .option("weights", {
        type: "string",
        describe: "What makes a still good: default, bold, faces, landscape, or a .yaml file",
      })
      .option("title", {
        type: "string",
        describe: "Words on each still, as large as fits, where they hide least",
      })
      .option("font", { type: "string", describe: "A .ttf or .otf file for them (default: Anton)" })
      .option("logo", {
        type: "string",
        describe: "A picture for a corner, such as a .png with transparency",
      })
      .option("detector", {
        type: "string",
        requiresArg: true,
        describe: "An .onnx network that finds faces or subjects: YuNet, UltraFace or YOLO",
      })
      .option("aesthetic", {
        type: "string",
        requiresArg: true,
        describe: "An .onnx network that gives one number for how pleasing a picture is",
      })
      .option("references", {
        type: "string",
        requiresArg: true,
        describe:
          "Folder of pictures, such as a training set; stills that are near-copies are told and shown",
      })
      .option("preview", {
        type: "boolean",
        describe: "Beside each still how it looks in lists: duration badge, safe zone, small sizes",
      })
      .option("upscaler", {
        type: "string",
        describe:
          "What makes small frames larger: storybook-upscale, or an .onnx file in the manner of Real-ESRGAN (default: Lanczos, or what belongs to the run's model)",
      })
      .option("set", {
        type: "string",
        array: true,
        nargs: 1,
        describe: "Any setting of a schedule's thumbnails, such as --set thumbnails.fit=backdrop",
      })
      .option("force", { type: "boolean", default: false, describe: "Replace stills that are there" })
      .option("json", {
        type: "boolean",
        default: false,
        describe: "Progress and results as NDJSON on stdout",
      })
      .example("$0 thumbnails holiday.mp4", "three stills in renders/holiday-thumbnails/")
      .example("$0 thumbnails renders/superman --count 10", "ten of a run, also of an unfinished one")
      .example("$0 thumbnails pictures/ --size shorts", "the best of a folder, upright")
      .example('$0 thumbnails renders/superman --title "HE CAN FLY"', "with words on them"),
  handler: pickThumbnails,
};

async function pickThumbnails(flags: ThumbnailFlags): Promise<void> {
  const footage = await openFootage(flags.source);
  const run = footage.kind === "run" ? await readRunSettings(resolve(flags.source)) : undefined;
  const thumbnails = readStillSettings(flags, join(flags.source, "manifest.json"), run?.thumbnails);
  const dress = await openDress(thumbnails, process.cwd(), nameFlag);
  const upscaler = thumbnails.upscale ? await openStillUpscaler(flags.upscaler, run) : null;
  const folder = resolve(flags.out ?? `renders/${footage.name}-thumbnails`);
  const progress = createThumbnailProgress(footage, flags);
  const interrupted = new AbortController();
  const stop = () => interrupted.abort();
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    const report = await makeThumbnails(footage, {
      folder,
      force: flags.force,
      thumbnails,
      dress,
      judges: await findJudges(thumbnails, process.cwd(), (setting) => setting.join(".")),
      references: await findReferences(thumbnails.references, process.cwd(), "thumbnails.references"),
      upscaler: upscaler && { name: upscaler.info.name, enlarge: (picture) => upscaler.enlarge(picture) },
      weights: await readWeights(thumbnails.weights, process.cwd(), {
        location: "--weights",
        path: "thumbnails.weights",
      }),
      origin: run
        ? {
            recipe: ({ frame }) => readFrameRecipe(join(resolve(flags.source), frameFile(frame))),
            // As the run wrote them; they are only told on.
            settings: run as unknown as Settings,
          }
        : { recipe: () => Promise.resolve(null), settings: null },
      onProgress: progress.onFrame,
      signal: interrupted.signal,
    });
    progress.clear();
    printReport(report, flags.json);
  } catch (error) {
    progress.clear();
    if (!interrupted.signal.aborted) throw error;
    process.stderr.write("stopped; nothing was written\n");
    process.exitCode = INTERRUPTED;
  } finally {
    await upscaler?.release();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** The flag that names a file from here: paths in a run's settings start at a schedule that is not known any more. */
function nameFlag(error: unknown, setting: readonly string[]): unknown {
  if (!(error instanceof FileError)) return error;
  const flag = setting.includes("logo") ? "--logo" : "--font";
  const { message, where, hint } = error;
  return new FileError(message, {
    where: `${flag}: ${where}`,
    hint: [hint, `${flag} takes a path from here`].filter((advice) => advice !== undefined).join("; "),
    cause: error,
  });
}

function printReport(report: ThumbnailsReport, json: boolean): void {
  if (json) {
    console.log(printableJson(JSON.stringify({ type: "done", ...report })));
    return;
  }
  for (const warning of report.warnings) process.stderr.write(`warning: ${printable(warning)}\n`);
  const { frames, seconds, rejected } = report;
  const noun = report.kind === "folder" ? "picture" : "frame";
  const left = Object.entries(rejected).map(([reason, number]) => `${number} ${reason}`);
  const lines = [
    `${report.name}: ${frames} ${noun}${frames === 1 ? "" : "s"} scored in ${formatDuration(seconds)}, ${(frames / seconds).toFixed(0)} per second`,
    ...(left.length === 0 ? [] : [`  left out    ${left.join(", ")}`]),
    ...report.thumbnails.map(({ file }) => `  thumbnail   ${file}`),
    `  contact     ${report.contactSheet}`,
    ...(report.report === null ? [] : [`  report      ${report.report}`]),
    `  folder      ${report.folder}`,
  ];
  for (const line of lines) console.log(printable(line));
}
