/** Picture files of users: only PNG, JPEG and WebP of bounded size are decoded, wherever a picture is named. */

import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openInputPictures } from "../../src/control/input-pictures.ts";
import { FileError } from "../../src/errors.ts";
import { readReferences } from "../../src/memorization/read-references.ts";
import { hashFile } from "../../src/models/model-hash.ts";
import { openSource } from "../../src/picture-folder/source-picture.ts";
import { readInitImage } from "../../src/render/init-image.ts";
import { readPicture, readPngBytes, readShrunkPicture } from "../../src/tensor/picture-file.ts";
import { readPngText } from "../../src/tensor/png-text.ts";
import { readFrameRecipe } from "../../src/thumbnails/frame-recipe.ts";
import {
  grayPng,
  HOSTILE_PICTURES,
  makePipe,
  PICTURE_NAME,
  talkativeJpeg,
  textBomb,
} from "../support/hostile-pictures.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Of processor time, which other work on the machine does not lengthen. */
const LIMIT_SECONDS = 1;
/** More than the largest picture that is read needs, a twentieth of what the bombs would take. */
const LIMIT_MEMORY = 400e6;
const SIZE = { width: 64, height: 64 };

/** Every way in which a file becomes a picture. */
const READERS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  "at its size": (path) => readPicture(path),
  "at the size of the render": (path) => readPicture(path, SIZE),
  "as a photograph": (path) => readShrunkPicture(path, 320),
  "as a frame": readPngBytes,
  "as a picture of a folder for img2img": async (path) => await (await openSource(path)).decode(),
};

async function failureOf(work: Promise<unknown>): Promise<FileError> {
  const start = process.cpuUsage();
  const memory = process.memoryUsage().rss;
  const outcome: unknown = await work.then(
    () => "a picture",
    (error: unknown) => error,
  );
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1e6).toBeLessThan(LIMIT_SECONDS);
  expect(process.memoryUsage().rss - memory).toBeLessThan(LIMIT_MEMORY);
  if (!(outcome instanceof FileError)) throw new Error("expected a FileError", { cause: outcome });
  return outcome;
}

describe.each(Object.entries(READERS))("a picture that is read %s", (_, read) => {
  it.each(HOSTILE_PICTURES)("is refused when it is $title", async ({ write, says }) => {
    const folder = await temporaryFolder();
    await write(folder);
    const path = join(folder, PICTURE_NAME);
    const error = await failureOf(read(path));
    expect(error.message).toMatch(read === readPngBytes ? /^(?:expected|the picture|the file)/ : says);
    expect(error.where).toBe(path);
    expect(error.hint).toMatch(/\w/);
  });
});

it("a file is no picture by its name, and a picture is one under any name", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "drawing.svg"), grayPng(8, 8));
  expect(await readPicture(join(folder, "drawing.svg"))).toMatchObject({ width: 8, height: 8 });
});

describe("a picture that is read carries no more than it may", () => {
  it.each([
    ["13 MB of notes about the camera", () => talkativeJpeg(13)],
    ["a text that unpacks to 64 MB", async () => grayPng(64, 64, { chunks: [textBomb()] })],
    [
      "two thousand texts that unpack to 3 MB each",
      async () => grayPng(64, 64, { chunks: Array.from<Buffer>({ length: 2000 }).fill(textBomb(3_000_000)) }),
    ],
  ])("%s", async (_, make) => {
    const path = join(await temporaryFolder(), PICTURE_NAME);
    const bytes = await make();
    await writeFile(path, bytes);
    const start = process.cpuUsage();
    expect(await readPicture(path)).toMatchObject({ width: 64, height: 64 });
    expect(await (await openSource(path)).decode()).toMatchObject({ width: 64, height: 64 });
    expect(await readFrameRecipe(path)).toBeNull();
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(LIMIT_SECONDS);
    if (bytes[0] === 0x89)
      expect(() => readPngText(bytes)).toThrow("PNG text `animate` is damaged or too large");
  });
});

/** A folder with a picture of 256 megapixels in it. */
async function bomb(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, PICTURE_NAME), grayPng(16_000, 16_000));
  return folder;
}

describe("wherever a picture is named, a bomb is refused with its place", () => {
  const request = { size: SIZE, fps: 10, frames: 3, cacheFolder: "unused", setting: "a.yaml:3:1 input" };

  it("as the start picture", async () => {
    const init = { image: PICTURE_NAME } as Parameters<typeof readInitImage>[0]["init"];
    const error = await failureOf(readInitImage({ init, size: SIZE }, await bomb()));
    expect(error.where).toContain("init.image");
  });

  it.each(["controlnet", "mask", "video"] as const)(
    "as the input of a %s, alone or in a folder",
    async (purpose) => {
      const folder = await bomb();
      for (const input of [PICTURE_NAME, "."]) {
        const pictures = await openInputPictures({ ...request, purpose, input, baseFolder: folder });
        expect((await failureOf(pictures!.readAt(0))).where).toBe(join(folder, PICTURE_NAME));
      }
    },
  );

  it("as one of the references of copies", async () => {
    const folder = await bomb();
    expect((await failureOf(readReferences(folder))).hint).toMatch(/picture\.png: the picture has more than/);
  });
});

it("pipes and devices are not waited for, nor hashed", async () => {
  const folder = await temporaryFolder();
  for (const read of [...Object.values(READERS), hashFile]) {
    await expect(read("/dev/zero")).rejects.toThrow(/expected a file|cannot be read/);
    if (makePipe(join(folder, "pipe.png"))) {
      await expect(read(join(folder, "pipe.png"))).rejects.toThrow(/expected a file|cannot be read/);
    }
  }
});

it("only one file of the program decodes pictures; the others draw what they have", () => {
  const decoders = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .filter((file) => {
      const text = readFileSync(join("src", file), "utf8");
      return /\bsharp\((?!\{ create|data, \{ raw|levels, \{ raw|Buffer\.from\(svg\))/.test(text);
    });
  expect(decoders).toEqual([join("tensor", "picture-file.ts")]);
});
