/** What runs on this machine, to see that nothing was left running. */

import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** The command lines that name `path`. On Linux out of /proc, because a bare system has no `ps`. */
export async function commandsNaming(path: string): Promise<string[]> {
  const lines = process.platform === "linux" ? await linesOfProc() : await linesOfPs();
  return lines.filter((line) => line.includes(path));
}

async function linesOfProc(): Promise<string[]> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  // One that has just ended has no command line.
  const lines = processes.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => ""));
  return (await Promise.all(lines)).map((line) => line.replaceAll("\0", " "));
}

async function linesOfPs(): Promise<string[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "args"]);
  return stdout.split("\n");
}
