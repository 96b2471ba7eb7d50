/** What the command did to its files, call by call: notes of file-calls.mjs. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Life, live } from "./life.ts";
import { commandLine, type Scenario } from "./scenario.ts";

const SHIM = new URL("file-calls.mjs", import.meta.url).href;

/** One note. Bytes are base64; paths are absolute. */
export type FileCall = { readonly call?: number; readonly failed?: string } & (
  | { readonly kind: "open"; readonly path: string; readonly handle: number; readonly flags: string }
  | { readonly kind: "write"; readonly path: string; readonly handle: number; readonly bytes: string }
  | { readonly kind: "writeFile"; readonly path: string; readonly bytes: string }
  | { readonly kind: "sync"; readonly path: string; readonly isFolder: boolean; readonly bytes?: string }
  | { readonly kind: "rename" | "link"; readonly from: string; readonly to: string }
  | { readonly kind: "mkdir" | "rm"; readonly path: string }
  /** A frame was announced. */
  | { readonly kind: "report"; readonly frame: number }
);

export interface Fault {
  /** Number of the call that fails, from 1. */
  readonly failAt: number;
  readonly code: string;
  /** Whether all calls after it that need space fail, too. */
  readonly lasts: boolean;
}

/** Renders a scenario in its folder while its file calls are noted. @param fault what goes wrong; default: nothing */
export async function liveTraced(
  folder: string,
  scenario: Scenario,
  fault?: Fault,
): Promise<{ life: Life; calls: readonly FileCall[] }> {
  const notes = await mkdtemp(join(tmpdir(), "animate-torture-trace-"));
  const trace = join(notes, "trace.ndjson");
  const watched = { root: join(folder, "renders"), trace, ...fault };
  const life = await live(folder, commandLine(scenario), {
    nodeFlags: ["--import", SHIM],
    env: { FILE_CALLS: JSON.stringify(watched) },
  });
  const lines = (await readFile(trace, "utf8")).split("\n").filter(Boolean);
  await rm(notes, { recursive: true });
  return { life, calls: lines.map((line) => JSON.parse(line) as FileCall) };
}
