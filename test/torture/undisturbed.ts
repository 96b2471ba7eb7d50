/** The render that nothing happens to: what all others have to end as, and how long its parts take. */

import { rm } from "node:fs/promises";
import { live } from "./life.ts";
import { remainsOf } from "./remains.ts";
import { commandLine, runFolders, type Scenario, scenarioFolder } from "./scenario.ts";

export interface Undisturbed {
  /** Where it lies; goes away when it is no longer used. */
  readonly folder: string;
  /** One per schedule. */
  readonly remains: readonly Readonly<Record<string, string>>[];
  /** Milliseconds until the first frame is begun, per frame, and from the last frame to the end. */
  readonly startMs: number;
  readonly frameMs: number;
  readonly endMs: number;
}

/**
 * Renders a scenario once, for what is done with it.
 *
 * @throws Error when it does not succeed
 */
export async function withUndisturbed<Result>(
  scenario: Scenario,
  use: (undisturbed: Undisturbed) => Promise<Result>,
): Promise<Result> {
  const folder = await scenarioFolder(scenario);
  const life = await live(folder, commandLine(scenario));
  if (life.exitCode !== 0) throw new Error(`the render ended with ${life.exitCode}:\n${life.stderr}`);
  const remains = await remainsIn(folder, scenario);
  const frames = life.events.filter(({ type }) => type === "frame");
  const [startMs, lastMs] = [life.events.find(({ type }) => type === "start")!.at, frames.at(-1)!.at];
  const frameMs = (lastMs - startMs) / frames.length;
  const result = await use({ folder, remains, startMs, frameMs, endMs: life.duration - lastMs });
  await rm(folder, { recursive: true });
  return result;
}

export async function remainsIn(folder: string, scenario: Scenario): Promise<Record<string, string>[]> {
  return await Promise.all(runFolders(scenario).map((run) => remainsOf(folder, run)));
}

/** Files of one render that another has not, or has otherwise; empty when they are the same. */
export function differencesOf(
  found: readonly Readonly<Record<string, string>>[],
  expected: Undisturbed["remains"],
): string[] {
  return expected.flatMap((files, i) => {
    const other = found[i]!;
    const names = new Set([...Object.keys(files), ...Object.keys(other)]);
    return [...names]
      .filter((name) => files[name] !== other[name])
      .map((name) => `${i}/${name}: ${describe(other[name])}, expected ${describe(files[name])}`);
  });
}

function describe(hash: string | undefined): string {
  return hash === undefined ? "absent" : hash.slice(0, 12);
}
