/** Finished frames on their way to the video and the stills: they come in any order and go on as they are played. */

import type { ByteImage } from "../tensor/image.ts";
import type { JournalEntry, RunFolder } from "./run-folder.ts";
import type { Sinks } from "./sinks.ts";

export interface Delivery {
  /**
   * Takes each finished frame once, whichever comes first; resolves when everything that can go on has gone on. What has to wait for an earlier
   * frame waits without its pixels.
   *
   * @param image read from the folder when it is not given, or was not needed at once
   */
  take(entry: JournalEntry, image?: ByteImage): Promise<void>;
  /** Owed after the last frame: hands on what is left of an unfinished run, as if the missing frames had never been planned. */
  finish(): Promise<void>;
}

/**
 * Hands frames on from the lowest number to the highest.
 *
 * @param plan all frames that may come
 */
export function inPlayedOrder(
  sinks: Pick<Sinks, "take">,
  folder: Pick<RunFolder, "readFrame">,
  plan: readonly { readonly frame: number }[],
): Delivery {
  const ahead = plan.map(({ frame }) => frame).toSorted((a, b) => b - a);
  const waiting = new Map<number, JournalEntry>();
  /** Sinks take one frame at a time, also from shots that are rendered side by side. */
  let lastTurn: Promise<void> = Promise.resolve();

  const handOn = async (entry: JournalEntry, image?: ByteImage): Promise<void> =>
    sinks.take(entry.frame, image ?? (await folder.readFrame(entry)));

  async function handOnFrom(entry: JournalEntry, image: ByteImage | undefined): Promise<void> {
    waiting.set(entry.frame, entry);
    for (let next = waiting.get(ahead.at(-1)!); next; next = waiting.get(ahead.at(-1)!)) {
      ahead.pop();
      waiting.delete(next.frame);
      await handOn(next, next === entry ? image : undefined);
    }
  }

  return {
    take(entry, image) {
      lastTurn = lastTurn.then(() => handOnFrom(entry, image));
      return lastTurn;
    },
    async finish() {
      await lastTurn;
      for (const entry of [...waiting.values()].toSorted((a, b) => a.frame - b.frame)) await handOn(entry);
      waiting.clear();
    },
  };
}
