import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { type AskedProcess, startAskedProcess } from "./asked-process.ts";
import { createPatience, type PatienceRules } from "./patience.ts";

const END_WITH_PARENT = fileURLToPath(new URL("../../dist/processes/end-with-parent.js", import.meta.url));

/** Short, but longer than a busy machine may keep a process waiting. */
const SHORT: PatienceRules = { least: 1.5, timesMedian: 4, firstIdle: 2, firstBusy: 20, slice: 0.1 };

/** What the processes of these tests do when they are asked. */
const ANSWERS = `
  const { setTimeout: sleep } = await import("node:timers/promises");
  function compute(seconds) { for (const end = Date.now() + 1000 * seconds; Date.now() < end; ); }
  process.on("disconnect", () => process.exit());
  process.on("message", async (message) => {
    if (message.compute) compute(message.compute);
    if (message.exit) process.exit(message.exit);
    if (message.kill) process.kill(process.pid, message.kill);
    for (let i = 0; i < (message.steps ?? 0); i++) { await sleep(250); process.send({ step: i }); }
    if (message.rest) await sleep(1000 * message.rest);
    process.send({ answer: process.pid });
  });
`;

type Message = Readonly<Record<string, unknown>>;

interface Started {
  readonly child: AskedProcess<Message, Message>;
  /** Asks something of one kind, and gives the id of the process. */
  readonly ask: (message: Message) => Promise<number>;
}

async function start(): Promise<Started> {
  const path = join(await temporaryFolder(), "child.mjs");
  await writeFile(path, ANSWERS);
  const child = startAskedProcess<Message, Message>(path, createPatience(SHORT));
  onTestFinished(() => child.close({ exit: 1 }));
  const take = (reply: Message) => ("answer" in reply ? null : "talk");
  return {
    child,
    ask: async (message) => Number((await child.ask({ message, work: "talk", take }))["answer"]),
  };
}

const linux = process.platform === "linux";
const unlessLinux = linux ? "" : " (skipped: what a process does is read in /proc)";

describe("a process that is asked", () => {
  it("answers one question after the other", async () => {
    const { ask } = await start();
    expect(await ask({ steps: 2 })).toBe(await ask({}));
  });

  it.each([
    [{ exit: 3 }, "exit code 3"],
    [{ kill: "SIGKILL" }, "signal SIGKILL"],
  ])("that does %j is told by its end", async (message, end) => {
    const { ask } = await start();
    await expect(ask(message)).rejects.toThrow(`the process ended: ${end}`);
    await expect(ask({})).rejects.toThrow(end);
  });

  it("keeps nothing of what was asked", async () => {
    const { ask } = await start();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 400; i++) await ask({ picture: new Float32Array(125_000) });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
  });

  it("that loops without end at work it has done before is killed", async () => {
    const { ask } = await start();
    const pid = await ask({});
    await ask({});
    const before = performance.now();
    await expect(ask({ compute: 60 })).rejects.toThrow(/no sign of life for \d s/);
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("that speaks now and then may take as long as it wants", async () => {
    const { ask } = await start();
    await ask({});
    expect(await ask({ steps: 6 })).toBeGreaterThan(0);
  });

  it.skipIf(!linux)(`that rests where it was never asked before is killed${unlessLinux}`, async () => {
    const { ask } = await start();
    await expect(ask({ rest: 60 })).rejects.toThrow(/no sign of life for \d s/);
  });

  it.skipIf(!linux)(`that is stopped is killed${unlessLinux}`, async () => {
    const { ask } = await start();
    process.kill(await ask({}), "SIGSTOP");
    await expect(ask({})).rejects.toThrow(/no sign of life for \d s/);
  });

  it("that computes may be silent for long the first time", async () => {
    const { ask } = await start();
    expect(await ask({ compute: 2.5 })).toBeGreaterThan(0);
  });

  it("that cannot be started is told with the system's reason", async () => {
    const { execPath } = process;
    process.execPath = "/nowhere/node";
    const { ask, child } = await start().finally(() => (process.execPath = execPath));
    await expect(ask({})).rejects.toThrow("ENOENT");
    expect(child.end).toMatchObject({ reason: "start" });
  });

  it.skipIf(!linux)(`is what Linux ends when memory runs out${unlessLinux}`, async () => {
    const { ask } = await start();
    expect(await memoryScore(await ask({}))).toBe(500);
    expect(await memoryScore(process.pid)).toBeLessThan(500);
  });
});

describe("a process whose parent is killed", () => {
  it("ends within seconds, also in the middle of a computation", async () => {
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, "child.mjs"),
      `import { endWithParent } from ${JSON.stringify(END_WITH_PARENT)};
       endWithParent();
       process.on("message", () => { process.send(process.pid); for (;;); });`,
    );
    await writeFile(
      join(folder, "parent.mjs"),
      `import { fork } from "node:child_process";
       const child = fork(${JSON.stringify(join(folder, "child.mjs"))}, [String(process.pid)]);
       child.on("message", (pid) => process.send(pid));
       child.send("go");`,
    );
    const parent: ChildProcess = fork(join(folder, "parent.mjs"), { execArgv: [] });
    const [pid] = (await once(parent, "message")) as [number];
    onTestFinished(() => {
      if (isThere(pid)) process.kill(pid, "SIGKILL");
    });
    parent.kill("SIGKILL");
    await once(parent, "exit");
    for (let i = 0; i < 100 && isThere(pid); i++) await sleep(100);
    expect(isThere(pid)).toBe(false);
  });
});

async function memoryScore(pid: number): Promise<number> {
  return Number(await readFile(`/proc/${pid}/oom_score_adj`, "utf8"));
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
