/** `animate cache gc`: makes room in the frame cache. */

import type { CommandModule } from "yargs";
import { cachePlace, requireByteCount } from "../frame-cache/cache-place.ts";
import { collectGarbage } from "../frame-cache/collect-garbage.ts";
import { inUnits } from "./byte-units.ts";
import { printableJson } from "../printable.ts";

interface GcFlags {
  readonly limit: string | undefined;
  readonly json: boolean;
}

export const cacheGcCommand: CommandModule<object, GcFlags> = {
  command: "gc",
  describe: "Remove what was not used for longest, until the cache is within its limit",
  builder: (argv) =>
    argv
      .option("limit", {
        type: "string",
        requiresArg: true,
        describe: "What may stay, as in 5GB; 0 removes all (default: ANIMATE_CACHE_SIZE, or 10GB)",
      })
      .option("json", { type: "boolean", default: false, describe: "As JSON" }),
  async handler({ limit, json }) {
    const { folder, limitBytes: ownLimit } = cachePlace();
    const limitBytes = limit === undefined ? ownLimit : requireByteCount("--limit", limit);
    const collection = await collectGarbage(folder, { limitBytes });
    if (json) {
      console.log(printableJson(JSON.stringify({ folder, limitBytes, ...collection }, undefined, 2)));
      return;
    }
    const { removedFrames, keptFrames, keptBytes, freedBytes, sharedBytes } = collection;
    const shared =
      sharedBytes > 0 ? `; ${inUnits(sharedBytes)} more are in run folders, and theirs alone now` : "";
    console.log(`${removedFrames} frames removed, ${inUnits(freedBytes)} freed${shared}`);
    console.log(`${keptFrames} frames stay, ${inUnits(keptBytes)} of ${inUnits(limitBytes)}`);
  },
};
