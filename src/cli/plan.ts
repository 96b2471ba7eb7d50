/** `animate plan`: the numbers of every frame, before any model is touched; with `--diff` what a render would do with them. */

import { extname } from "node:path";
import type { Argv, CommandModule } from "yargs";
import { SettingsError } from "../errors.ts";
import { writeFileAtomic } from "../files.ts";
import { curvePanels } from "../schedule/curve-panels.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { planCsv, planJson, planText } from "../schedule/plan-table.ts";
import { plotHtml } from "../schedule/plot-html.ts";
import { plotSvg } from "../schedule/plot-svg.ts";
import { planFrames } from "../schedule/plan.ts";
import { inRenderOrder } from "../schedule/render-order.ts";
import { independentParts, playedShots, type Shot } from "../schedule/shots.ts";
import { drawsSingly } from "../settings/check-mode.ts";
import type { Settings } from "../settings/schema.ts";
import { drawSeed } from "../settings/draw-seed.ts";
import { printDiff } from "./plan-diff.ts";
import { printData } from "./print-data.ts";
import { type ScheduleFlags, loadSchedule, oneSchedule, scheduleOptions } from "./schedule-options.ts";
import { printable, printableLines, printableJson } from "../printable.ts";

interface PlanFlags extends ScheduleFlags {
  readonly csv?: boolean;
  readonly json?: boolean;
  readonly plot: string | undefined;
  readonly all: boolean;
  readonly diff?: boolean;
  readonly out: string | undefined;
}

export const planCommand: CommandModule<object, PlanFlags> = {
  command: "plan [schedules..]",
  describe: "Print the numbers of every frame; nothing is rendered",
  builder: (argv) =>
    scheduleOptions(argv)
      .option("csv", {
        type: "boolean",
        describe: "One row per frame, one column per schedule, full precision",
        conflicts: "json",
      })
      .option("json", {
        type: "boolean",
        describe: "The same as a JSON array",
      })
      .option("plot", {
        type: "string",
        describe: "Draw the curves into a file: .svg, or .html with values under the cursor",
        conflicts: ["csv", "json"],
      })
      .option("all", {
        type: "boolean",
        default: false,
        describe: "With --plot: constant curves too",
      })
      .option("diff", {
        type: "boolean",
        describe: "Which frames a render would make, given what is in the run folder, and why",
        conflicts: ["csv", "plot"],
      })
      .option("out", {
        type: "string",
        alias: "o",
        describe: "With --diff: the run folder (default: renders/<name>)",
      }) as Argv<PlanFlags>,
  async handler(flags) {
    const loaded = await loadSchedule(oneSchedule(flags, "plan"), flags);
    if (flags.diff) return await printDiff(loaded, flags);
    const { settings } = loaded;
    const plan = planFrames(drawSeed(settings));
    if (flags.plot !== undefined) return await writePlot(flags.plot, settings, plan, flags.all);
    if (flags.csv) printData(planCsv(plan));
    else if (flags.json) process.stdout.write(printableJson(planJson(plan)));
    else process.stdout.write(printableLines(planText(plan, shotsOf(plan, settings))));
  },
};

/** The shots of an animation; none where each frame is drawn by itself anyway. */
function shotsOf(plan: readonly FramePlan[], settings: Settings): Shot[] {
  if (drawsSingly(settings)) return [];
  const made = inRenderOrder(plan, settings);
  return playedShots(made, independentParts(made, settings));
}

async function writePlot(
  file: string,
  settings: Settings,
  plan: readonly FramePlan[],
  all: boolean,
): Promise<void> {
  const extension = extname(file).toLowerCase();
  if (extension !== ".svg" && extension !== ".html") {
    const message = `expected a file ending in .svg or .html, found ${file}`;
    throw new SettingsError([{ location: "--plot", path: "", message }]);
  }
  const panels = curvePanels(settings, all);
  const plot = { title: settings.name, plan, fps: settings.fps, panels };
  await writeFileAtomic(file, extension === ".svg" ? plotSvg(plot).svg : plotHtml(plot));
  const count = panels.reduce((sum, { curves }) => sum + curves.length, 0);
  console.log(printable(`${settings.name}: ${count} curve${count === 1 ? "" : "s"} in ${file}`));
}
