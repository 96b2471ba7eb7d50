/** The process that holds the model of a running command. */

import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Children are looked up in /proc. */
export const canFindChildren = process.platform === "linux";

const PERIOD_MS = 20;
const LONGEST_MS = 30_000;

/**
 * Waits for it where there is none yet: one that has died is being replaced.
 *
 * @param parent process id of the command
 */
export async function inferenceProcessOf(parent: number): Promise<number> {
  for (let waited = 0; waited < LONGEST_MS; waited += PERIOD_MS) {
    const children = await readFile(`/proc/${parent}/task/${parent}/children`, "utf8");
    for (const child of children.trim().split(" ")) {
      // Empty for one that has just ended.
      const command = await readFile(`/proc/${child}/cmdline`, "utf8").catch(() => "");
      if (command.includes("inference-child")) return Number(child);
    }
    await sleep(PERIOD_MS);
  }
  throw new Error(`process ${parent} has no inference process`);
}
