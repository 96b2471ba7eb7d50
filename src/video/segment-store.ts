/**
 * Encoded pieces of a film, named by what is in them, so that whatever has the same frames finds the same piece:
 *
 *     segments/<key>.mp4    the pictures, verified by decoding when they were encoded
 *     segments/<key>.json   how many, and the hashes by which damage is noticed
 *
 * A piece counts when both files are there and agree.
 */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { makeFolder, sweepTemporaryFiles, writeFileAtomic } from "../files.ts";

export interface SegmentFacts {
  readonly frames: number;
  /** sha256 of the file. */
  readonly sha256: string;
  /** Hash of its packets, see {@link hashPackets}. */
  readonly packets: string;
}

export interface Segment extends SegmentFacts {
  readonly key: string;
}

export interface SegmentStore {
  readonly folder: string;
  /** Where a piece of this name is, or is to be put. */
  pathOf(key: string): string;
  /** The piece of this name; undefined when it is not there, has another number of frames, or is damaged. */
  find(key: string, frames: number): Promise<Segment | undefined>;
  /** Notes the facts of a piece whose file has been put at its place. */
  add(segment: Segment): Promise<void>;
  /** Removes all pieces but these, and whatever a killed process has left half-written. */
  keepOnly(keys: ReadonlySet<string>): Promise<void>;
}

/** Opens (or makes) the folder. @throws FileError when it cannot be made */
export async function openSegmentStore(folder: string): Promise<SegmentStore> {
  await makeFolder(folder);
  await sweepTemporaryFiles(folder);
  const pathOf = (key: string): string => join(folder, `${key}.mp4`);
  const factsPathOf = (key: string): string => join(folder, `${key}.json`);
  return {
    folder,
    pathOf,

    async find(key, frames) {
      try {
        const facts = parseFacts(await readFile(factsPathOf(key), "utf8"));
        if (facts?.frames !== frames || (await hashFile(pathOf(key))) !== facts.sha256) return undefined;
        return { key, ...facts };
      } catch {
        // Missing or unreadable alike: it is encoded again.
        return undefined;
      }
    },

    add: ({ key, frames, sha256, packets }) =>
      writeFileAtomic(factsPathOf(key), writeFacts({ frames, sha256, packets })),

    async keepOnly(keys) {
      await sweepTemporaryFiles(folder);
      for (const file of await readdir(folder)) {
        const key = /^([0-9a-f]{64})\.(?:mp4|json)$/.exec(file)?.[1];
        if (key !== undefined && !keys.has(key)) await rm(join(folder, file), { force: true });
      }
    },
  };
}

/** sha256 of a file, read in pieces. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** JSON, a tab, and the first 16 digits of the JSON's sha256: a flipped bit in here must not accuse the piece. */
function writeFacts(facts: SegmentFacts): string {
  const json = JSON.stringify(facts);
  return `${json}\t${checkOf(json)}\n`;
}

function parseFacts(text: string): SegmentFacts | undefined {
  const [json = "", check = ""] = text.trimEnd().split("\t");
  return check === checkOf(json) ? (JSON.parse(json) as SegmentFacts) : undefined;
}

function checkOf(json: string): string {
  return createHash("sha256").update(json).digest("hex").slice(0, 16);
}
