/** What a process has done so far, as Linux counts it: what tells slow from hung. */

import { readFileSync } from "node:fs";

export interface ProcessActivity {
  /** Processor time of all its threads, in the system's ticks, of which there are a hundred in a second. */
  readonly ticks: number;
  /** Bytes that it had from disks and networks, pages of mapped files included. */
  readonly bytesRead: number;
  /** It waits for a disk, and nothing can interrupt it. */
  readonly waitsForDisk: boolean;
}

/** Fields of `/proc/<pid>/stat` behind the name in brackets, from 0. Source: proc(5). */
const STATE = 0;
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** Null where the system does not tell: not Linux, a process that is gone, or rights that are missing. */
export function readActivity(pid: number): ProcessActivity | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name may hold blanks and brackets of its own.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const bytesRead = /^read_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1];
    const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
    return { ticks, bytesRead: Number(bytesRead), waitsForDisk: fields[STATE] === "D" };
  } catch {
    return null;
  }
}
