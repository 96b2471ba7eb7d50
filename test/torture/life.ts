/** One life of the real command: from its start to its end, by itself or by a signal, with all that it tells on the way. */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../bin/animate.js", import.meta.url));

/** A line of `--json`, as far as it is read here. */
export interface EventLine {
  readonly type: string;
  readonly frame?: number;
  readonly folder?: string;
  readonly reused?: number;
  readonly what?: string;
  /** Null for a frame that was only moved and blended. */
  readonly stages?: object | null;
  /** Milliseconds since the start of the process. */
  readonly at: number;
}

export interface Life {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly events: readonly EventLine[];
  readonly stderr: string;
  /** Milliseconds. */
  readonly duration: number;
}

export interface LivingCommand {
  readonly process: ChildProcess;
  /** Milliseconds since the start, as events have them. */
  age(): number;
  /** Resolves with the event as it is printed, with null when the command ends without. */
  when(isIt: (event: EventLine) => boolean): Promise<EventLine | null>;
  /** Resolves shortly after the end of the command; children that it left behind may still be there. */
  readonly end: Promise<Life>;
}

/** What a pipe still holds when the process has ended arrives within this time. */
const DRAIN_MS = 50;

/** Starts `animate` in a folder of {@link scenarioFolder}, as the leader of a process group of its own. */
export function begin(
  folder: string,
  args: readonly string[],
  { nodeFlags = [], env = {} }: { nodeFlags?: readonly string[]; env?: Record<string, string> } = {},
): LivingCommand {
  const began = performance.now();
  const child = spawn(process.execPath, [...nodeFlags, COMMAND, ...args], {
    cwd: folder,
    env: { ...process.env, HOME: join(folder, "home"), XDG_CACHE_HOME: join(folder, "home/.cache"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const events: EventLine[] = [];
  const watchers = new Set<(event: EventLine | null) => void>();
  let unread = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = (unread + chunk.toString()).split("\n");
    unread = lines.pop()!;
    for (const line of lines) {
      const event = { ...(JSON.parse(line) as EventLine), at: performance.now() - began };
      events.push(event);
      for (const watcher of watchers) watcher(event);
    }
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const end = (async (): Promise<Life> => {
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      child.once("exit", (...how) => resolve(how)),
    );
    const duration = performance.now() - began;
    await Promise.race([closed, sleep(DRAIN_MS)]);
    for (const watcher of watchers) watcher(null);
    return { exitCode, signal, events, stderr, duration };
  })();
  const when = (isIt: (event: EventLine) => boolean) =>
    new Promise<EventLine | null>((resolve) => {
      const found = events.find(isIt);
      if (found) resolve(found);
      watchers.add((event) => {
        if (event === null || isIt(event)) resolve(event);
      });
    });
  return { process: child, age: () => performance.now() - began, when, end };
}

/** A life that nobody disturbs. */
export async function live(...how: Parameters<typeof begin>): Promise<Life> {
  return await begin(...how).end;
}
