/** Finished frames on their way to the video and the stills, which take them as they are played. */

import type { ByteImage } from "../tensor/image.ts";
import type { JournalEntry, RunFolder } from "./run-folder.ts";
import type { Sinks } from "./sinks.ts";

export interface Delivery {
  /** @param image read from the folder when it is not given */
  take(entry: JournalEntry, image?: ByteImage): Promise<void>;
  /** Owed after the last frame: delivers what could not be before. */
  finish(): Promise<void>;
}

/** Hands frames on at once, or with `reverse`, when all are there, from the last finished one to the first. */
export function inPlayedOrder(
  sinks: Pick<Sinks, "take">,
  folder: Pick<RunFolder, "readFrame">,
  reverse: boolean,
): Delivery {
  const waiting: JournalEntry[] = [];
  const handOn = async (entry: JournalEntry, image?: ByteImage): Promise<void> =>
    sinks.take(entry.frame, image ?? (await folder.readFrame(entry)));
  return {
    async take(entry, image) {
      if (reverse) waiting.push(entry);
      else await handOn(entry, image);
    },
    async finish() {
      for (const entry of waiting.toReversed()) await handOn(entry);
    },
  };
}
