/** Kills a child of a running render, the process with the model or the encoder, and lets the command make the best of it. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type RandomStream, randomStream } from "../../src/tensor/random.ts";
import { drawnFrames } from "./kills.ts";
import { begin, type Life, type LivingCommand } from "./life.ts";
import { encoders, inferenceProcesses, kill } from "./processes.ts";
import { limitMemory, type SmallMemory } from "./small-memory.ts";
import { brokenPromises, journaledFrames } from "./remains.ts";
import { commandLine, runFolders, type Scenario, scenarioFolder } from "./scenario.ts";
import { differencesOf, remainsIn, type Undisturbed } from "./undisturbed.ts";

export interface DeathOptions {
  /** Who is killed; `memory`: whom Linux kills when another program takes all of it. */
  readonly victim: "inference" | "encoder" | "memory";
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
/** Twice what a tiny render takes. */
const MEMORY_BYTES = 2 ** 29;

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
      const memory = victim === "memory" ? await limitMemory(MEMORY_BYTES) : undefined;
      await memory?.admit(command.process.pid!);
      const most = Math.min(MOST_DEATHS_OF_ONE, deaths - total.deaths);
      const moments = momentsOf(dice, undisturbed, scenario);
      const strike = memory ? exhaust(command, memory) : killChild(command, victim);
      const killed = await strikeRepeatedly(command, strike, most, moments);
      life = await command.end;
      await memory?.close();
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

/** Ends one child, as soon as there is one. @returns whether it did, before the command ended */
type Strike = (hasEnded: () => boolean) => Promise<boolean>;

function killChild(command: LivingCommand, victim: DeathOptions["victim"]): Strike {
  const find = victim === "encoder" ? encoders : inferenceProcesses;
  return async (hasEnded) => {
    while (!hasEnded()) {
      const [child] = await find(command.process.pid!);
      if (child !== undefined && kill(child)) return true;
      await sleep(LOOK_EVERY_MS);
    }
    return false;
  };
}

/** Lets memory run out while there is a process with the model, which is to be the one that goes. */
function exhaust(command: LivingCommand, memory: SmallMemory): Strike {
  return async (hasEnded) => {
    while (!hasEnded() && (await inferenceProcesses(command.process.pid!)).length === 0) {
      await sleep(LOOK_EVERY_MS);
    }
    return await memory.runOut(hasEnded);
  };
}

/** Resolves when frames are finished that were begun after now, or at the end: a process that is lost twice at one frame ends a render. */
async function progress(command: LivingCommand): Promise<void> {
  const now = command.age();
  let finished = 0;
  await command.when(({ type, at }) => type === "frame" && at > now && ++finished === 2);
}

/** @returns how many were ended before the command was */
async function strikeRepeatedly(
  command: LivingCommand,
  strike: Strike,
  most: number,
  moments: Generator<number>,
): Promise<number> {
  let isOver = false;
  const ended = command.end.then(() => (isOver = true));
  for (let killed = 0; killed < most; killed++) {
    if (await Promise.race([ended, sleep(moments.next().value as number, false)])) return killed;
    if (!(await strike(() => isOver))) return killed;
    await progress(command);
  }
  return most;
}
