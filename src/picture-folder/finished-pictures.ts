/**
 * Which pictures of a folder are finished: a journal with one line per result, appended and synced after its file. A result counts when its
 * line is whole, everything that decides its pixels has the hash written there, and the file is as it was written.
 */

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { FileError } from "../errors.ts";
import { makeFolder, sweepTemporaryFiles, writeFileAtomic } from "../files.ts";
import { sha256 } from "../render/chain.ts";
import { openJournal, readJournalLines } from "../render/journal.ts";
import { lockRunFolder } from "../render/run-lock.ts";
import type { PictureSize } from "../tensor/picture-file.ts";

/** A line of the journal. One with the right hash may still come from anywhere. */
const lineSchema = z.object({
  picture: z.string(),
  output: z.string(),
  inputs: z.string(),
  sha256: z.string(),
  seed: z.number(),
  prompt: z.string(),
  drawn: z.object({ width: z.number(), height: z.number() }),
  seconds: z.number(),
});

/** A finished picture. */
export interface FinishedPicture {
  readonly picture: string;
  /** File of the result, from the folder of results, parts joined by `/`. */
  readonly output: string;
  /** Hash of everything that decides its pixels. */
  readonly inputs: string;
  /** Of the result's file. */
  readonly sha256: string;
  readonly seed: number;
  readonly prompt: string;
  /** Size at which it was drawn. */
  readonly drawn: PictureSize;
  /** Wall time. */
  readonly seconds: number;
}

export interface ResultFolder {
  /** The finished picture of these inputs, if it is there and whole. */
  find(output: string, inputs: string): Promise<FinishedPicture | undefined>;
  /**
   * Writes a result, then its line.
   * @throws FileError, leaving no half-written file; also when another program's file has its name
   */
  save(result: Omit<FinishedPicture, "sha256">, bytes: Uint8Array): Promise<FinishedPicture>;
  close(): Promise<void>;
}

/**
 * Opens (or makes) the folder of results.
 *
 * @param outputs all results that there will be, for the folders that they are in
 * @param force makes everything again, and replaces whatever has the name of a result
 * @throws RenderError when another process works in it
 */
export async function openResultFolder(
  path: string,
  outputs: readonly string[],
  { force }: { readonly force: boolean },
): Promise<ResultFolder> {
  const folders = new Set(["", ...outputs.map((output) => dirname(output))]);
  for (const folder of folders) await makeFolder(join(path, folder));
  const unlock = await lockRunFolder(path);
  try {
    for (const folder of folders) await sweepTemporaryFiles(join(path, folder));
    return await openLocked(path, force, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function openLocked(path: string, force: boolean, unlock: () => Promise<void>): Promise<ResultFolder> {
  const file = join(path, "journal.ndjson");
  const lines: FinishedPicture[] = (await readJournalLines<unknown>(file)).flatMap(
    (line) => lineSchema.safeParse(line).data ?? [],
  );
  const known = new Map(lines.map((line) => [line.output, line]));
  const journal = await openJournal(file, [...known.values()]);

  const hashOfFile = async (output: string): Promise<string | undefined> => {
    const bytes = await readFile(join(path, output)).catch(() => undefined);
    return bytes && sha256(bytes);
  };
  return {
    async find(output, inputs) {
      const line = known.get(output);
      if (force || line?.inputs !== inputs) return undefined;
      return (await hashOfFile(output)) === line.sha256 ? line : undefined;
    },
    async save(result, bytes) {
      const { output } = result;
      if (!force && !known.has(output) && (await hashOfFile(output)) !== undefined) {
        throw new FileError("there is a file of that name that was not made here", {
          where: join(path, output),
          hint: "choose another folder with --out, move the file away, or replace it with --force",
        });
      }
      await writeFileAtomic(join(path, output), bytes);
      const line = { ...result, sha256: sha256(bytes) };
      await journal.add(line);
      known.set(output, line);
      return line;
    },
    async close() {
      await journal.close();
      await unlock();
    },
  };
}
