/** An ffmpeg process that writes raw pictures into pipes; it runs as long as they are taken. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { FileError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { CLOSED_INPUT } from "./inspect-video.ts";
import { LastLines } from "./last-lines.ts";

/** Options of every ffmpeg that reads a video of unknown origin: no keyboard, no other file, frames as they lie in the file. */
export function inputOptions(path: string, seekSeconds = 0): string[] {
  return [
    ["-hide_banner", "-nostdin", "-nostats", "-v", "info", ...CLOSED_INPUT],
    ["-max_pixels", String(LIMITS.video.framePixels), "-noautorotate"],
    seekSeconds > 0 ? ["-ss", seekSeconds.toFixed(6)] : [],
    ["-i", `file:${path}`],
  ].flat();
}

export const RAW_OUTPUT = ["-f", "rawvideo", "-pix_fmt", "rgb24"];
/** Filters that make ffmpeg print the time of each frame ahead of its pixels, in microseconds. */
export const PRINT_TIMES = ["settb=1/1000000", "showinfo=checksum=0"];

export interface ReadingProcess {
  /** What comes out of a pipe, 1 or 3 and above, in pieces of `bytes`, each in a buffer of its own; an incomplete last one is dropped. */
  pieces(pipe: number, bytes: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void>;
  /** Seconds of the next frame that was not asked for, as ffmpeg printed them; undefined where the file has none. */
  nextTime(): Promise<number | undefined>;
  /** Waits for its end: why it failed, in ffmpeg's words; undefined when it did not. */
  failure(): Promise<string | undefined>;
  /** Ends the process, whatever state it is in. Never rejects. */
  stop(): Promise<void>;
}

/**
 * @param pipes how many it writes to: 1 is stdout alone, further ones have the numbers from 3
 * @param stallMs after how long without a byte or a word it is ended
 */
export function startReading(
  ffmpegPath: string,
  args: readonly string[],
  pipes = 1,
  stallMs = LIMITS.video.stallMs,
): ReadingProcess {
  const extra = Array.from({ length: pipes - 1 }, () => "pipe" as const);
  // A group of its own: Ctrl-C in a terminal reaches only us, and we end it.
  const child = spawn(ffmpegPath, args, {
    stdio: ["ignore", "pipe", "pipe", ...extra],
    detached: process.platform !== "win32",
  });
  const lines = new LastLines();
  const times = watchTimes(child, lines);
  let startFailure: string | undefined;
  let isStalled = false;
  child.on("error", (error) => (startFailure = error.message));
  const closed = once(child, "close").catch(() => {});

  function armWatchdog(): NodeJS.Timeout {
    return setTimeout(() => {
      isStalled = true;
      kill(child);
    }, stallMs);
  }

  return {
    async *pieces(pipe, bytes) {
      let watchdog = armWatchdog();
      // Frames that it decodes on the way to the one that is asked for are told, not given.
      const hear = (): unknown => watchdog.refresh();
      child.stderr!.on("data", hear);
      try {
        let piece = new Uint8Array(bytes);
        let filled = 0;
        for await (const chunk of child.stdio[pipe] as Readable as AsyncIterable<Uint8Array>) {
          watchdog.refresh();
          for (let taken = 0; taken < chunk.length;) {
            const part = chunk.subarray(taken, taken + bytes - filled);
            piece.set(part, filled);
            filled += part.length;
            taken += part.length;
            if (filled < bytes) continue;
            // Time spent by who takes the pieces is not ffmpeg's.
            clearTimeout(watchdog);
            yield piece;
            watchdog = armWatchdog();
            piece = new Uint8Array(bytes);
            filled = 0;
          }
        }
      } finally {
        child.stderr!.off("data", hear);
        clearTimeout(watchdog);
      }
    },

    nextTime: () => times.next(),

    async failure() {
      await closed;
      if (startFailure !== undefined) return startFailure;
      if (isStalled) return `it gave nothing for ${stallMs / 1000} s`;
      if (child.exitCode === 0) return undefined;
      return lines.text.split("\n").at(-1) || `it ended with code ${child.exitCode ?? child.signalCode}`;
    },

    async stop() {
      if (child.exitCode === null && child.signalCode === null) kill(child);
      for (const pipe of child.stdio) pipe?.destroy();
      if (startFailure === undefined) await closed;
    },
  };
}

/** Nothing that it writes is kept, so it needs no time to finish. To the whole group, so that a wrapper script takes its ffmpeg with it. */
function kill(child: ChildProcess): void {
  try {
    if (process.platform === "win32" || child.pid === undefined) child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has just left by itself.
  }
}

/** `[Parsed_showinfo_3 @ 0x1da768c0] n: 119 pts:3966667 pts_time:3.96667 …`. */
const TIME_LINE = /^\[Parsed_showinfo_\d+ @ \w+\] (?:\[info\] )?n: *\d+ pts: *(-?\d+|NOPTS)/;
/** What ffmpeg tells on the way, which explains no failure. */
const CHATTER = /^( |Input #|Output #|Stream mapping|Press \[q\]|frame=|video:|\[Parsed_showinfo|\[out#|$)/;

/** Times in the order of the frames, each forgotten when it was taken; everything else that ffmpeg says goes to `lines`. */
function watchTimes(child: ChildProcess, lines: LastLines) {
  const times: (number | undefined)[] = [];
  const state: { isClosed: boolean; wake?: () => void } = { isClosed: false };
  const said = createInterface({ input: child.stderr! });
  said.on("line", (line) => {
    const written = TIME_LINE.exec(line)?.[1];
    if (written !== undefined) {
      times.push(written === "NOPTS" ? undefined : Number(written) / 1e6);
      state.wake?.();
    } else if (!CHATTER.test(line)) lines.add(line);
  });
  said.on("close", () => {
    state.isClosed = true;
    state.wake?.();
  });
  return {
    async next(): Promise<number | undefined> {
      if (times.length === 0 && !state.isClosed) {
        const limit = new AbortController();
        state.wake = () => limit.abort();
        // Taken back when it is told: the timers of a fast film would pile up for a minute.
        await sleep(LIMITS.video.stallMs, undefined, { signal: limit.signal, ref: false }).catch(() => {});
      }
      if (times.length > 0) return times.shift();
      throw new FileError("ffmpeg did not print the times of the frames", {
        hint: "`animate doctor` says which ffmpeg is used; version 4 and later are known to work",
      });
    },
  };
}
