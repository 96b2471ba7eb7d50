/** How `animate models check` prints facts: a title and a text per line. */

import { printable } from "../printable.ts";
import type { RunReport } from "../models/check-model.ts";

export function row(title: string, text: string): void {
  console.log(printable(`${title.padEnd(14)}${text}`));
}

export function inUnits(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** @param side of the picture that each network ran at, pixels */
export async function printRuns(runs: AsyncIterable<RunReport>, side: number): Promise<void> {
  for await (const { network, seconds } of runs) {
    row(network, `ran in ${seconds.toFixed(2)} s with loading, at ${side}×${side} pixels`);
  }
  // The most this process ever held, weights included; resourceUsage counts in kilobytes.
  row("peak memory", inUnits(process.resourceUsage().maxRSS * 1024));
}
