/** Kills renders again and again, at moments without any system, and holds what is left against the render that nothing happened to. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type RandomStream, randomStream } from "../../src/tensor/random.ts";
import { begin, type Life, live, type LivingCommand } from "./life.ts";
import { canSeeProcesses, encoders, inferenceProcesses, kill } from "./processes.ts";
import { brokenPromises, journaledFrames } from "./remains.ts";
import { commandLine, runFolders, type Scenario, scenarioFolder } from "./scenario.ts";
import { differencesOf, remainsIn, type Undisturbed } from "./undisturbed.ts";

/** Who is killed: the command alone, with all of its processes, or one of its children. */
export type Victim = "command" | "group" | "inference" | "encoder";

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  /** Default: all of them, the command most often. */
  readonly victims?: readonly Victim[];
}

export interface KillFigures {
  readonly kills: number;
  /** Frames that the journal had and that were drawn again, or whose files were not what it said. */
  readonly lost: number;
  /** Most frames that were announced before one kill and drawn again after it. */
  readonly redoneMost: number;
  /** Of the kills of children: those that the command went on after, to its end. */
  readonly outlived: number;
}

/** The command most often: it is what people kill. */
const VICTIMS: readonly Victim[] = [
  "command",
  "command",
  "command",
  "command",
  "group",
  "group",
  "inference",
  "encoder",
];

/** A render that was killed so often is left alone, so that another one is killed at its beginning. */
const MOST_KILLS_OF_ONE = 10;

/**
 * Renders a scenario under kills until there have been as many as asked for; each folder is killed several times, and then goes on to its end.
 *
 * @throws Error that says what is wrong, where it lies, and how to repeat it
 */
export async function surviveKills(
  scenario: Scenario,
  undisturbed: Undisturbed,
  { kills, seed, victims = VICTIMS }: KillOptions,
): Promise<KillFigures> {
  const dice = randomStream(seed, `kills of ${scenario.name}`);
  const total = { kills: 0, lost: 0, redoneMost: 0, outlived: 0 };
  while (total.kills < kills) {
    const folder = await scenarioFolder(scenario);
    const story: string[] = [];
    const fail = (what: string): never => {
      throw new Error(
        `${scenario.name}: ${what}\n  story: ${story.join("; ")}\n  kept: ${folder}\n  repeat: npm run torture -- --seed ${seed} --kills ${kills}`,
      );
    };
    const runs = runFolders(scenario).map((run) => join(folder, run));
    let before = await stateOf(runs);
    let announced = new Set<string>();
    let life: Life | undefined;
    for (let struck = 0; total.kills < kills && struck < MOST_KILLS_OF_ONE; struck++) {
      const command = begin(folder, commandLine(scenario));
      const remaining = scenario.frames * runs.length - before.size;
      const victim = victims[Math.floor(dice.uniform() * victims.length)]!;
      const hit = await strike(command, victim, momentOf(dice, undisturbed, remaining));
      life = await command.end;
      const drawn = drawnFrames(life);
      const after = await stateOf(runs);
      story.push(`${hit ?? "not"} killed at ${Math.round(life.duration)} ms, ${after.size} frames`);
      total.lost += [...before].filter((frame) => drawn.has(frame) || !after.has(frame)).length;
      const redone = [...announced].filter((frame) => drawn.has(frame)).length;
      total.redoneMost = Math.max(total.redoneMost, redone);
      for (const run of runs) {
        const broken = await brokenPromises(run);
        if (broken.length > 0) fail(`the journal is wrong about ${broken.join(", ")}`);
      }
      if (hit === null && life.exitCode !== 0) fail(`ended by itself with ${life.exitCode}:\n${life.stderr}`);
      if (hit !== null) {
        total.kills++;
        checkEnding(life, hit, fail);
        if (life.exitCode === 0) total.outlived++;
      }
      if (life.exitCode === 0) break;
      before = after;
      announced = new Set(life.events.length > 0 ? drawn : announced);
    }
    if (life?.exitCode !== 0) {
      life = await live(folder, commandLine(scenario));
      story.push("left alone");
      if (life.exitCode !== 0) fail(`cannot go on, exit code ${life.exitCode}:\n${life.stderr}`);
      const drawn = drawnFrames(life);
      total.lost += [...before].filter((frame) => drawn.has(frame)).length;
      const redone = [...announced].filter((frame) => drawn.has(frame)).length;
      total.redoneMost = Math.max(total.redoneMost, redone);
    }
    const differences = differencesOf(await remainsIn(folder, scenario), undisturbed.remains);
    if (differences.length > 0) fail(`another result:\n    ${differences.join("\n    ")}`);
    await rm(folder, { recursive: true });
  }
  return total;
}

/** A moment of a life: so long after the start, or after an event that may never come. */
interface Moment {
  readonly after: string | null;
  readonly delayMs: number;
}

/** Mostly any time up to the end, by the pace of the undisturbed render; else while models open, the video is finished, or stills are made. */
function momentOf(dice: RandomStream, { startMs, frameMs, endMs }: Undisturbed, remaining: number): Moment {
  const kind = dice.uniform();
  const share = dice.uniform();
  if (kind < 0.08) return { after: null, delayMs: share * startMs };
  if (kind < 0.14) return { after: "loading", delayMs: (share * startMs) / 2 };
  if (kind < 0.24 && remaining < 4) return { after: "video", delayMs: (share * endMs) / 2 };
  if (kind < 0.34 && remaining < 4) return { after: "thumbnails", delayMs: (share * endMs) / 2 };
  return { after: null, delayMs: share * (startMs + remaining * frameMs + endMs) };
}

/** @returns who was killed: the command where the victim is not there yet; null when the render has ended before */
async function strike(
  command: LivingCommand,
  victim: Victim,
  { after, delayMs }: Moment,
): Promise<Victim | null> {
  const ended = command.end.then(() => true);
  if (after !== null) await command.when(({ type, what }) => type === after || what === after);
  if (await Promise.race([ended, sleep(delayMs, false)])) return null;
  const { pid } = command.process;
  const children = await childrenOf(pid!, victim);
  // The last one, so that with several processes it is not always the same.
  if (children.length > 0 && kill(children.at(-1)!)) return victim;
  const isGone = !kill(victim === "group" ? -pid! : pid!);
  if (isGone) return null;
  return victim === "group" ? "group" : "command";
}

async function childrenOf(pid: number, victim: Victim): Promise<number[]> {
  if (!canSeeProcesses) return [];
  if (victim === "inference") return await inferenceProcesses(pid);
  return victim === "encoder" ? await encoders(pid) : [];
}

/** A command that is killed says nothing more; one that loses a child goes on, or ends with an error that says how to. */
function checkEnding({ exitCode, signal, stderr }: Life, hit: Victim, fail: (what: string) => never): void {
  if (hit === "command" || hit === "group") {
    if (signal !== "SIGKILL") fail(`was not killed, but ended with ${exitCode}:\n${stderr}`);
    return;
  }
  if (exitCode === 0) return;
  const isClear = exitCode === null || (/^error: .*\n\s+hint: /ms.test(stderr) && !/\n\s+at /.test(stderr));
  if (exitCode === null || exitCode < 4 || exitCode > 6 || !isClear) {
    fail(`${hit} was killed, and the command ended with ${exitCode ?? signal}:\n${stderr}`);
  }
}

/** `run#frame` of all frames that the journals of the runs have. */
async function stateOf(runs: readonly string[]): Promise<Set<string>> {
  const frames = await Promise.all(
    runs.map(async (run) => [...(await journaledFrames(run)).keys()].map((frame) => `${run}#${frame}`)),
  );
  return new Set(frames.flat());
}

/** `run#frame` of the frames that the model has drawn in this life; those between are only moved. */
export function drawnFrames({ events }: Pick<Life, "events">): Set<string> {
  const drawn = new Set<string>();
  let run = "";
  for (const { type, folder, frame, stages } of events) {
    if (type === "start") run = folder!;
    if (type === "frame" && stages) drawn.add(`${run}#${frame}`);
  }
  return drawn;
}
