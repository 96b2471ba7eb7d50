/** One ffmpeg process that reads raw frames and writes a file: started, fed, finished or stopped. The only file that knows fluent-ffmpeg. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import createCommand, { type FfmpegCommand } from "fluent-ffmpeg";
import { EncodeError } from "../errors.ts";
import { HangError } from "./hang.ts";
import { LastLines } from "./last-lines.ts";

export interface EncodeJob {
  /** The program. */
  readonly ffmpegPath: string;
  /** Options of the raw input on stdin, then of the file. */
  readonly inputOptions: readonly string[];
  readonly outputOptions: readonly string[];
  /** Absolute path of the file to write; an older one is overwritten. */
  readonly outputPath: string;
  /** Seconds without any sign of life (bytes taken, a line on stderr) after which the process counts as hung. */
  readonly stallSeconds: number;
}

export interface EncodeProcess {
  /** Queues bytes; resolves when there is room for more. The bytes are copied. Rejects with EncodeError once ffmpeg has died, HangError when it hangs. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the input and resolves when ffmpeg has written everything and exited with 0. Rejects with EncodeError otherwise. */
  finish(): Promise<void>;
  /** Ends the process, whatever state it is in. Never rejects. */
  stop(): Promise<void>;
  /** An error that quotes ffmpeg's last words and its command; says so when they speak of a full disk. */
  describe(message: string): EncodeError;
}

/** After its input has ended ffmpeg gets this long to leave by itself, and as long again after SIGTERM. */
const GRACE_MS = 1_000;

/**
 * Starts ffmpeg. Resolves when the process runs; rejects with EncodeError when it cannot be started.
 *
 * The process gets a group of its own: Ctrl-C in a terminal reaches only us, and we decide what becomes of the video.
 */
export async function startEncoding(job: EncodeJob): Promise<EncodeProcess> {
  const input = new PassThrough();
  // A source that is destroyed while ffmpeg is being stopped is no news.
  input.on("error", () => {});
  const command = buildCommand(job, input);
  const state = watch(command, job);
  command.run();
  await Promise.race([once(command, "start"), state.ended]).catch(() => {});
  if (state.failure) throw state.failure;

  async function write(bytes: Uint8Array): Promise<void> {
    throwIfEnded();
    if (input.write(Buffer.from(bytes))) return;
    await alive(once(input, "drain"));
    throwIfEnded();
    state.signs++;
  }

  async function finish(): Promise<void> {
    throwIfEnded();
    input.end();
    await alive(state.ended);
    if (state.failure) throw state.failure;
    // An old ffmpeg complains and still exits with 0.
    if (state.diskIsFull()) throw state.describe("ffmpeg could not write the video");
  }

  function throwIfEnded(): void {
    if (state.failure) throw state.failure;
    if (state.hasEnded && !input.writableEnded) {
      throw state.describe("ffmpeg ended before it was given all frames");
    }
  }

  /** Waits for `event`, the end of the process, or a stall, whichever comes first. */
  async function alive(event: Promise<unknown>): Promise<void> {
    const settled = new AbortController();
    try {
      await Promise.race([event, state.ended, stalled(settled.signal)]);
    } finally {
      settled.abort();
    }
  }

  /** Counts quiet slices rather than comparing clocks: a laptop that slept for an hour is no stall. */
  async function stalled(signal: AbortSignal): Promise<void> {
    const limitMs = job.stallSeconds * 1000;
    const sliceMs = Math.min(1000, limitMs);
    let signs = state.signs;
    for (let quietMs = 0; quietMs < limitMs; quietMs += sliceMs) {
      try {
        await sleep(sliceMs, undefined, { signal });
      } catch {
        return;
      }
      if (state.signs !== signs) quietMs = -sliceMs;
      signs = state.signs;
    }
    const { message, hint } = state.describe(`ffmpeg showed no sign of life for ${job.stallSeconds} s`);
    state.failure = new HangError(message, { ...(hint !== undefined && { hint }) });
    await stop();
    throw state.failure;
  }

  async function stop(): Promise<void> {
    const child = command.ffmpegProc;
    input.destroy();
    // ffmpeg ignores SIGTERM while it waits for input, so the input ends first.
    child?.stdin?.destroy();
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      if (await Promise.race([state.ended.then(() => true), sleep(GRACE_MS, false)])) return;
      if (child) sendSignal(child, signal);
    }
    await Promise.race([state.ended, sleep(GRACE_MS)]);
  }

  return { write, finish, stop, describe: state.describe };
}

/** What is known about the running process. */
interface Watched {
  hasEnded: boolean;
  failure: EncodeError | undefined;
  /** Counts the signs of life: lines on stderr, frames taken. */
  signs: number;
  /** Resolves when the process is gone, well or not. */
  readonly ended: Promise<void>;
  readonly diskIsFull: () => boolean;
  readonly describe: (message: string) => EncodeError;
}

function watch(command: FfmpegCommand, job: EncodeJob): Watched {
  const lines = new LastLines();
  command.on("stderr", (line: string) => {
    state.signs++;
    lines.add(line);
  });
  const ended = new Promise<void>((resolve) => {
    command.on("end", () => {
      state.hasEnded = true;
      resolve();
    });
    command.on("error", (error: Error) => {
      state.hasEnded = true;
      // The text behind the colon repeats stderr.
      state.failure ??= state.describe(error.message.split(/: |\n/, 1)[0]!);
      resolve();
    });
  });
  const state: Watched = {
    hasEnded: false,
    failure: undefined,
    signs: 0,
    ended,
    diskIsFull: () => speaksOfFullDisk(lines.text),
    describe: (message) => describeFailure(message, lines.text, job),
  };
  return state;
}

const SPAWN = "_spawnFfmpeg";

/** What fluent-ffmpeg has and does not type: the process, and the function that spawns it. */
interface CommandInternals {
  ffmpegProc?: ChildProcess;
  [SPAWN]: (this: unknown, args: string[], options: object, ...callbacks: SpawnCallback[]) => void;
}

/** Called with the process or the error, and what the program has said. */
type SpawnCallback = (outcome: unknown, stdout?: unknown, stderr?: unknown) => void;
type Command = FfmpegCommand & CommandInternals;

function buildCommand(job: EncodeJob, input: PassThrough): Command {
  const command: FfmpegCommand = createCommand({ source: input, stdoutLines: 100 })
    .setFfmpegPath(job.ffmpegPath)
    .inputOptions(...job.inputOptions)
    // `file:` keeps a name such as `http:x.mp4` or `-y.mp4` from being more than a name.
    .output(`file:${job.outputPath}`)
    .outputOptions(...job.outputOptions);
  if (!hasInternals(command)) throw new TypeError("fluent-ffmpeg 2.1.3 is needed");
  const spawn = command[SPAWN];
  command[SPAWN] = (args, options, ...callbacks) => {
    const grouped = { ...options, detached: process.platform !== "win32" };
    spawn.call(command, args, grouped, ...callbacks.map(withOutput));
  };
  return command;
}

/** When the program cannot be started, fluent-ffmpeg 2.1.3 reads the output that never was, and throws where nobody can catch it. */
function withOutput(callback: SpawnCallback): SpawnCallback {
  const none = { get: () => "" };
  return (outcome, stdout = none, stderr = none) => callback(outcome, stdout, stderr);
}

function hasInternals(command: FfmpegCommand): command is Command {
  return SPAWN in command;
}

/** To the whole group, so that a wrapper script takes its ffmpeg with it. */
function sendSignal(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    if (process.platform === "win32" || child.pid === undefined) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has just left by itself.
  }
}

function describeFailure(message: string, stderr: string, job: EncodeJob): EncodeError {
  const diskFull = speaksOfFullDisk(stderr);
  return new EncodeError(
    [
      diskFull ? `${message}: the disk is full` : message,
      `  its last words: ${stderr === "" ? "(none)" : stderr.replaceAll("\n", "\n    ")}`,
      `  command: ${describeCommand(job)}`,
    ].join("\n"),
    {
      hint: diskFull
        ? "free space on the disk of the video and run again"
        : "run `animate doctor` to see which ffmpeg is used",
    },
  );
}

function speaksOfFullDisk(stderr: string): boolean {
  return /no space left on device/i.test(stderr);
}

/** Longer arguments (the settings in the metadata) are cut in messages. */
const SHOWN_ARGUMENT_LENGTH = 200;

function describeCommand({ ffmpegPath, inputOptions, outputOptions, outputPath }: EncodeJob): string {
  return [ffmpegPath, ...inputOptions, "-i", "pipe:0", ...outputOptions, `file:${outputPath}`]
    .map((word) => (word.length > SHOWN_ARGUMENT_LENGTH ? `${word.slice(0, SHOWN_ARGUMENT_LENGTH)}…` : word))
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(" ");
}
