/** Kills a child of a running render, the process with the model or the encoder, and lets the command make the best of it. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type RandomStream, randomStream } from "../../src/tensor/random.ts";
import { drawnFrames } from "./kills.ts";
import { begin, type Life, type LivingCommand } from "./life.ts";
import { encoders, inferenceProcesses, kill } from "./processes.ts";
import { brokenPromises, journaledFrames } from "./remains.ts";
import { commandLine, runFolders, type Scenario, scenarioFolder } from "./scenario.ts";
import { differencesOf, remainsIn, type Undisturbed } from "./undisturbed.ts";

export interface DeathOptions {
  readonly victim: "inference" | "encoder";
  readonly deaths: number;
  readonly seed: number;
}

export interface DeathFigures {
  readonly deaths: number;
  /** Lives of the command in which children died, and of them those that ended well. */
  readonly lives: number;
  readonly outlived: number;
  /** Finished frames that were drawn again. */
  readonly lost: number;
}

/** In one life of the command, at different times. */
const MOST_DEATHS_OF_ONE = 3;
const LOOK_EVERY_MS = 3;

/** @throws Error that says what is wrong and where it lies */
export async function surviveDeaths(
  scenario: Scenario,
  undisturbed: Undisturbed,
  { victim, deaths, seed }: DeathOptions,
): Promise<DeathFigures> {
  const dice = randomStream(seed, `deaths of ${victim} in ${scenario.name}`);
  const total = { deaths: 0, lives: 0, outlived: 0, lost: 0 };
  while (total.deaths < deaths) {
    const folder = await scenarioFolder(scenario);
    const fail = (what: string): never => {
      throw new Error(`${scenario.name}, ${victim} killed: ${what}\n  kept: ${folder}`);
    };
    const [run] = runFolders(scenario).map((name) => join(folder, name)) as [string];
    for (let life: Life | undefined; life?.exitCode !== 0;) {
      const before = new Set((await journaledFrames(run)).keys());
      const command = begin(folder, commandLine(scenario));
      const most = Math.min(MOST_DEATHS_OF_ONE, deaths - total.deaths);
      const killed = await killChildren(command, victim, most, momentsOf(dice, undisturbed, scenario));
      life = await command.end;
      total.deaths += killed;
      if (killed > 0) total.lives++;
      if (killed > 0 && life.exitCode === 0) total.outlived++;
      if (life.exitCode !== 0 && (killed === 0 || life.exitCode === null)) {
        fail(`ended with ${life.exitCode ?? life.signal}:\n${life.stderr}`);
      }
      if (life.exitCode !== 0 && (/\n\s+at /.test(life.stderr) || !/\n\s+hint: /.test(life.stderr))) {
        fail(`the message is not clear:\n${life.stderr}`);
      }
      total.lost += [...drawnFrames(life)].filter((name) => before.has(Number(name.split("#")[1]))).length;
      const broken = await brokenPromises(run);
      if (broken.length > 0) fail(`the journal is wrong about ${broken.join(", ")}`);
    }
    const differences = differencesOf(await remainsIn(folder, scenario), undisturbed.remains);
    if (differences.length > 0) fail(`another result:\n    ${differences.join("\n    ")}`);
    await rm(folder, { recursive: true });
  }
  return total;
}

/** Waits between deaths, in milliseconds. */
function* momentsOf(
  dice: RandomStream,
  { startMs, frameMs, endMs }: Undisturbed,
  { frames }: Scenario,
): Generator<number> {
  const length = startMs + frames * frameMs + endMs;
  for (;;) yield (dice.uniform() * length) / 2;
}

/** @returns how many were killed before the command ended, or there was none of them any more */
async function killChildren(
  command: LivingCommand,
  victim: "inference" | "encoder",
  most: number,
  moments: Generator<number>,
): Promise<number> {
  const find = victim === "inference" ? inferenceProcesses : encoders;
  const ended = command.end.then(() => true);
  for (let killed = 0; killed < most; killed++) {
    if (await Promise.race([ended, sleep(moments.next().value as number, false)])) return killed;
    for (;;) {
      const [child] = await find(command.process.pid!);
      if (child !== undefined && kill(child)) break;
      if (await Promise.race([ended, sleep(LOOK_EVERY_MS, false)])) return killed;
    }
  }
  return most;
}
