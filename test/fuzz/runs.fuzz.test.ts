/** What earlier runs left: journals, manifests, records, entries of the cache. A damaged line is never taken for whole. */

import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { openFinishedPictures } from "../../src/brainstorm/finished-pictures.ts";
import { recordedPicture, recordedSeed as brainstormSeed } from "../../src/brainstorm/record.ts";
import { FileError } from "../../src/errors.ts";
import { readRunSettings } from "../../src/footage/run-footage.ts";
import { entryKey, entryPath, readEntry } from "../../src/frame-cache/cache-entry.ts";
import { parseHolder } from "../../src/lock-holder.ts";
import { openResultFolder } from "../../src/picture-folder/finished-pictures.ts";
import { sha256 } from "../../src/render/chain.ts";
import { readEarlierRun } from "../../src/render/earlier-run.ts";
import { type JournalEntry, readJournal } from "../../src/render/journal-entry.ts";
import { readJournalLines } from "../../src/render/journal.ts";
import { recordedSeed } from "../../src/render/manifest.ts";
import { openRunFolder } from "../../src/render/run-folder.ts";
import { encodePng } from "../../src/tensor/picture-file.ts";
import { frameFile } from "../../src/frame-file.ts";
import { editedBytes, editedText } from "./edits.ts";
import { fuzz } from "./fuzz.ts";
import { fuzzFolder } from "./fuzz-file.ts";
import { ANY_TEXT, JSON_TEXT } from "./splinters.ts";

const folder = fuzzFolder();
const FRAMES = 5;

const pictures = await Promise.all(
  Array.from({ length: FRAMES }, (_, frame) =>
    encodePng({ width: 2, height: 2, data: new Uint8Array(12).fill(frame) }),
  ),
);
const chain = pictures.map((_, frame) => sha256(`plan ${frame}`));
const STATE = `state/${sha256("older").slice(0, 32)}.png`;

const entries = pictures.map((png, frame): JournalEntry => {
  const picture = { file: frameFile(frame), sha256: sha256(png) };
  const older = { file: STATE, sha256: sha256(pictures[0]!) };
  return {
    frame,
    chain: chain[frame]!,
    picture,
    state: frame % 2 === 0 ? { newer: picture, older: frame > 0 ? older : null, colorReference: null } : null,
    seconds: 1.5,
  };
});
const sound = entries.map((entry) => JSON.stringify(entry));

/** With the hash that the line has to have: the only text that counts, whoever wrote it. */
function line(json: string): string {
  return `${json}\t${sha256(json).slice(0, 16)}\n`;
}

const pieces = [
  ...ANY_TEXT,
  ...JSON_TEXT,
  "null",
  "[]",
  "{}",
  '"frame":-1',
  '"frame":1e300',
  '"file":"../outside.png"',
  '"file":"frames/000000.png"',
  '"file":"/etc/passwd"',
  '"state":5',
  '"newer":null',
];

const whole = Buffer.from(sound.map(line).join(""));
/** Lines whose hash is right and whose content is anything. */
const forged = fc
  .array(editedText([...sound, "null", "[]", "5", '{"frame":0}'], pieces, 3), { maxLength: 6 })
  .map((jsons) => new Uint8Array(Buffer.from(jsons.map(line).join(""))));
const journals = fc.oneof(editedBytes([whole, whole.subarray(0, whole.indexOf("\n") + 1)]), forged);

/** A sound entry, or one that somebody forged, which may claim anything but stays in its folder. */
function checkEntry(entry: JournalEntry, lines: ReadonlySet<string>): void {
  if (!lines.has(JSON.stringify(entry)))
    throw new Error(`took a damaged line for whole: ${JSON.stringify(entry)}`);
  const { frame, picture, state } = entry;
  if (!Number.isSafeInteger(frame) || frame < 0) throw new Error(`took the frame ${frame}`);
  for (const file of [picture, state?.newer, state?.older, state?.colorReference]) {
    if (file && !/^(?:frames|state)\/\w+\.png$/.test(file.file))
      throw new Error(`took the file ${file.file}`);
  }
}

/** What the lines with a right hash say, found here by going through the bytes. */
function trustedLines(bytes: Uint8Array): Set<string> {
  const trusted = new Set<string>();
  for (const text of Buffer.from(bytes).toString("utf8").split("\n")) {
    const tab = text.indexOf("\t");
    if (tab < 0 || sha256(text.slice(0, tab)).slice(0, 16) !== text.slice(tab + 1).split("\t")[0]) continue;
    try {
      trusted.add(JSON.stringify(JSON.parse(text.slice(0, tab))));
    } catch {
      // Forged, and no JSON.
    }
  }
  return trusted;
}

fuzz({
  name: "journals",
  title: "journals with damaged and forged lines",
  cases: 3000,
  inputs: journals,
  least: { read: 10_000, refused: 0 },
  read: async (bytes) => {
    const path = join(folder, "journal.ndjson");
    writeFileSync(path, bytes);
    const trusted = trustedLines(bytes);
    for (const entry of await readJournal(path)) checkEntry(entry, trusted);
    for (const entry of await readJournalLines(path)) {
      if (!trusted.has(JSON.stringify(entry))) throw new Error("took a damaged line for whole");
    }
  },
  isLocated: () => false,
});

fuzz({
  name: "run-folders",
  title: "run folders with damaged journals and pictures",
  cases: 300,
  inputs: fc
    .tuple(journals, fc.nat(FRAMES), fc.boolean())
    .map(([journal, damaged, isCut]) => Buffer.concat([Buffer.from([damaged, isCut ? 1 : 0]), journal])),
  least: { read: 10_000, refused: 0 },
  read: async (bytes: Uint8Array) => {
    const run = join(folder, "run");
    const [damaged, isCut] = bytes;
    writeRun(run, bytes.subarray(2));
    if (damaged! < FRAMES)
      writeFileSync(join(run, frameFile(damaged!)), pictures[damaged!]!.subarray(0, isCut ? 20 : 60));
    const outside = join(folder, "outside.png");
    writeFileSync(outside, "kept");
    const opened = await openRunFolder(run, chain, { force: false });
    try {
      const trusted = trustedLines(bytes.subarray(2));
      for (const [frame, entry] of opened.finished.entries()) {
        if (entry === undefined) continue;
        checkEntry(entry, trusted);
        if (entry.chain !== chain[frame]) throw new Error(`took frame ${entry.frame} for ${frame}`);
        await opened.readFrame(entry);
      }
      const missing = opened.finished.indexOf(undefined);
      const gap = await opened.nextGap({ begin: 0, end: FRAMES });
      if ((gap?.begin ?? -1) !== missing) throw new Error(`goes on at ${gap?.begin}, missing is ${missing}`);
    } finally {
      await opened.close();
    }
    if (!existsSync(outside)) throw new Error("removed a file outside of the run");
  },
  isLocated: () => false,
});

function writeRun(run: string, journal: Uint8Array): void {
  rmSync(run, { recursive: true, force: true });
  for (const part of ["frames", "state"]) mkdirSync(join(run, part), { recursive: true });
  for (const [frame, png] of pictures.entries()) writeFileSync(join(run, frameFile(frame)), png);
  writeFileSync(join(run, STATE), pictures[0]!);
  writeFileSync(join(run, "journal.ndjson"), journal);
}

const result = {
  output: "a.png",
  inputs: "1",
  sha256: "2",
  picture: "a.png",
  seed: 1,
  prompt: "",
  drawn: { width: 8, height: 8 },
  seconds: 1,
};
const finished = { hash: "1", file: "pictures/a.png", sha256: "2", seconds: 1 };

fuzz({
  name: "finished-pictures",
  title: "folders of pictures with damaged and forged journals",
  cases: 200,
  inputs: fc
    .array(editedText([JSON.stringify(result), JSON.stringify(finished), "null", "5"], pieces, 3), {
      maxLength: 5,
    })
    .map((jsons) => new Uint8Array(Buffer.from(jsons.map(line).join("")))),
  least: { read: 10_000, refused: 0 },
  read: async (bytes: Uint8Array) => {
    const out = join(folder, "pictures");
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out);
    writeFileSync(join(out, "journal.ndjson"), bytes);
    writeFileSync(join(out, "pictures.ndjson"), bytes);
    const results = await openResultFolder(out, ["a.png"], { force: false });
    if (await results.find("a.png", "1").finally(() => results.close()))
      throw new Error("found a picture that is not there");
    const sheet = await openFinishedPictures(out, false);
    if (await sheet.find("1").finally(() => sheet.close()))
      throw new Error("found a picture that is not there");
  },
  isLocated: () => false,
});

const MANIFEST = JSON.stringify({
  status: "complete",
  pins: {
    animate: "0.1.0",
    node: "20",
    pixels: 1,
    onnxruntime: "1.30.0",
    provider: "cpu",
    networks: { "model a": "0" },
  },
  drift: [{ pins: {}, frames: "0-9, 12" }],
  versions: { onnxruntime: "1.30.0" },
  model: { name: "storybook", sha256: "0", provider: "cpu" },
  settings: {
    name: "a",
    seed: 5,
    fps: 15,
    size: { width: 64, height: 64 },
    thumbnails: {},
    model: "0:(a), 5:(b)",
  },
  frames: [{ frame: 0, file: "frames/000000.png", sha256: "0", chain: "1", status: "rendered", seconds: 1 }],
});
const RECORD = JSON.stringify({
  title: "a red dragon",
  seed: 7,
  pictures: [{ number: 1, prompt: "a", seed: 7, schedule: { name: "a", prompts: { 0: "a" } } }],
});

fuzz({
  name: "manifests",
  title: "manifests and records of earlier runs with random mistakes",
  cases: 1500,
  inputs: editedText(
    [MANIFEST, RECORD],
    [...pieces, '"0-99999999999"', '"drift":[', '"frames":"5-', '"seed":"7"', '"pictures":[null]'],
  ),
  read: async (text) => {
    for (const file of ["manifest.json", "brainstorm.json", "journal.ndjson"])
      writeFileSync(join(folder, file), text);
    await readEarlierRun(folder);
    await readRunSettings(folder);
    for (const seed of [await recordedSeed(folder), await brainstormSeed(folder)]) {
      if (seed !== undefined && !Number.isSafeInteger(seed)) throw new Error(`took the seed ${String(seed)}`);
    }
    await recordedPicture(folder, 1);
  },
  isLocated: (error) => error instanceof FileError && error.where === join(folder, "brainstorm.json"),
});

const key = entryKey("machine", chain[0]!);
const cached = {
  key,
  picture: chain[0],
  state: { newer: chain[1], older: null, colorReference: null },
  seconds: 1,
  run: "a",
  model: "b",
};

fuzz({
  name: "small-records",
  title: "locks and entries of the frame cache with random mistakes",
  cases: 3000,
  inputs: fc
    .tuple(
      editedText(
        [JSON.stringify(cached), '{"pid":5,"host":"a","since":"2026-11-23T10:29:13Z","task":"a.yaml"}'],
        pieces,
      ),
      fc.boolean(),
    )
    .map(([json, isHashed]) => (isHashed ? line(json) : json)),
  least: { read: 10_000, refused: 0 },
  read: async (text) => {
    const path = entryPath(folder, key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    const found = await readEntry(folder, key);
    if (found !== undefined && found.key !== key) throw new Error("took another entry");
    const holder = parseHolder(text);
    if (holder !== undefined && !(holder.pid >= 1)) throw new Error(`took the process ${holder.pid}`);
  },
  isLocated: () => false,
});
