/** The process that holds the model of a running command. */

import { readFile } from "node:fs/promises";

/** Children are looked up in /proc. */
export const canFindChildren = process.platform === "linux";

/** @param parent process id of the command */
export async function inferenceProcessOf(parent: number): Promise<number> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, "utf8");
  for (const child of children.trim().split(" ")) {
    const command = await readFile(`/proc/${child}/cmdline`, "utf8");
    if (command.includes("inference-child")) return Number(child);
  }
  throw new Error(`process ${parent} has no inference process among ${children}`);
}
