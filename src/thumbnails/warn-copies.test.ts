/** The comparison of stills with references, given up. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { disk } from "../../test/support/drawn-frames.ts";
import { scored } from "../../test/support/scored-frame.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { encodePng } from "../tensor/picture-file.ts";
import type { RankedFrame } from "./select.ts";
import { warnCopies } from "./warn-copies.ts";

const STOPPED = new Error("stopped");

it("reads no further reference once it is aborted", async () => {
  const folder = await temporaryFolder();
  const references = join(folder, "references");
  await mkdir(references);
  const picture = await disk(64, 64, 32, 32);
  await writeFile(join(references, "1.png"), await encodePng(picture));
  const picked: RankedFrame = { ...scored(0), cluster: 0, merit: 1 };
  const source = {
    kind: "run",
    name: "film",
    read: () => Promise.resolve(picture),
    recipe: () => Promise.resolve(null),
    settings: null,
  } as const;
  const signal = AbortSignal.abort(STOPPED);
  await expect(warnCopies([picked], source, { references, folder, signal })).rejects.toBe(STOPPED);
  expect(await readdir(folder)).toEqual(["references"]);
});
