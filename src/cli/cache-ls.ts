/** `animate cache ls`: what the frame cache holds, by the runs that made it. */

import type { CommandModule } from "yargs";
import { cachePlace } from "../frame-cache/cache-place.ts";
import { type CachedRun, summarizeCache } from "../frame-cache/summary.ts";
import { printable, printableJson } from "../printable.ts";
import { inUnits } from "./byte-units.ts";

interface LsFlags {
  readonly json: boolean;
}

export const cacheLsCommand: CommandModule<object, LsFlags> = {
  command: ["ls", "$0"],
  describe: "List the frames in the cache by the runs that made them",
  builder: (argv) => argv.option("json", { type: "boolean", default: false, describe: "As JSON" }),
  async handler({ json }) {
    const place = cachePlace();
    const summary = await summarizeCache(place.folder);
    if (json) {
      console.log(printableJson(JSON.stringify({ ...place, ...summary }, undefined, 2)));
      return;
    }
    const rows = summary.runs.map(runRow);
    const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]!.length))) ?? [];
    for (const row of rows)
      console.log(
        row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join("  ")
          .trimEnd(),
      );
    const shared =
      summary.sharedBytes > 0 ? `; ${inUnits(summary.sharedBytes)} of it are in run folders, too` : "";
    const { folder, limitBytes } = place;
    console.log(`${frames(summary.frames)}, ${inUnits(summary.bytes)} of ${inUnits(limitBytes)}${shared}`);
    console.log(printable(`The cache is ${folder} (ANIMATE_CACHE); ANIMATE_CACHE_SIZE=20GB sets its limit.`));
    if (summary.frames > 0)
      console.log("  animate cache gc --limit 5GB    removes what was not used for longest");
  },
};

function runRow({ run, model, frames: count, bytes, lastUsed }: CachedRun): string[] {
  const time = `${lastUsed.slice(0, 10)} ${lastUsed.slice(11, 16)} UTC`;
  return [printable(run), printable(model), frames(count), inUnits(bytes), `last used ${time}`];
}

function frames(count: number): string {
  return `${count} frame${count === 1 ? "" : "s"}`;
}
