/** Runs the built `animate` command as a user would, on throw-away folders. */

import { type ChildProcess, spawn } from "node:child_process";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Manifest } from "../src/render/manifest.ts";

const COMMAND = fileURLToPath(new URL("../bin/animate.js", import.meta.url));

/** Random weights of Stable Diffusion 1.x at toy width: the real networks, and a frame in milliseconds. */
export const TINY_MODEL = fileURLToPath(new URL("fixtures/tiny-sd15", import.meta.url));

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly process: ChildProcess;
  readonly result: Promise<CommandResult>;
  /** What it has written to stdout so far. */
  output(): string;
  /** Resolves when stdout holds `text` so many times, 1 by default. Rejects with the whole output when the command ends before. */
  printed(text: string, times?: number): Promise<void>;
}

/** Starts `animate` with these arguments in `folder`. */
export function startAnimate(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): RunningCommand {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    // A group of its own, as a shell gives a job: signals reach the command and its inference process.
    detached: true,
  });
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    for (const listener of listeners) listener();
  });
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const result = new Promise<CommandResult>((resolve) => {
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  const printed = (text: string, times = 1) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (countOf(text, stdout) >= times) resolve();
      };
      listeners.add(check);
      check();
      void result.then(() => reject(new Error(`ended before printing ${text}:\n${stdout}\n${stderr}`)));
    });
  return { process: child, result, output: () => stdout, printed };
}

/** How often `text` stands in `output`. */
export function countOf(text: string, output: string): number {
  return output.split(text).length - 1;
}

/** Runs `animate` to its end. */
export function runAnimate(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CommandResult> {
  return startAnimate(folder, args, env).result;
}

export { temporaryFolder } from "./support/temporary-folder.ts";

/** A schedule for the tiny model, in a folder of its own. `changes` is YAML that is added to it. */
export async function writeSchedule(folder: string, changes = ""): Promise<string> {
  const lines = [
    `model: ${TINY_MODEL}`,
    "size: 64x64",
    "frames: 6",
    "fps: 10",
    "seed: 7",
    "sampler: euler_a",
    "steps: 4",
    "prompts: { 0: a hero, 3: a city at night }",
    'motion: { translation_z: "0:(0), 5:(10)", rotation_3d_z: 1 }',
    changes,
  ];
  await writeFile(join(folder, "flight.yaml"), `${lines.join("\n")}\n`);
  return "flight.yaml";
}

export async function readManifest(runFolder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(runFolder, "manifest.json"), "utf8")) as Manifest;
}

/** Frame file → bytes as base64, to compare two runs. */
export async function readFrames(runFolder: string): Promise<Record<string, string>> {
  const files = (await readdir(join(runFolder, "frames"))).toSorted();
  const entries = files.map(async (file) => [
    file,
    (await readFile(join(runFolder, "frames", file))).toString("base64"),
  ]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
}
