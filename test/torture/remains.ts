/** What a render has left in its folder, in a form in which two renders of the same can be compared. */

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { type JournalEntry, readJournal } from "../../src/render/journal-entry.ts";
import type { Manifest } from "../../src/render/manifest.ts";

/**
 * Every file of a finished run: its path, and the sha256 of its bytes; of the manifest without times and without what was reused, of the
 * journal the last word on each frame. A lock or a temporary file is a file too: an undisturbed run has none.
 *
 * @param folder in which the command ran; the manifest names files by it
 */
export async function remainsOf(folder: string, runFolder: string): Promise<Record<string, string>> {
  const run = join(folder, runFolder);
  const remains: Record<string, string> = {};
  for (const file of await filesOf(run)) {
    const bytes = await readFile(join(run, file));
    if (file === "manifest.json") remains[file] = plainManifest(bytes.toString(), folder);
    else if (file === "journal.ndjson") remains[file] = plainJournal(await readJournal(join(run, file)));
    else remains[file] = sha256(bytes);
  }
  return remains;
}

/** Paths of all files below a folder, sorted; none when it is not there. */
export async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}

/** The journal's word on each frame: the last one counts. */
export async function journaledFrames(runFolder: string): Promise<Map<number, JournalEntry>> {
  const entries = await readJournal(join(runFolder, "journal.ndjson"));
  return new Map(entries.map((entry) => [entry.frame, entry]));
}

/** Frames of which the journal says more than there is: the file is missing, or has other bytes. */
export async function brokenPromises(runFolder: string): Promise<string[]> {
  const broken: string[] = [];
  for (const { frame, picture, state } of (await journaledFrames(runFolder)).values()) {
    const { newer = null, older = null, colorReference = null } = state ?? {};
    for (const promised of [picture, newer, older, colorReference]) {
      if (promised === null) continue;
      const bytes = await readFile(join(runFolder, promised.file)).catch(() => null);
      if (bytes === null || sha256(bytes) !== promised.sha256) broken.push(`${frame}: ${promised.file}`);
    }
  }
  return broken;
}

function plainManifest(text: string, folder: string): string {
  const { frames, ...rest } = JSON.parse(text.replaceAll(folder, "")) as Manifest;
  const plainFrames = frames.map(({ frame, file, sha256: hash, chain }) => ({ frame, file, hash, chain }));
  return sha256(JSON.stringify({ ...rest, frames: plainFrames }));
}

function plainJournal(entries: readonly JournalEntry[]): string {
  const byFrame = new Map(
    entries.map(({ frame, chain, picture, state }) => [frame, { chain, picture, state }]),
  );
  return sha256(JSON.stringify([...byFrame].toSorted(([a], [b]) => a - b)));
}

function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
