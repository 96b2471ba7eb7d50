/** Memory that runs out, as when another program takes it: a control group with a limit, for whoever may make one. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface SmallMemory {
  /** Puts a process in, with all that it starts from then on. */
  admit(pid: number): Promise<void>;
  /** Other programs take 4 MB after the other until Linux kills one that was here before, or `isOver`. @returns whether one was killed */
  runOut(isOver: () => boolean): Promise<boolean>;
  /** To be called when no process is left in it. */
  close(): Promise<void>;
}

/** By version of control groups: where they are made, and what limits them. */
const HIERARCHIES = [
  { root: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes", events: "memory.oom_control" },
  { root: "/sys/fs/cgroup", limit: "memory.max", events: "memory.events" },
] as const;

/** Takes what it is told to. */
const GREEDY = `
const taken = [];
process.on("message", (bytes) => { taken.push(Buffer.alloc(bytes, 1)); process.send("taken"); });
process.send("ready");
`;
/** Linux counts half of the limit for the process with the model: each of two others stays below that. */
const OTHERS = 2;
const BITE_BYTES = 4 * 2 ** 20;

let groups = 0;

/** @throws Error where control groups cannot be made */
export async function limitMemory(bytes: number): Promise<SmallMemory> {
  const { root, limit, events } = await findHierarchy();
  const group = join(root, `animate-torture-${process.pid}-${++groups}`);
  await mkdir(group);
  await writeFile(join(group, limit), String(bytes));
  const admit = async (pid: number) => await writeFile(join(group, "cgroup.procs"), String(pid));
  const deaths = async () =>
    Number(/^oom_kill (\d+)$/m.exec(await readFile(join(group, events), "utf8"))?.[1] ?? 0);

  return {
    admit,
    async runOut(isOver) {
      const before = await deaths();
      const others = Array.from({ length: OTHERS }, startGreedy);
      const ended = others.map((other) => once(other, "exit"));
      const living = () => others.filter(({ signalCode }) => signalCode === null);
      // Linux may take one of them along.
      const victims = async () => (await deaths()) - before - (OTHERS - living().length);
      try {
        await Promise.all(others.map(reply));
        for (const { pid } of others) await admit(pid!);
        for (let turn = 0; !isOver() && (await victims()) < 1; turn++) {
          const other = living()[turn % living().length];
          if (!other) throw new Error("Linux killed those that took the memory, and nobody else");
          other.send(BITE_BYTES);
          await reply(other);
        }
        return (await victims()) > 0;
      } finally {
        for (const other of others) other.kill("SIGKILL");
        await Promise.all(ended);
      }
    },
    async close() {
      // The system still clears away what has just ended.
      for (let attempt = 0; attempt < 100; attempt++) {
        if (
          await rmdir(group).then(
            () => true,
            () => false,
          )
        )
          return;
        await sleep(50);
      }
      await rmdir(group);
    },
  };
}

function startGreedy(): ChildProcess {
  const greedy = spawn(process.execPath, ["-e", GREEDY], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  // What cannot be sent to one that is just being killed; its end tells.
  greedy.on("error", () => {});
  return greedy;
}

/** Resolves when it has done what it was told, or is gone. */
async function reply(greedy: ChildProcess): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  const [said, gone] = [once(greedy, "message", { signal }), once(greedy, "exit", { signal })];
  await Promise.race([said, gone]).finally(() => over.abort());
}

/** Whether this process may limit memory; that is tried. */
export async function canLimitMemory(): Promise<boolean> {
  try {
    const memory = await limitMemory(2 ** 30);
    await memory.close();
    return true;
  } catch {
    return false;
  }
}

async function findHierarchy(): Promise<(typeof HIERARCHIES)[number]> {
  for (const hierarchy of HIERARCHIES) {
    const { root, limit, events } = hierarchy;
    const probe = join(root, `animate-torture-${process.pid}-probe`);
    try {
      await mkdir(probe);
    } catch {
      continue;
    }
    const files = await Promise.all(
      [limit, events].map((file) =>
        readFile(join(probe, file)).then(
          () => true,
          () => false,
        ),
      ),
    );
    await rmdir(probe);
    if (files.every(Boolean)) return hierarchy;
  }
  throw new Error("no control group with a limit of memory can be made here");
}
