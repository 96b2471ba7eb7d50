/** Renders whose folders were damaged: they notice, draw what is needed, and end as if nothing had happened. */

import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomStream } from "../../src/tensor/random.ts";
import { DAMAGES } from "./damage.ts";
import { drawnFrames } from "./kills.ts";
import { begin, live } from "./life.ts";
import { kill } from "./processes.ts";
import { journaledFrames } from "./remains.ts";
import { commandLine, runFolders, type Scenario, scenarioFolder } from "./scenario.ts";
import { differencesOf, remainsIn, type Undisturbed } from "./undisturbed.ts";

export interface CorruptionFigures {
  readonly corruptions: number;
  /** Of those that hit a frame: the frame was drawn again. Of the others: nothing of them was left. */
  readonly noticed: number;
  /** Most frames that one render drew again beyond those that were hit. */
  readonly redoneBeyond: number;
}

export interface CorruptionOptions {
  readonly corruptions: number;
  /** Place of the first kind in the order in which all have their turn. */
  readonly firstKind: number;
  readonly seed: number;
}

/** Damages at a time. */
const PER_FOLDER = 4;
/** Has no divisor in common with the number of kinds: those that meet are not neighbours in the table, and all have their turn. */
const STRIDE = 7;

/**
 * Damages copies of a finished and of a killed render, each by a few kinds at once, and renders on.
 *
 * @throws Error that says what is wrong and where it lies
 */
export async function surviveCorruptions(
  scenario: Scenario,
  undisturbed: Undisturbed,
  { corruptions, firstKind, seed }: CorruptionOptions,
): Promise<CorruptionFigures> {
  const dice = randomStream(seed, `corruptions of ${scenario.name}`);
  const [run] = runFolders(scenario) as [string];
  const killed = await killedFolder(scenario);
  const kinds = Object.keys(DAMAGES);
  const total = { corruptions: 0, noticed: 0, redoneBeyond: 0 };
  let turn = firstKind;
  for (let round = 0; total.corruptions < corruptions; round++) {
    const folder = await scenarioFolder(scenario);
    await cp(join(round % 2 === 0 ? undisturbed.folder : killed, run), join(folder, run), {
      recursive: true,
    });
    const missing = await undrawn(join(folder, run), scenario);
    const done: string[] = [];
    const hit = new Set<string>();
    while (done.length < PER_FOLDER) {
      const kind = kinds[(STRIDE * turn++) % kinds.length]!;
      const damage = await DAMAGES[kind]!(join(folder, run), dice);
      if (damage === null) continue;
      done.push(`${kind} (${damage.what})`);
      for (const frame of damage.frames) hit.add(frame);
    }
    const fail = (what: string): never => {
      throw new Error(
        `${scenario.name}: ${what}\n  after: ${done.join("; ")}\n  kept: ${folder}\n  repeat: npm run torture -- --only damage --seed ${seed}`,
      );
    };
    let life = await live(folder, commandLine(scenario));
    if (life.stderr.includes("--allow-drift") && done.some((what) => what.includes("manifest"))) {
      // A bit that makes another version of a version: it is noticed, and nothing is taken over unasked.
      await rm(join(folder, run, "manifest.json"));
      life = await live(folder, commandLine(scenario));
    }
    if (life.exitCode !== 0) fail(`cannot go on, exit code ${life.exitCode}:\n${life.stderr}`);
    const differences = differencesOf(await remainsIn(folder, scenario), undisturbed.remains);
    if (differences.length > 0) fail(`another result:\n    ${differences.join("\n    ")}`);
    const rendered = new Set(life.events.filter(({ type }) => type === "frame").map(({ frame }) => frame!));
    const needed = new Set([...hit].map((name) => Number.parseInt(name, 10)).concat([...missing]));
    const unseen = [...needed].filter((frame) => !rendered.has(frame));
    if (unseen.length > 0) fail(`did not render ${unseen.join(", ")} again`);
    total.corruptions += done.length;
    total.noticed += done.length;
    const drawn = [...drawnFrames(life)].map((name) => Number(name.split("#")[1]));
    const beyond = drawn.filter((frame) => !needed.has(frame)).length;
    total.redoneBeyond = Math.max(total.redoneBeyond, beyond);
    await rm(folder, { recursive: true });
  }
  await rm(killed, { recursive: true });
  return total;
}

/** The folder of a render that was killed after two thirds. */
async function killedFolder(scenario: Scenario): Promise<string> {
  const folder = await scenarioFolder(scenario);
  const command = begin(folder, commandLine(scenario));
  let finished = 0;
  await command.when(({ type }) => type === "frame" && ++finished > (2 * scenario.frames) / 3);
  kill(-command.process.pid!);
  await command.end;
  return folder;
}

/** Frames that the journal has not. */
async function undrawn(run: string, { frames }: Scenario): Promise<Set<number>> {
  const known = await journaledFrames(run);
  return new Set(Array.from({ length: frames }, (_, frame) => frame).filter((frame) => !known.has(frame)));
}
