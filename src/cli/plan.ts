/** `animate plan`: the numbers of every frame, before any model is touched. */

import type { Argv, CommandModule } from "yargs";
import { planCsv, planJson, planText } from "../schedule/plan-table.ts";
import { planFrames } from "../schedule/plan.ts";
import { drawSeed } from "../settings/draw-seed.ts";
import { type ScheduleFlags, loadSchedule, oneSchedule, scheduleOptions } from "./schedule-options.ts";
import { printableLines } from "../printable.ts";

interface PlanFlags extends ScheduleFlags {
  readonly csv?: boolean;
  readonly json?: boolean;
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
      }) as Argv<PlanFlags>,
  async handler(flags) {
    const { settings } = await loadSchedule(oneSchedule(flags, "plan"), flags);
    const plan = planFrames(drawSeed(settings));
    if (flags.csv) process.stdout.write(planCsv(plan));
    else if (flags.json) process.stdout.write(planJson(plan));
    else process.stdout.write(printableLines(planText(plan)));
  },
};
