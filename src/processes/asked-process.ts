/** A process of ours that is asked one question at a time: started, asked, watched, ended. */

import { type ChildProcess, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { Patience } from "./patience.ts";
import { watchSilence } from "./watch-silence.ts";

/** How a process came to its end before it was told to. */
export type ProcessEnd =
  | { readonly reason: "exit"; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  /** It gave no sign of life for so long, and was killed. */
  | { readonly reason: "silence"; readonly seconds: number }
  /** The system could not start it. */
  | { readonly reason: "start"; readonly error: Error };

/** A question has no answer, because the process ended. Whoever asked says what that means. */
export class ProcessEndedError extends Error {
  readonly end: ProcessEnd;

  constructor(end: ProcessEnd) {
    super(`the process ended: ${describeEnd(end)}`);
    this.end = end;
  }
}

/** `signal SIGKILL`, `exit code 1`, `no sign of life for 60 s`, or what the system said. */
export function describeEnd(end: ProcessEnd): string {
  if (end.reason === "start") return end.error.message;
  if (end.reason === "silence") return `no sign of life for ${Math.round(end.seconds)} s`;
  return end.signal === null ? `exit code ${end.code}` : `signal ${end.signal}`;
}

export interface Question<To, From> {
  readonly message: To;
  /** What the process is at until its next message, see {@link Patience}. */
  readonly work: string;
  /** Takes each message: what the process is at from then on, or null when it was the answer. */
  readonly take: (message: From) => string | null;
}

export interface AskedProcess<To, From> {
  /** How it ended; undefined while it runs. */
  readonly end: ProcessEnd | undefined;
  /** Asks and waits; the last question is to be answered first. @throws ProcessEndedError when the process ends before it has answered */
  ask(question: Question<To, From>): Promise<From>;
  /** Lets the process end by itself, and ends it when it does not. Safe to call more than once. */
  close(farewell: To): Promise<void>;
}

/** How long a process may take to end by itself before it is killed. */
const CLOSE_TIMEOUT_MS = 2000;
/** How long the system may take to clear away a killed one, whose memory the next one needs. */
const KILL_TIMEOUT_MS = 5000;
/** Of −1000 to 1000: where memory runs out, Linux takes a process of this score before the one that holds the run. */
const OUT_OF_MEMORY_SCORE = 500;

/**
 * Starts a process.
 *
 * @param path compiled file; it gets this process's id as its argument, see endWithParent
 * @param patience what is known about such processes
 */
export function startAskedProcess<To extends object, From>(
  path: string,
  patience: Patience,
  env: NodeJS.ProcessEnv = process.env,
): AskedProcess<To, From> {
  let end: ProcessEnd | undefined;
  let child: ChildProcess | undefined;
  /** What the question that is open does when the process is gone; a promise would keep all questions until then. */
  let onGone: (() => void) | undefined;
  const gone = new Promise<void>((resolve) => {
    const note = (how: ProcessEnd) => {
      end ??= how;
      resolve();
      onGone?.();
    };
    try {
      child = fork(path, [String(process.pid)], { serialization: "advanced", env });
      child.once("exit", (code, signal) => note({ reason: "exit", code, signal }));
      // Without an id it never ran; else a message could not be sent, and the end that follows tells more.
      child.on("error", (error) => child?.pid === undefined && note({ reason: "start", error }));
      if (child.pid !== undefined) volunteerForMemory(child.pid);
    } catch (error) {
      note({ reason: "start", error: error as Error });
    }
  });
  /** Works that this very process has done before; the first time takes longer. */
  const done = new Set<string>();
  const named = (work: string): string => {
    const name = done.has(work) ? work : `first ${work}`;
    done.add(work);
    return name;
  };

  async function ask({ message, work, take }: Question<To, From>): Promise<From> {
    const running = child;
    const pid = running?.pid;
    if (pid === undefined) await gone;
    if (end || !running || pid === undefined) throw new ProcessEndedError(end!);
    return await new Promise<From>((resolve, reject) => {
      const watch = watchSilence(pid, patience, named(work), (seconds) => {
        end ??= { reason: "silence", seconds };
        running.kill("SIGKILL");
        setTimeout(fail, KILL_TIMEOUT_MS).unref();
      });
      const settle = (action: () => void) => {
        watch.stop();
        running.off("message", listen);
        onGone = undefined;
        action();
      };
      const fail = () => settle(() => reject(new ProcessEndedError(end!)));
      const listen = (reply: From) => {
        // Whatever a process says after it counts as hung: its successor is asked.
        if (end) return;
        const next = take(reply);
        watch.sign(next === null ? null : named(next));
        if (next === null) settle(() => resolve(reply));
      };
      running.on("message", listen);
      onGone = fail;
      // A process that can be told nothing is of no use; its exit tells why.
      running.send(message, (error) => error && running.kill("SIGKILL"));
    });
  }

  return {
    get end() {
      return end;
    },
    ask,
    async close(farewell) {
      if (end === undefined && child?.connected) child.send(farewell, () => {});
      const timer = setTimeout(() => child?.kill("SIGKILL"), CLOSE_TIMEOUT_MS);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** Raising the score of an own process takes no rights; where there is no such thing, nothing is lost. */
function volunteerForMemory(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(OUT_OF_MEMORY_SCORE));
  } catch {
    // Not Linux, or the process has ended already, which its exit tells.
  }
}
