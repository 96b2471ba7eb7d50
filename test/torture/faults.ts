/** File calls that fail in the middle of a render: it says so, leaves nothing half-written, and goes on when the disk is well again. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { live } from "./life.ts";
import { brokenPromises } from "./remains.ts";
import { commandLine, runFolders, type Scenario, scenarioFolder } from "./scenario.ts";
import { type Fault, liveTraced } from "./trace.ts";
import { differencesOf, remainsIn, type Undisturbed } from "./undisturbed.ts";

export interface FaultFigures {
  /** Calls of the whole render, and of them those that were made to fail. */
  readonly calls: number;
  readonly swept: number;
}

/** A full disk and a used-up quota refuse everything from then on; a bad sector is met once. */
const CODES = [
  { code: "ENOSPC", lasts: true },
  { code: "EIO", lasts: false },
  { code: "EDQUOT", lasts: true },
] as const;

/**
 * Renders a scenario once for each of `faults` calls, spread evenly over all that it makes.
 *
 * @throws Error that lists what was wrong, by call
 */
export async function surviveFaults(
  scenario: Scenario,
  undisturbed: Undisturbed,
  faults: number,
): Promise<FaultFigures> {
  const calls = await countCalls(scenario);
  const count = Math.min(faults, calls);
  const wrong: string[] = [];
  for (let i = 0; i < count; i++) {
    const fault = { failAt: Math.floor(((i + 0.5) * calls) / count) + 1, ...CODES[i % CODES.length]! };
    const folder = await scenarioFolder(scenario);
    const problems = await surviveFault(folder, scenario, undisturbed, fault);
    if (problems.length === 0) await rm(folder, { recursive: true });
    wrong.push(...problems.map((problem) => `${fault.code} at call ${fault.failAt}: ${problem} (${folder})`));
  }
  if (wrong.length > 0) throw new Error(`${scenario.name}, of ${calls} calls:\n${wrong.join("\n")}`);
  return { calls, swept: count };
}

async function countCalls(scenario: Scenario): Promise<number> {
  const folder = await scenarioFolder(scenario);
  const { calls } = await liveTraced(folder, scenario);
  await rm(folder, { recursive: true });
  return Math.max(...calls.map(({ call = 0 }) => call));
}

async function surviveFault(
  folder: string,
  scenario: Scenario,
  undisturbed: Undisturbed,
  fault: Fault,
): Promise<string[]> {
  const { life, calls } = await liveTraced(folder, scenario, fault);
  const failed = calls.find((call) => call.failed !== undefined);
  if (!failed) return ["nothing failed"];
  const call = `${failed.kind} ${"path" in failed ? failed.path : "to" in failed ? failed.to : ""}`;
  const problems: string[] = [];
  // An encoder that fails once is asked again, and a warning tells of it.
  const isMended = !fault.lasts && life.events.some(({ type }) => type === "warning");
  if (life.exitCode === 0 && !isMended) problems.push(`${call} failed, and the exit code is 0`);
  const complaint = life.exitCode === 0 ? null : unclear(life.stderr, fault);
  if (complaint !== null) problems.push(`after ${call} ${complaint}:\n${life.stderr}`);
  problems.push(...(await halfWritten(folder, scenario, undisturbed)));
  const next = await live(folder, commandLine(scenario));
  if (next.exitCode !== 0) problems.push(`after ${call} it does not go on:\n${next.stderr}`);
  const differences = differencesOf(await remainsIn(folder, scenario), undisturbed.remains);
  if (differences.length > 0) problems.push(`after ${call} another result: ${differences.join("; ")}`);
  return problems;
}

const REASONS: Readonly<Record<string, RegExp>> = {
  ENOSPC: /the disk is full/,
  EDQUOT: /the disk quota is used up/,
  EIO: /EIO/,
};

/** What is missing in the message of a full disk; null when nothing is. */
export function unclear(stderr: string, { code }: Pick<Fault, "code">): string | null {
  if (/\n\s+at .*:\d+:\d+/.test(stderr)) return "a stack is printed";
  if (!/^error: .*\/renders\//m.test(stderr)) return "no path is named";
  if (!/cannot (write \d+ bytes|make the folder)/.test(stderr)) return "no number of bytes is named";
  if (!REASONS[code]!.test(stderr)) return "the reason is not named";
  return /\n\s+hint: /.test(stderr) ? null : "nothing is advised";
}

/** Files under their final names that are not what the undisturbed render has, and temporary ones. */
export async function halfWritten(
  folder: string,
  scenario: Scenario,
  undisturbed: Undisturbed,
): Promise<string[]> {
  const problems: string[] = [];
  const runs = runFolders(scenario);
  for (const [i, remains] of (await remainsIn(folder, scenario)).entries()) {
    for (const [file, hash] of Object.entries(remains)) {
      // Between the first frame and the last these two say other things.
      if (file === "manifest.json" || file === "journal.ndjson") continue;
      if (hash !== undisturbed.remains[i]![file]) problems.push(`left half-written: ${file}`);
    }
    problems.push(...(await brokenPromises(join(folder, runs[i]!))));
  }
  return problems;
}
