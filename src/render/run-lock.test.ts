import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockRunFolder } from "./run-lock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-lock-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("refuses a second renderer as long as the first lives", async () => {
  const unlock = await lockRunFolder(folder);
  await expect(lockRunFolder(folder)).rejects.toThrow(`process ${process.pid} is rendering into this folder`);
  await unlock();
  await (
    await lockRunFolder(folder)
  )();
  expect(await readdir(folder)).toEqual([]);
});

it("takes the lock over from a process that died", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  await writeFile(join(folder, "run.lock"), JSON.stringify({ pid, host: hostname() }));
  await (
    await lockRunFolder(folder)
  )();
});

it("takes over a lock that a crash cut off", async () => {
  await writeFile(join(folder, "run.lock"), '{"pid":');
  await (
    await lockRunFolder(folder)
  )();
});

it("respects a renderer on another machine", async () => {
  await writeFile(join(folder, "run.lock"), JSON.stringify({ pid: 1, host: "elsewhere" }));
  await expect(lockRunFolder(folder)).rejects.toThrow("process 1 on elsewhere is rendering into this folder");
});

it("takes a folder away that it made and that stayed empty", async () => {
  const deep = join(folder, "renders", "flight");
  await (
    await lockRunFolder(deep)
  )();
  expect(await readdir(folder)).toEqual([]);
  const unlock = await lockRunFolder(deep);
  await writeFile(join(deep, "frame"), "");
  await unlock();
  expect(await readdir(deep)).toEqual(["frame"]);
});
