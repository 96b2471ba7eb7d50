/** Which processes belong to a running command. */

import { readFile } from "node:fs/promises";

/** Out of /proc, because a bare system has no `ps`. */
export const canSeeProcesses = process.platform === "linux";

/** The process and all below it, with their command lines. */
async function familyOf(pid: number): Promise<{ readonly pid: number; readonly command: string }[]> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const below = children.split(" ").filter(Boolean).map(Number);
  return [{ pid, command }, ...(await Promise.all(below.map(familyOf))).flat()];
}

/** Those below the command that hold the model. */
export async function inferenceProcesses(pid: number): Promise<number[]> {
  const family = await familyOf(pid);
  return family.filter(({ command }) => command.includes("inference-child")).map((member) => member.pid);
}

/** Those below the command that write a video. */
export async function encoders(pid: number): Promise<number[]> {
  const family = await familyOf(pid);
  const programs = family.map((member) => ({ ...member, program: member.command.split("\0", 1)[0]! }));
  return programs.filter(({ program }) => /ffmpeg(\.exe)?$/.test(program)).map((member) => member.pid);
}

/** Kills a process, or with a negative id a group, unless it has just gone by itself. @returns whether it was there */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
