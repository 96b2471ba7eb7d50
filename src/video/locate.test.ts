/** The search for ffmpeg: order, refusals, and what doctor says. */
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EncodeError } from "../errors.ts";
import { describeFfmpeg, locateVideoTools, shippedPath } from "./locate.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-locate-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, body: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!${process.execPath}\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

const ANSWERS = `
  const name = require("node:path").basename(process.argv[1]);
  if (process.argv.includes("-encoders")) console.log(" V..... libx264   H.264\\n V....D gif   GIF\\n A..... aac   AAC");
  else console.log(name + " version 9.9.9-test Copyright");
`;

const shipsNothing = () => Promise.reject(new Error("Unsupported platform"));

describe("where ffmpeg comes from", () => {
  it("uses the programs shipped by npm when neither a variable nor PATH has one", async () => {
    const { ffmpeg, ffprobe } = await locateVideoTools({ PATH: folder });
    expect([ffmpeg.source, ffprobe.source]).toEqual(["npm", "npm"]);
    expect(ffmpeg.path).toMatch(/@ffmpeg-installer/);
    expect(ffprobe.path).toMatch(/@ffprobe-installer/);
    expect(ffmpeg.version).not.toBe("");
    expect([...ffmpeg.encoders]).toEqual(expect.arrayContaining(["libx264", "libvpx-vp9", "gif", "png"]));
    expect(ffmpeg.encoders.has("aac")).toBe(false);
  });

  it("prefers PATH to npm", async () => {
    const path = await program("ffmpeg", ANSWERS);
    const { ffmpeg, ffprobe } = await locateVideoTools({ PATH: `/nonexistent:${folder}` });
    expect(ffmpeg).toMatchObject({ path, source: "PATH", version: "9.9.9-test" });
    expect([...ffmpeg.encoders]).toEqual(["libx264", "gif"]);
    expect(ffprobe.source).toBe("npm");
  });

  it("prefers the variables to PATH", async () => {
    await program("ffmpeg", ANSWERS);
    const { ffmpeg: shipped } = await locateVideoTools({ PATH: "" });
    const link = join(folder, "my-ffmpeg");
    await symlink(shipped.path, link);
    const { ffmpeg } = await locateVideoTools({ FFMPEG_PATH: link, PATH: folder });
    expect(ffmpeg).toMatchObject({ path: link, source: "environment", version: shipped.version });
  });

  it("asks each set of programs once", async () => {
    const environment = { PATH: folder };
    expect(await locateVideoTools(environment)).toBe(await locateVideoTools({ ...environment }));
  });
});

describe("a variable that is set and wrong is an error, not a reason to look elsewhere", () => {
  it.each([
    ["no such file", async () => join(folder, "missing")],
    [
      "a folder",
      async () => {
        await mkdir(join(folder, "directory"));
        return join(folder, "directory");
      },
    ],
    [
      "a file without the right to execute it",
      async () => {
        await writeFile(join(folder, "plain"), "");
        return join(folder, "plain");
      },
    ],
  ])("%s", async (found, make) => {
    const path = await make();
    for (const variable of ["FFMPEG_PATH", "FFPROBE_PATH"]) {
      await expect(locateVideoTools({ [variable]: path, PATH: "" })).rejects.toMatchObject({
        constructor: EncodeError,
        message: `expected an executable file, found ${found}`,
        where: `${variable}=${path}`,
        hint: expect.stringContaining(`unset it`),
      });
    }
  });

  it("refuses a program that is not ffmpeg", async () => {
    const path = await program("impostor", `console.log("hello")`);
    await expect(locateVideoTools({ FFMPEG_PATH: path, PATH: "" })).rejects.toMatchObject({
      constructor: EncodeError,
      message: `expected "ffmpeg version …", found "hello\\n"`,
      where: path,
    });
  });

  it("refuses a program that fails", async () => {
    const path = await program("failing", `process.exit(3)`);
    await expect(locateVideoTools({ FFPROBE_PATH: path, PATH: "" })).rejects.toMatchObject({
      constructor: EncodeError,
      message: expect.stringContaining("ffprobe -version failed"),
    });
  });
});

describe("the programs shipped by npm", () => {
  it("are made executable when npm left them without the right", async () => {
    const path = await program("ffprobe", ANSWERS);
    await chmod(path, 0o644);
    expect(await shippedPath({ name: "ffprobe", loadShipped: async () => ({ default: { path } }) })).toBe(
      path,
    );
    expect((await stat(path)).mode & 0o777).toBe(0o755);
  });

  it("are missed with a hint how to install them", async () => {
    await expect(shippedPath({ name: "ffmpeg", loadShipped: shipsNothing })).rejects.toMatchObject({
      constructor: EncodeError,
      message: "no ffmpeg was found, and npm ships none for this machine",
      hint: expect.stringMatching(/npm ci.*apt install ffmpeg.*FFMPEG_PATH/),
    });
  });
});

it("doctor names both programs, their origin, their version and the encoders", async () => {
  const path = await program("ffmpeg", ANSWERS);
  const lines = await describeFfmpeg({ FFMPEG_PATH: path, PATH: "" });
  expect(lines[0]).toBe(`ffmpeg 9.9.9-test (from FFMPEG_PATH): ${path}`);
  expect(lines[1]).toMatch(/^ffprobe \S+ \(shipped by npm\): \//);
  expect(lines[2]).toBe("video encoders: libx264, gif");
});
