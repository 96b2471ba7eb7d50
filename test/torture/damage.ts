/** What disks, power cuts and people do to the folder of a render, by dice. */

import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RandomStream } from "../../src/tensor/random.ts";

/** One damage that was done. */
export interface Damage {
  readonly what: string;
  /** Names of the frames' files whose pixels have to be drawn again, or the journal has lost them; empty where no frame suffers. */
  readonly frames: readonly string[];
}

/** Does it; null when the folder has nothing of the kind, such as state pictures with cadence 1. */
type DoDamage = (run: string, dice: RandomStream) => Promise<Damage | null>;

/** Kinds of damage, by name; each is done at a random place. */
export const DAMAGES: Readonly<Record<string, DoDamage>> = {
  "a flipped bit in a frame": onFrame(flipBit),
  "a frame cut short": onFrame(cut),
  "an empty frame": onFrame(() => Buffer.alloc(0)),
  "a block of zeros in a frame": onFrame(zeroBlock),
  "a frame of nothing but zeros": onFrame((bytes) => Buffer.alloc(bytes.length)),
  "garbage behind a frame": onFrame((bytes) => Buffer.concat([bytes, Buffer.from("garbage")])),
  "a missing frame": onFrame(() => null),
  "two frames in each other's place": async (run, dice) => {
    const [a, b] = await pickTwo(run, dice);
    const [fileA, fileB] = [join(run, "frames", a), join(run, "frames", b)];
    await rename(fileA, `${fileA}.aside`);
    await rename(fileB, fileA);
    await rename(`${fileA}.aside`, fileB);
    return { what: `${a} ↔ ${b}`, frames: [a, b] };
  },
  "a frame in another's place": async (run, dice) => {
    const [a, b] = await pickTwo(run, dice);
    await writeFile(join(run, "frames", a), await readFile(join(run, "frames", b)));
    return { what: `${b} over ${a}`, frames: [a] };
  },
  "a flipped bit in a state": onFileIn("state", flipBit),
  "a state cut short": onFileIn("state", cut),
  "a missing state": onFileIn("state", () => null),
  "a flipped bit in the journal": onLine((line, dice) => {
    const bytes = Buffer.from(line);
    // Not the bit that makes another line end of it.
    const place = Math.floor(dice.uniform() * bytes.length);
    bytes[place]! ^= 1 << Math.floor(dice.uniform() * 3);
    return [bytes.toString("latin1").replaceAll("\n", "?")];
  }),
  "a line missing in the journal": onLine(() => []),
  "a line cut short in the journal": onLine((line, dice) => [
    line.slice(0, Math.floor(dice.uniform() * line.length)),
  ]),
  "a line without its end in the journal": onLine((line) => [line.slice(0, -17)]),
  "a line twice in the journal": onLine((line) => [line, line], false),
  "garbage between lines of the journal": onLine((line, dice) => [line, garbageText(dice)], false),
  "JSON of another kind in the journal": onLine((line) => [line, "null", "[]", '{"frame":1e999}'], false),
  "lines of the journal in another order": onJournal((lines, dice) => {
    const place = Math.floor(dice.uniform() * (lines.length - 1));
    return { lines: [...lines.slice(place), ...lines.slice(0, place)], lost: [] };
  }),
  "a journal cut short": onJournal((lines, dice) => {
    const kept = Math.floor(dice.uniform() * lines.length);
    const torn = lines[kept]!.slice(0, 40);
    return { lines: [...lines.slice(0, kept), torn], lost: lines.slice(kept) };
  }),
  "zeros at the end of the journal": onJournal((lines) => ({
    lines: [...lines.slice(0, -2), "\0".repeat(700)],
    lost: lines.slice(-2),
  })),
  "zeros behind the journal": onJournal((lines) => ({ lines: [...lines, "\0".repeat(4096)], lost: [] })),
  "an empty journal": onJournal((lines) => ({ lines: [], lost: lines })),
  "a flipped bit in the manifest": onFile("manifest.json", flipBit),
  "a manifest cut short": onFile("manifest.json", cut),
  "a manifest of zeros": onFile("manifest.json", (bytes) => Buffer.alloc(bytes.length)),
  "a missing manifest": onFile("manifest.json", () => null),
  "a flipped bit in the schedule's copy": onFile("schedule.yaml", flipBit),
  "a missing copy of the schedule": onFile("schedule.yaml", () => null),
  "a flipped bit in the video": onFile("video.mp4", flipBit),
  "a video cut short": onFile("video.mp4", cut),
  "a missing video": onFile("video.mp4", () => null),
  "a flipped bit in a segment": onFileIn("segments", flipBit),
  "a segment cut short": onFileIn("segments", cut),
  "an empty segment": onFileIn("segments", () => Buffer.alloc(0)),
  "a missing segment": onFileIn("segments", () => null),
  "a flipped bit in a picture of the input video": onFileIn("inputs/hybrid", flipBit),
  "a picture of the input video cut short": onFileIn("inputs/hybrid", cut),
  "an empty lock": newFile("run.lock", () => ""),
  "a lock of zeros": newFile("run.lock", () => "\0".repeat(64)),
  "a lock of garbage": newFile("run.lock", garbageText),
  "a takeover of the lock that was cut off": async (run) => {
    for (const name of ["run.lock", "run.lock.takeover"]) await writeFile(join(run, name), "");
    return { what: "run.lock.takeover", frames: [] };
  },
  "a half-written frame": newFile("frames/.000003.png.0123456789ab.partial", garbageText),
  "a half-written video": newFile(".video.mp4.0123456789ab.partial", garbageText),
  "half-extracted pictures": newFile("inputs/.hybrid.0123456789ab.partial/000000.png", garbageText, "inputs"),
  "a half-written state": newFile("state/.aa.png.0123456789ab.partial", garbageText, "state"),
};

type Spoil = (bytes: Buffer, dice: RandomStream) => Buffer | null;

function flipBit(bytes: Buffer, dice: RandomStream): Buffer {
  const spoiled = Buffer.from(bytes);
  spoiled[Math.floor(dice.uniform() * bytes.length)]! ^= 1 << Math.floor(dice.uniform() * 8);
  return spoiled;
}

function cut(bytes: Buffer, dice: RandomStream): Buffer {
  return bytes.subarray(0, Math.floor(dice.uniform() * bytes.length));
}

/** As after a power cut: from some page on, nothing has reached the disk. */
function zeroBlock(bytes: Buffer, dice: RandomStream): Buffer {
  const pages = Math.floor(bytes.length / 4096);
  return Buffer.from(bytes).fill(0, 4096 * Math.floor(dice.uniform() * (pages + 1)));
}

function garbageText(dice: RandomStream): string {
  return Buffer.from(dice.words(20).buffer).toString("latin1").replaceAll("\n", " ");
}

async function spoilFile(file: string, spoil: Spoil, dice: RandomStream): Promise<void> {
  const spoiled = spoil(await readFile(file), dice);
  if (spoiled === null) await rm(file);
  else await writeFile(file, spoiled);
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = await readdir(folder).catch(() => []);
  return names.toSorted();
}

/** Without what another damage has left half-written. */
async function finishedFrames(run: string): Promise<string[]> {
  return (await namesIn(join(run, "frames"))).filter((name) => /^\d+\.png$/.test(name));
}

async function pickTwo(run: string, dice: RandomStream): Promise<[string, string]> {
  const names = await finishedFrames(run);
  const first = Math.floor(dice.uniform() * names.length);
  const other = (first + 1 + Math.floor(dice.uniform() * (names.length - 1))) % names.length;
  return [names[first]!, names[other]!];
}

function onFrame(spoil: Spoil): DoDamage {
  return async (run, dice) => {
    const names = await finishedFrames(run);
    const name = names[Math.floor(dice.uniform() * names.length)]!;
    await spoilFile(join(run, "frames", name), spoil, dice);
    return { what: name, frames: [name] };
  };
}

function onFileIn(folder: string, spoil: Spoil): DoDamage {
  return async (run, dice) => {
    const names = await namesIn(join(run, folder));
    if (names.length === 0) return null;
    const name = names[Math.floor(dice.uniform() * names.length)]!;
    await spoilFile(join(run, folder, name), spoil, dice);
    return { what: `${folder}/${name}`, frames: [] };
  };
}

function onFile(name: string, spoil: Spoil): DoDamage {
  return async (run, dice) => {
    const file = join(run, name);
    if (!(await namesIn(run)).includes(name)) return null;
    await spoilFile(file, spoil, dice);
    return { what: name, frames: [] };
  };
}

function newFile(name: string, text: (dice: RandomStream) => string, folder?: string): DoDamage {
  return async (run, dice) => {
    if (folder !== undefined && !(await namesIn(run)).includes(folder)) return null;
    await mkdir(dirname(join(run, name)), { recursive: true });
    await writeFile(join(run, name), text(dice), "latin1");
    return { what: name, frames: [] };
  };
}

/** @param isLoss whether the frame of the line counts as lost */
function onLine(spoil: (line: string, dice: RandomStream) => readonly string[], isLoss = true): DoDamage {
  return onJournal((lines, dice) => {
    const place = Math.floor(dice.uniform() * lines.length);
    const line = lines[place]!;
    return { lines: lines.toSpliced(place, 1, ...spoil(line, dice)), lost: isLoss ? [line] : [] };
  });
}

function onJournal(
  spoil: (
    lines: readonly string[],
    dice: RandomStream,
  ) => { readonly lines: readonly string[]; readonly lost: readonly string[] },
): DoDamage {
  return async (run, dice) => {
    const file = join(run, "journal.ndjson");
    const text = await readFile(file, "utf8").catch(() => "");
    const before = text.split("\n").slice(0, -1);
    // An earlier damage may have left nothing.
    if (before.length < 3) return null;
    const { lines, lost } = spoil(before, dice);
    await writeFile(file, lines.map((line) => `${line}\n`).join(""), "latin1");
    return { what: "journal.ndjson", frames: lost.flatMap(frameNamed) };
  };
}

/** The file that a line of the journal speaks of; none in a line that an earlier damage has hit. */
function frameNamed(line: string): string[] {
  return /"picture":\{"file":"frames\/(\d+\.png)"/.exec(line)?.slice(1) ?? [];
}
