/** `manifest.json`: what a run was made of and what became of it. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../files.ts";
import type { Settings } from "../settings/schema.ts";
import type { PinRecord } from "./drift.ts";
import type { OpenedModel } from "./inference-messages.ts";
import type { RunAddons } from "./run-addons.ts";
import type { JournalEntry } from "./run-folder.ts";

export interface ManifestFrame {
  readonly frame: number;
  readonly file: string;
  readonly sha256: string;
  /** Chain hash: equal in two runs if and only if everything that decides the pixels is. */
  readonly chain: string;
  /** Made by this start, found in the run's folder, or taken from the cache. */
  readonly status: "rendered" | "reused" | "cached";
  readonly seconds: number;
}

export interface AddonRecord {
  readonly name: string;
  readonly sha256: string;
}

/** The state of a run as written to disk: before its first frame, and again at its end. */
export interface Manifest extends PinRecord {
  readonly status: "running" | "stopped" | "complete";
  /** That of the first drawn frame. */
  readonly model: AddonRecord & { readonly provider: string };
  /** All of them; not there when one draws all frames. */
  readonly models?: readonly AddonRecord[];
  /** The network that told near from far; null for planes and in 2D. */
  readonly depth: AddonRecord | null;
  /** What enlarged the video or the stills; null when nothing did. */
  readonly upscaler: AddonRecord | null;
  /** What found optical flow; not there when no network did. */
  readonly flow_networks?: readonly AddonRecord[];
  /** What found the words of masks; not there when none has any. */
  readonly word_finder?: AddonRecord;
  /** Not there when the run has none. */
  readonly loras?: readonly AddonRecord[];
  readonly embeddings?: readonly AddonRecord[];
  /** Complete settings; the seed is the one drawn when the schedule asks for a random one. */
  readonly settings: Settings;
  readonly frames: readonly ManifestFrame[];
  readonly video: string | null;
  readonly thumbnails: readonly unknown[];
}

export function manifest(
  status: Manifest["status"],
  settings: Settings,
  { info, models, depth, upscaler, flows, words }: OpenedModel,
  { loras, embeddings }: RunAddons,
  pins: PinRecord,
  results: Pick<Manifest, "frames" | "video" | "thumbnails">,
): Manifest {
  return {
    status,
    ...pins,
    model: { ...identity(info), provider: info.provider },
    ...(models.length > 1 && { models: models.map(identity) }),
    depth: depth && identity(depth),
    upscaler: upscaler && identity(upscaler),
    ...(flows.length > 0 && { flow_networks: flows.map(identity) }),
    ...(words && { word_finder: identity(words) }),
    ...(loras.length > 0 && { loras: loras.map(toRecord) }),
    ...(embeddings.length > 0 && { embeddings: embeddings.map(toRecord) }),
    settings,
    ...results,
  };
}

function toRecord({ name, sha256 }: AddonRecord): AddonRecord {
  return { name, sha256 };
}

function identity({ name, hash }: { readonly name: string; readonly hash: string }): AddonRecord {
  return { name, sha256: hash };
}

export function manifestFrame(
  { frame, picture, chain, seconds }: JournalEntry,
  status: ManifestFrame["status"],
): ManifestFrame {
  return { frame, file: picture.file, sha256: picture.sha256, chain, status, seconds };
}

export async function writeManifest(folder: string, content: Manifest): Promise<void> {
  await writeFileAtomic(join(folder, "manifest.json"), `${JSON.stringify(content, null, 2)}\n`);
}

/** The seed an earlier run in this folder used, or undefined when there was none or its manifest cannot be read. */
export async function recordedSeed(folder: string): Promise<number | undefined> {
  const seed = (await readManifest(folder))?.settings?.seed;
  return Number.isSafeInteger(seed) ? seed : undefined;
}

/** What an earlier run in this folder wrote of itself, at its word: any of it may be missing. Undefined when there is none or it cannot be read. */
export async function readManifest(folder: string): Promise<Partial<Manifest> | undefined> {
  try {
    const read: unknown = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));
    return typeof read === "object" && read !== null ? read : undefined;
  } catch {
    return undefined;
  }
}
