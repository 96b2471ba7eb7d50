/** Keeps the input at hand in a file, so that it outlives a process that dies or hangs on it. */

import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { encodeInput } from "./corpus.ts";
import type { FuzzInput } from "./surface.ts";

/** Of wall time, on a machine that may be busy with other work; what counts as slow is measured in processor time. */
const LIMIT_MILLISECONDS = 30_000;

export interface Watch {
  /** To be called before each case. */
  begin(input: FuzzInput): void;
  close(): Promise<void>;
}

/**
 * @param extension of the surface's inputs
 * @param keepFolder where the input of a case without end goes; undefined leaves it where it was written
 */
export function watchCases(surface: string, extension: string, keepFolder: string | undefined): Watch {
  const given = process.env["FUZZ_INPUTS"];
  if (given !== undefined) mkdirSync(given, { recursive: true });
  const folder = given ?? mkdtempSync(join(tmpdir(), "animate-fuzz-"));
  const inputFile = join(folder, `${surface}${extension}`);
  const file = openSync(inputFile, "w");
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(fileURLToPath(new URL("watchdog.mjs", import.meta.url)), {
    workerData: { counter, inputFile, surface, keepFolder, limitMilliseconds: LIMIT_MILLISECONDS },
  });
  worker.unref();
  return {
    begin(input) {
      const bytes = encodeInput(input);
      ftruncateSync(file, 0);
      writeSync(file, bytes, 0, bytes.length, 0);
      Atomics.add(counter, 0, 1);
    },
    async close() {
      await worker.terminate();
      closeSync(file);
      rmSync(given === undefined ? folder : inputFile, { recursive: true, force: true });
    },
  };
}
