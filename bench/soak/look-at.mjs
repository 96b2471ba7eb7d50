/** What the processes of a running command hold, as Linux tells it in /proc. */

import { existsSync, readdirSync, readFileSync } from "node:fs";

/** By what their command lines hold. */
const NAMES = [
  ["inference-child", "inference"],
  ["ffmpeg", "encoder"],
  ["animate.js", "render"],
];

/**
 * @param {number} pid of the command
 * @returns {{ processes: Record<string, { pid: number, megabytes: number, descriptors: number }> }} resident memory and open files of the command and
 *   of those processes that it started
 */
export function lookAt(pid) {
  const processes = {};
  for (const member of familyOf(pid)) {
    try {
      const command = readFileSync(`/proc/${member}/cmdline`, "utf8");
      const name = NAMES.find(([part]) => command.includes(part))?.[1] ?? "other";
      const status = readFileSync(`/proc/${member}/status`, "utf8");
      const megabytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) / 1024;
      processes[name] = {
        pid: member,
        megabytes,
        descriptors: readdirSync(`/proc/${member}/fd`).length,
      };
    } catch {
      // It has just ended, as encoders of segments do.
    }
  }
  return { processes };
}

function familyOf(pid) {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [pid];
  const children = readFileSync(file, "utf8").split(" ").filter(Boolean);
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

/**
 * @param {string} temporary folder that the command has as its temporary one
 * @param {string} folder where it renders
 * @returns {number} files in the first, and half-written ones in the second
 */
export function countTemporaryFiles(temporary, folder) {
  const left = readdirSync(temporary, { recursive: true });
  const partial = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".partial"));
  return left.length + partial.length;
}
