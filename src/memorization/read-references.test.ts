/** A folder as references: all that can be read, and the rest by name. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { drawnScene } from "../../test/support/drawn-scene.ts";
import { FileError } from "../errors.ts";
import { readReferences } from "./read-references.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-references-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it("reads folders in folders, in natural order, and counts as it reads", async () => {
  await mkdir(join(folder, "more"));
  await writeFile(join(folder, "10.png"), await sharp(drawnScene(1)).png().toBuffer());
  await writeFile(join(folder, "9.JPG"), await sharp(drawnScene(2)).jpeg().toBuffer());
  await writeFile(join(folder, "more", "1.webp"), await sharp(drawnScene(3)).webp().toBuffer());
  await writeFile(join(folder, "captions.txt"), "not a picture");
  const counted: number[] = [];
  const { list, unreadable } = await readReferences(folder, (read, count) => counted.push(read / count));
  expect(list.map(({ file }) => file)).toEqual(
    ["9.JPG", "10.png", "more/1.webp"].map((name) => join(folder, name)),
  );
  expect(list[0]!.print.aspect).toBeCloseTo(4 / 3, 2);
  expect(unreadable).toEqual([]);
  expect(counted).toEqual([1 / 3, 2 / 3, 1]);
});

it("names what cannot be read and goes on", async () => {
  const good = await sharp(drawnScene(1)).png().toBuffer();
  await writeFile(join(folder, "a.png"), good);
  await writeFile(join(folder, "b.png"), good.subarray(0, good.length / 2));
  await writeFile(join(folder, "c.jpg"), "");
  await writeFile(join(folder, "d.webp"), "<svg/>");
  await symlink(join(folder, "nowhere.png"), join(folder, "e.png"));
  const { list, unreadable } = await readReferences(folder);
  expect(list.map(({ file }) => file)).toEqual([join(folder, "a.png")]);
  expect(unreadable.map(({ file }) => file)).toEqual(
    ["b.png", "c.jpg", "d.webp", "e.png"].map((name) => join(folder, name)),
  );
  expect(unreadable[0]!.reason).toMatch(/damaged/);
  expect(unreadable[3]!.reason).toBe("there is no such file");
});

it("refuses a folder that is not there, has no pictures, or none that can be read", async () => {
  const empty = join(folder, "empty");
  await mkdir(empty);
  await expect(readReferences(join(folder, "nowhere"))).rejects.toThrow("there is no such folder");
  await expect(readReferences(empty)).rejects.toMatchObject({
    constructor: FileError,
    message: "there are no pictures in the folder",
    where: empty,
  });
  await writeFile(join(empty, "a.png"), "?");
  await expect(readReferences(empty)).rejects.toThrow("none of the 1 pictures in the folder can be read");
  await expect(readReferences(join(empty, "a.png"))).rejects.toThrow(
    "expected a folder of pictures, found a file",
  );
});
