/** `animate --schedule a.yaml [b.yaml …]`: loads, renders one after the other, reports. */

import { dirname, resolve } from "node:path";
import type { Argv, CommandModule } from "yargs";
import { SettingsError } from "../errors.ts";
import { cachePlace } from "../frame-cache/cache-place.ts";
import { formatDuration } from "../render/eta.ts";
import { renderAnimation } from "../render/render.ts";
import type { RenderRequest } from "../render/render-request.ts";
import type { RunReport } from "../render/run-events.ts";
import { stitchRun } from "../render/stitch.ts";
import type { LoadedSettings } from "../settings/load.ts";
import { type Progress, createProgress } from "./progress.ts";
import { reportError } from "./report-error.ts";
import { type ScheduleFlags, loadSchedule, scheduleFiles, scheduleOptions } from "./schedule-options.ts";
import { INTERRUPTED, stopOnInterrupt } from "./stop-on-interrupt.ts";
import { printStitched } from "./print-stitched.ts";
import { printable, printableJson } from "../printable.ts";

interface RenderFlags extends ScheduleFlags {
  readonly out: string | undefined;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly allowDrift: boolean | undefined;
  readonly cache: boolean;
  readonly stitch?: boolean;
  readonly jobs: number;
  readonly json: boolean;
  readonly verbose: boolean;
}

export const renderCommand: CommandModule<object, RenderFlags> = {
  command: ["$0 [schedules..]", "render [schedules..]"],
  describe: "Render schedules to videos and stills (the default)",
  builder: (argv) =>
    scheduleOptions(argv)
      .option("out", { type: "string", alias: "o", describe: "Run folder (default: renders/<name>)" })
      .option("resume", {
        type: "boolean",
        describe: "Continue; fail when there is nothing to continue",
      })
      .option("force", {
        type: "boolean",
        describe: "Render every frame again",
        conflicts: "resume",
      })
      .option("allow-drift", {
        type: "boolean",
        describe: "Go on from frames that were made under other versions or on another machine",
        conflicts: "force",
      })
      .option("cache", {
        type: "boolean",
        default: true,
        describe:
          "Take frames that other runs have made, and keep those of this one; --no-cache does neither",
      })
      .option("stitch", {
        type: "boolean",
        describe: "Render nothing: only make the video of the frames that are there",
        conflicts: ["resume", "force"],
      })
      .option("jobs", {
        type: "number",
        default: 1,
        describe: "Processes that render shots side by side, 1 to 16; each has the model in memory",
      })
      .option("json", {
        type: "boolean",
        default: false,
        describe: "Progress and results as NDJSON on stdout",
      })
      .example("$0 --schedule schedules/superman.yaml", "render the example to renders/superman/")
      .example("$0 -s a.yaml b.yaml --frames 30", "a quick look at two schedules")
      .example("$0 -s a.yaml --set motion.zoom=1.02", "change one setting") as unknown as Argv<RenderFlags>,
  handler: renderSchedules,
};

/** More processes than that wait for each other: for memory, for the disk, for the one that keeps the journal. */
const MOST_JOBS = 16;

async function renderSchedules(flags: RenderFlags): Promise<void> {
  const files = scheduleFiles(flags);
  if (flags.out !== undefined && files.length > 1) {
    const message = `expected one schedule with --out, found ${files.length}`;
    throw new SettingsError([
      {
        location: "--out",
        path: "",
        message,
        hint: "leave out --out: each schedule gets a folder of its own",
      },
    ]);
  }
  requireJobs(flags);
  const progress = createProgress(flags);
  const stop = stopOnInterrupt("frame", () => progress.clear());
  let exitCode = 0;
  for (const file of files) {
    if (stop.aborted) break;
    try {
      const loaded = await loadSchedule(file, flags);
      const request = renderRequest(loaded, flags, progress, stop);
      if (flags.stitch) {
        const stitched = await stitchRun(request);
        progress.clear();
        printStitched(stitched, flags);
        continue;
      }
      const report = await renderAnimation(request);
      progress.clear();
      printReport(report, flags);
      if (!report.complete) exitCode = INTERRUPTED;
    } catch (error) {
      // One broken schedule does not cost the rest of the night.
      progress.clear();
      exitCode = reportError(error, flags);
    }
  }
  process.exitCode = exitCode;
}

function renderRequest(
  { settings, text, file, locate }: LoadedSettings,
  flags: RenderFlags,
  { onEvent }: Progress,
  stop: AbortSignal,
): RenderRequest {
  return {
    settings,
    scheduleFile: file,
    scheduleText: text,
    locate,
    scheduleFolder: dirname(resolve(file)),
    folder: resolve(flags.out ?? `renders/${settings.name}`),
    resume: flags.resume ?? false,
    force: flags.force ?? false,
    allowDrift: flags.allowDrift ?? false,
    ...(flags.cache && { cache: cachePlace() }),
    jobs: flags.jobs,
    stop,
    onEvent,
  };
}

function requireJobs({ jobs }: RenderFlags): void {
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= MOST_JOBS) return;
  const message = `expected a whole number from 1 to ${MOST_JOBS}, found ${jobs}`;
  throw new SettingsError([{ location: "--jobs", path: "", message }]);
}

function printReport(report: RunReport, { json }: RenderFlags): void {
  if (json) {
    console.log(printableJson(JSON.stringify({ type: report.complete ? "done" : "stopped", ...report })));
    return;
  }
  const rendered = report.frames - report.reused - report.cached;
  const others = [
    ...(report.reused > 0 ? [`${report.reused} were there already`] : []),
    ...(report.cached > 0 ? [`${report.cached} from the cache`] : []),
  ];
  const reused = others.length > 0 ? ` (${others.join(", ")})` : "";
  const pace = rendered > 0 ? `, ${(report.seconds / rendered).toFixed(2)} s/frame` : "";
  const lines = [
    `${report.name}: ${rendered} frames rendered${reused} in ${formatDuration(report.seconds)}${pace}`,
    ...(report.video === null ? [] : [`  video       ${report.video}`]),
    ...report.thumbnails.map((path) => `  thumbnail   ${path}`),
    ...(report.contactSheet === null ? [] : [`  contact     ${report.contactSheet}`]),
    ...(report.stillsReport === null ? [] : [`  report      ${report.stillsReport}`]),
    `  folder      ${report.folder}`,
    ...(report.restarts === 0 ? [] : [`  restarts    ${report.restarts} of the inference process`]),
    ...(report.complete
      ? []
      : ["stopped before the last frame; continue with the same command, or insist with --resume"]),
  ];
  for (const line of lines) console.log(printable(line));
}
