/** Who holds a lock: enough about a process to tell later whether it still runs, or another one has its number. */

import { readFile } from "node:fs/promises";
import { hostname, uptime } from "node:os";
import { systemErrorCode } from "./files.ts";

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** The boot id of Linux, elsewhere the time of the boot in seconds since 1970; null in locks of older versions, here and below. */
  readonly boot: string | null;
  /** Start time in clock ticks since the boot; null also where there is no `/proc`. */
  readonly started: string | null;
  /** ISO 8601. */
  readonly since: string | null;
  /** What it does, for messages: the schedule. */
  readonly task: string | null;
}

/** Where there is no boot id: corrections of the clock move the time of the boot by less than this, and nobody boots more often. */
const CLOCK_TOLERANCE_SECONDS = 600;

/** This process as the holder of a lock from now on. */
export async function thisHolder(task: string | null): Promise<LockHolder> {
  return {
    pid: process.pid,
    host: hostname(),
    boot: await currentBoot(),
    started: (await readProcess(process.pid))?.started ?? null,
    since: new Date().toISOString(),
    task,
  };
}

/** Reads a holder back; undefined for text that is none, such as that of a file that a crash cut off. */
export function parseHolder(text: string): LockHolder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { pid, host, ...rest } = value as Record<string, unknown>;
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid < 1) return undefined;
  if (typeof host !== "string") return undefined;
  const textAt = (key: keyof LockHolder) => (typeof rest[key] === "string" ? rest[key] : null);
  const since = textAt("since");
  return {
    pid,
    host,
    boot: textAt("boot"),
    started: textAt("started"),
    since: since !== null && Number.isNaN(Date.parse(since)) ? null : since,
    task: textAt("task"),
  };
}

/** Whether the holder may still be at work. One on another machine cannot be asked and always may. */
export async function mayHold({ pid, host, boot, started }: LockHolder): Promise<boolean> {
  if (host !== hostname()) return true;
  if (boot !== null && !isSameBoot(boot, await currentBoot())) return false;
  if (!isRunning(pid)) return false;
  const found = await readProcess(pid);
  if (found === undefined) return true;
  // A zombie does nothing any more; its number stays taken until its parent looks.
  return found.isAlive && (started === null || started === found.started);
}

/** `process 12`, or `process 12 on elsewhere`. */
export function nameHolder({ pid, host }: LockHolder): string {
  return `process ${pid}${host === hostname() ? "" : ` on ${host}`}`;
}

/** `: superman.yaml, since 2026-11-23 10:29:13`, in local time, as far as it is known. */
export function describeWork({ task, since }: LockHolder): string {
  const facts = [task, since && `since ${new Date(since).toLocaleString("sv-SE")}`].filter(Boolean);
  return facts.length === 0 ? "" : `: ${facts.join(", ")}`;
}

async function currentBoot(): Promise<string> {
  const id = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  return id.trim() || String(Math.round(Date.now() / 1000 - uptime()));
}

function isSameBoot(before: string, now: string): boolean {
  if (before === now) return true;
  const [then, today] = [Number(before), Number(now)];
  return Math.abs(then - today) < CLOCK_TOLERANCE_SECONDS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === "EPERM";
  }
}

/** From `/proc/<pid>/stat`, see proc(5); undefined where there is none. */
async function readProcess(pid: number): Promise<{ isAlive: boolean; started: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in parentheses, with whatever characters it has.
  const [state, ...fields] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // The state is field 3, the start time field 22.
  const started = fields[22 - 4];
  return state && started ? { isAlive: state !== "Z" && state !== "X", started } : undefined;
}
