import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../test/support/temporary-folder.ts";
import { RenderError } from "./errors.ts";
import { takeLock } from "./lock-file.ts";
import {
  describeWork,
  type LockHolder,
  mayHold,
  nameHolder,
  parseHolder,
  thisHolder,
} from "./lock-holder.ts";

const held = (holder: LockHolder) => new RenderError(`${nameHolder(holder)}${describeWork(holder)}`);
const onLinux = process.platform === "linux";

async function deadHolder(): Promise<LockHolder> {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  return { ...(await thisHolder(null)), pid };
}

/** Locks that nobody holds any more, as they are found on disk. */
async function staleLocks(): Promise<Record<string, string>> {
  const here = await thisHolder("flight.yaml");
  return {
    "of a dead process": JSON.stringify(await deadHolder()),
    "of a dead process, by an older version": JSON.stringify({
      pid: (await deadHolder()).pid,
      host: hostname(),
    }),
    "from before the last boot": JSON.stringify({ ...here, boot: "6f3a9c1e-2b04-4d52-9d54-0c1f6c1b7a11" }),
    "cut off by a crash": '{"pid":',
    "without content": "",
    // Only Linux tells when a process started.
    ...(onLinux && { "whose number another process has": JSON.stringify({ ...here, started: "12" }) }),
  };
}

describe("takeLock", () => {
  it("names who holds the lock, with what and since when, and changes nothing", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "run.lock");
    const unlock = await takeLock(path, "flight.yaml", held);
    const before = await readFile(path, "utf8");
    const name = new RegExp(
      `^process ${process.pid}: flight\\.yaml, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$`,
    );
    await expect(takeLock(path, "other.yaml", held)).rejects.toThrow(name);
    expect(await readFile(path, "utf8")).toBe(before);
    expect(await readdir(folder)).toEqual(["run.lock"]);
    await unlock();
    expect(await readdir(folder)).toEqual([]);
  });

  it("takes over every kind of stale lock, and leaves one lock and nothing else", async () => {
    for (const [kind, text] of Object.entries(await staleLocks())) {
      const folder = await temporaryFolder();
      const path = join(folder, "run.lock");
      await writeFile(path, text);
      const unlock = await takeLock(path, null, held);
      expect(parseHolder(await readFile(path, "utf8")), kind).toMatchObject({ pid: process.pid });
      expect(await readdir(folder), kind).toEqual(["run.lock"]);
      await unlock();
      expect(await readdir(folder), kind).toEqual([]);
    }
  });

  it("takes over from one that died while it took the lock over", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "run.lock");
    const dead = JSON.stringify(await deadHolder());
    for (const suffix of ["", ".takeover", ".takeover.takeover"]) await writeFile(path + suffix, dead);
    const unlock = await takeLock(path, null, held);
    expect(await readdir(folder)).toEqual(["run.lock"]);
    await unlock();
  });

  it("leaves a lock alone that came after its own was removed by hand", async () => {
    const path = join(await temporaryFolder(), "run.lock");
    const unlock = await takeLock(path, null, held);
    const other = JSON.stringify({ ...(await thisHolder("other.yaml")), since: "2026-01-01T00:00:00.000Z" });
    await writeFile(path, other);
    await unlock();
    expect(await readFile(path, "utf8")).toBe(other);
  });

  it("says what it could not write", async () => {
    const path = join(await temporaryFolder(), "missing", "run.lock");
    await expect(takeLock(path, null, held)).rejects.toThrow(
      /^cannot write \d+ bytes: the folder does not exist$/,
    );
  });

  it("has one winner whenever ten processes find a stale lock", { timeout: 60_000 }, async () => {
    const folder = await temporaryFolder();
    const stale = Object.values(await staleLocks());
    const program = join(folder, "contender.mjs");
    const lockFile = new URL("../dist/lock-file.js", import.meta.url);
    await writeFile(program, contender(lockFile.href));
    const contenders = Array.from({ length: 10 }, () => fork(program));
    try {
      await Promise.all(contenders.map((child) => answerOf(child)));
      for (let round = 0; round < 50; round++) {
        const path = join(folder, `${round}.lock`);
        await writeFile(path, stale[round % stale.length]!);
        // Now and then one has died in the middle of taking over.
        if (round % 4 === 3) await writeFile(`${path}.takeover`, stale[0]!);
        const answers = contenders.map((child) => answerOf(child));
        for (const child of contenders) child.send(path);
        const winners = (await Promise.all(answers)).filter((answer) => answer !== "held");
        expect(winners, `round ${round}`).toHaveLength(1);
        expect(parseHolder(await readFile(path, "utf8"))?.pid, `round ${round}`).toBe(winners[0]);
      }
      expect((await readdir(folder)).filter((file) => !/^\d+\.lock$/.test(file))).toEqual(["contender.mjs"]);
    } finally {
      for (const child of contenders) child.kill("SIGKILL");
    }
  });
});

/** Answers each path with its own number when it got the lock, which it keeps, and with `held` when another one did. */
function contender(lockFile: string): string {
  return `
    import { takeLock } from ${JSON.stringify(lockFile)};
    class Held extends Error {}
    process.on("message", (path) => {
      takeLock(path, null, () => new Held()).then(
        () => process.send(process.pid),
        (error) => process.send(error instanceof Held ? "held" : String(error)),
      );
    });
    process.send("ready");
  `;
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const [answer] = (await once(child, "message")) as unknown[];
  return answer;
}

describe("mayHold", () => {
  it("believes whoever lives, and whoever cannot be asked", async () => {
    const here = await thisHolder(null);
    expect(await mayHold(here)).toBe(true);
    expect(await mayHold({ ...here, boot: null, started: null })).toBe(true);
    expect(await mayHold({ ...here, host: "elsewhere", pid: 1, boot: "other" })).toBe(true);
  });

  it.runIf(onLinux)("does not take a process for alive that is only waiting to be collected", async () => {
    const program = `
      const { pid } = require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 500)"]);
      console.log(pid);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["-e", program]);
    const [chunk] = (await once(parent.stdout, "data")) as [Buffer];
    parent.kill("SIGSTOP");
    const child = { ...(await thisHolder(null)), pid: Number(chunk.toString()), started: null };
    expect(await mayHold(child)).toBe(true);
    await expect.poll(() => mayHold(child), { timeout: 10_000 }).toBe(false);
    expect(() => process.kill(child.pid, 0)).not.toThrow();
    parent.kill("SIGKILL");
  });
});

describe("parseHolder", () => {
  it.each([
    "",
    "{",
    "null",
    "12",
    '"text"',
    '{"pid":"1","host":"a"}',
    '{"pid":-1,"host":"a"}',
    '{"pid":1.5,"host":"a"}',
    '{"pid":1}',
  ])("finds no holder in %s", (text) => {
    expect(parseHolder(text)).toBeUndefined();
  });

  it("leaves out what is not of the right kind", () => {
    const text = JSON.stringify({ pid: 1, host: "a", boot: 7, since: "yesterday", task: ["x"] });
    expect(parseHolder(text)).toEqual({
      pid: 1,
      host: "a",
      boot: null,
      started: null,
      since: null,
      task: null,
    });
  });
});
