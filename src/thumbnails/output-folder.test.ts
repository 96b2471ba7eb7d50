/** The folder of stills: its name is taken when it is whole, and never from files of others. */
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openOutputFolder } from "./output-folder.ts";

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-output-"));
  out = join(folder, "stills");
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

it.each(["absent", "empty", "a link to an empty folder"])(
  "takes the place of a folder that is %s",
  async (kind) => {
    if (kind === "empty") await mkdir(out);
    if (kind.startsWith("a link")) {
      await mkdir(join(folder, "target"));
      await symlink(join(folder, "target"), out);
    }
    const output = await openOutputFolder(out, false);
    await writeFile(join(output.path, "still.jpg"), "picture");
    await output.publish();
    await output.discard();
    expect(await readdir(out)).toEqual(["still.jpg"]);
    expect((await readdir(folder)).filter((name) => name.endsWith(".partial"))).toEqual([]);
  },
);

it.each(["absent", "empty"])(
  "keeps what others have put meanwhile into a folder that was %s",
  async (kind) => {
    if (kind === "empty") await mkdir(out);
    const output = await openOutputFolder(out, false);
    await writeFile(join(output.path, "still.jpg"), "picture");
    await mkdir(out, { recursive: true });
    await writeFile(join(out, "notes.txt"), "mine");
    await expect(output.publish()).rejects.toMatchObject({
      name: "FileError",
      message: "other files have come there while the stills were made",
      where: out,
    });
    await output.discard();
    expect(await readdir(out)).toEqual(["notes.txt"]);
    expect(await readdir(folder)).toEqual(["stills"]);
  },
);
