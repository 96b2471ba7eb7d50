/** One run of ffmpeg from files to files: its output as text, or an error that quotes its last words. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { EncodeError } from "../errors.ts";
import { HangError } from "./hang.ts";
import { LastLines } from "./last-lines.ts";

export interface FfmpegRun {
  readonly ffmpegPath: string;
  readonly args: readonly string[];
  /** The working folder, where relative names start. */
  readonly folder: string;
  /** After so long it is ended. */
  readonly limitSeconds: number;
  /** Aborted: it is ended at once. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs ffmpeg, or ffprobe, to its end. It has a group of its own: Ctrl-C in a terminal reaches only us.
 *
 * @returns what it wrote to stdout
 * @throws EncodeError when it cannot be started or fails, HangError when it takes too long
 */
export async function runFfmpeg(run: FfmpegRun): Promise<string> {
  const { ffmpegPath, args, folder, limitSeconds, signal } = run;
  const child = spawn(ffmpegPath, args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
  });
  const lines = new LastLines();
  const output: Buffer[] = [];
  child.stdout.on("data", (piece: Buffer) => output.push(piece));
  child.stderr.on("data", (piece: Buffer) =>
    piece
      .toString()
      .split("\n")
      .forEach((line) => lines.add(line)),
  );
  let [startFailure, isHang] = ["", false];
  child.on("error", (error) => (startFailure = error.message));

  function kill(): void {
    try {
      if (process.platform === "win32" || child.pid === undefined) child.kill("SIGKILL");
      else process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has just left by itself.
    }
  }
  const limit = setTimeout(() => {
    isHang = true;
    kill();
  }, limitSeconds * 1000);
  signal?.addEventListener("abort", kill);
  if (signal?.aborted) kill();
  await once(child, "close").catch(() => {});
  clearTimeout(limit);
  signal?.removeEventListener("abort", kill);

  if (child.exitCode === 0 && startFailure === "") return Buffer.concat(output).toString("utf8");
  const name = basename(ffmpegPath);
  const end =
    child.signalCode === null ? `ended with code ${child.exitCode}` : `was killed with ${child.signalCode}`;
  const message = isHang ? `${name} took longer than ${limitSeconds} s` : `${name} ${startFailure || end}`;
  const isFull = /no space left on device/i.test(lines.text);
  const text = [
    isFull ? `${message}: the disk is full` : message,
    `  its last words: ${lines.text === "" ? "(none)" : lines.text.replaceAll("\n", "\n    ")}`,
  ].join("\n");
  const hint = isFull
    ? "free space on the disk of the video and run again"
    : "run `animate doctor` to see which ffmpeg is used";
  throw isHang ? new HangError(text, { hint }) : new EncodeError(text, { hint });
}
