/** Stills that are given up: nothing more is read, and nothing is left. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { disk } from "../../test/support/drawn-frames.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import type { Footage } from "../footage/footage.ts";
import { settingsSchema } from "../settings/schema.ts";
import { openDress } from "./dress-still.ts";
import { makeThumbnails } from "./make-thumbnails.ts";
import { defaultWeights } from "./weights.ts";

const STOPPED = new Error("stopped");

it("reads no further frame once it is aborted, and leaves no folder", async () => {
  const folder = await temporaryFolder();
  const pictures = await Promise.all([16, 40, 64, 88].map((x) => disk(128, 72, x, 36)));
  const aborting = new AbortController();
  const reads: number[] = [];
  const film: Footage = {
    kind: "run",
    name: "film",
    width: 128,
    height: 72,
    frameCount: pictures.length,
    warnings: [],
    async *frames() {
      for (const [frame, image] of pictures.entries()) {
        yield { frame, timeSeconds: frame, image: { ...image, data: image.data.slice() } };
      }
    },
    still({ frame }) {
      reads.push(frame);
      if (reads.length === 2) aborting.abort(STOPPED);
      return Promise.resolve(pictures[frame]!);
    },
  };
  const { thumbnails } = settingsSchema.parse({ prompts: "-", thumbnails: { count: 3 } });
  const making = makeThumbnails(film, {
    thumbnails,
    weights: defaultWeights(),
    dress: await openDress(thumbnails, folder),
    judges: { detector: null, aesthetic: null },
    references: null,
    upscaler: null,
    origin: { recipe: () => Promise.resolve(null), settings: null },
    folder: join(folder, "stills"),
    force: false,
    signal: aborting.signal,
  });
  await expect(making).rejects.toBe(STOPPED);
  expect(reads).toHaveLength(2);
  expect(await readdir(folder)).toEqual([]);
});
