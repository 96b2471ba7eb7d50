/** Atomic writing: whole or absent, also on a full disk. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileError } from "./errors.ts";
import { makeFolder, sweepTemporaryFiles, temporaryPath, writeFileAtomic } from "./files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-files-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("writeFileAtomic", () => {
  it("writes bytes and text, replaces what was there, and leaves no second file", async () => {
    const path = join(folder, "manifest.json");
    await writeFileAtomic(path, new Uint8Array([1, 2, 250]));
    expect([...(await readFile(path))]).toEqual([1, 2, 250]);
    await writeFileAtomic(path, "größer");
    expect(await readFile(path, "utf8")).toBe("größer");
    expect(await readdir(folder)).toEqual(["manifest.json"]);
  });

  it("never shows half a file to a reader", async () => {
    const path = join(folder, "frame.bin");
    const versions = [1, 2, 3, 4].map((value) => new Uint8Array(400_000).fill(value));
    await writeFileAtomic(path, versions[0]!);
    const state = { writing: true };
    const writer = (async () => {
      for (let round = 0; round < 20; round++) await writeFileAtomic(path, versions[round % 4]!);
      state.writing = false;
    })();
    while (state.writing) {
      const seen = await readFile(path);
      expect(seen.length).toBe(400_000);
      expect(seen[0]).toBe(seen.at(-1));
    }
    await writer;
  });

  it("names the missing folder, the path and the size", async () => {
    const path = join(folder, "missing", "a.bin");
    await expect(writeFileAtomic(path, new Uint8Array(12))).rejects.toMatchObject({
      constructor: FileError,
      message: "cannot write 12 bytes: the folder does not exist",
      where: path,
      hint: expect.stringContaining(dirname(path)),
    });
  });

  it("does not replace a folder, and cleans up after trying", async () => {
    await mkdir(join(folder, "taken"));
    await writeFile(join(folder, "taken", "inside"), "");
    await expect(writeFileAtomic(join(folder, "taken"), "text")).rejects.toThrow(
      "cannot write 4 bytes: there is a folder of that name",
    );
    expect(await readdir(folder)).toEqual(["taken"]);
  });

  const mounting = tryMount();
  const note = mounting === "" ? "" : ` (skipped: no right to mount a tmpfs here: ${mounting})`;
  it.skipIf(mounting !== "")(
    `on a full disk keeps the older file and leaves no part of the new one${note}`,
    async () => {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
      try {
        const path = join(folder, "frame.png");
        await writeFileAtomic(path, "older");
        await expect(writeFileAtomic(path, new Uint8Array(200_000))).rejects.toMatchObject({
          constructor: FileError,
          message: "cannot write 200000 bytes: the disk is full",
          where: path,
          hint: `free space on the disk of ${folder} and run again`,
        });
        expect(await readFile(path, "utf8")).toBe("older");
        expect(await readdir(folder)).toEqual(["frame.png"]);
      } finally {
        execFileSync("umount", ["-l", folder]);
      }
    },
  );
});

it("temporary names stay in the folder, are hidden, and never repeat", () => {
  const names = new Set(Array.from({ length: 100 }, () => temporaryPath("/a/b/video.mp4")));
  expect(names.size).toBe(100);
  for (const name of names) expect(name).toMatch(/^\/a\/b\/\.video\.mp4\.[0-9a-f]{12}\.partial$/);
});

/** Empty when a tmpfs can be mounted, else the reason. */
function tryMount(): string {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", "/mnt"], { stdio: "pipe" });
    execFileSync("umount", ["/mnt"], { stdio: "pipe" });
    return "";
  } catch (error) {
    return error instanceof Error ? error.message.split("\n", 1)[0]! : String(error);
  }
}

describe("sweepTemporaryFiles", () => {
  it("removes what a killed process left and nothing else", async () => {
    await writeFile(temporaryPath(join(folder, "video.mp4")), "half");
    await writeFile(join(folder, "mine.partial"), "whole");
    await writeFile(join(folder, ".hidden"), "whole");
    await sweepTemporaryFiles(folder);
    expect((await readdir(folder)).toSorted()).toEqual([".hidden", "mine.partial"]);
  });

  it("takes a folder that is not there as an empty one", async () => {
    await expect(sweepTemporaryFiles(join(folder, "none"))).resolves.toBeUndefined();
  });
});

describe("makeFolder", () => {
  it("makes a folder with those around it, and leaves one that is there", async () => {
    const path = join(folder, "a", "b");
    await makeFolder(path);
    await writeFile(join(path, "kept"), "");
    await makeFolder(path);
    expect(await readdir(path)).toEqual(["kept"]);
  });

  it("names the folder that cannot be made, and what to do", async () => {
    await writeFile(join(folder, "file"), "");
    const path = join(folder, "file", "inside");
    const failure = makeFolder(path);
    await expect(failure).rejects.toBeInstanceOf(FileError);
    await expect(failure).rejects.toMatchObject({
      message: `cannot make the folder ${path}: a part of the path is a file`,
      hint: "choose another folder",
    });
  });
});
