/** Inputs that are read from a file. */

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { AnimateError } from "../../src/errors.ts";

/** A folder, without symbolic links in its path, that goes when the test file is over. */
export function fuzzFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "animate-fuzz-")));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Whether an error names the file, or one in the folder. */
export function names(path: string): (error: AnimateError) => boolean {
  return ({ where }) => where?.startsWith(path) === true;
}
