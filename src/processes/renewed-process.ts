/** A process that is replaced when it ends: what it was asked is asked once more. */

import { type ProcessEnd, ProcessEndedError } from "./asked-process.ts";

export interface RenewedProcess<Process> {
  /** How often the process ended and another took its place. */
  readonly renewals: number;
  /**
   * Works with the running process, after all earlier works; a second time with a fresh one when the process ends under it.
   *
   * @param place what it is about, `frame 31`
   * @throws ProcessEndedError the second time, and after `close`; what `start` and `work` throw
   */
  use<Result>(place: string, work: (process: Process) => Promise<Result>): Promise<Result>;
  /** Safe to call more than once. */
  close(): Promise<void>;
}

/** What has to be known of a process. */
interface Ending {
  readonly end: ProcessEnd | undefined;
}

/**
 * @param start gives a process that is ready for work
 * @param close ends one
 * @param onRenewal told before another one is started in the place of one that ended
 */
export function renewedProcess<Process extends Ending>(
  start: () => Promise<Process>,
  close: (process: Process) => Promise<void>,
  onRenewal: (end: ProcessEnd, place: string) => void,
): RenewedProcess<Process> {
  let current: Process | undefined;
  let isClosed = false;
  let renewals = 0;
  /** Settles when all work so far is done: one question at a time, so that answers need no address. */
  let idle: Promise<unknown> = Promise.resolve();

  function renew(end: ProcessEnd, place: string): void {
    current = undefined;
    renewals++;
    onRenewal(end, place);
  }

  async function attempt<Result>(work: (process: Process) => Promise<Result>): Promise<Result> {
    if (!current) {
      const started = await start();
      current = started;
      if (isClosed) await close(started);
    }
    return await work(current);
  }

  async function inTurn<Result>(place: string, work: (process: Process) => Promise<Result>): Promise<Result> {
    // It may have ended while nobody asked it anything.
    if (current?.end && !isClosed) renew(current.end, place);
    try {
      return await attempt(work);
    } catch (error) {
      if (!(error instanceof ProcessEndedError) || isClosed) throw error;
      renew(error.end, place);
    }
    try {
      return await attempt(work);
    } catch (error) {
      if (error instanceof ProcessEndedError && !isClosed) current = undefined;
      throw error;
    }
  }

  return {
    get renewals() {
      return renewals;
    },
    async use(place, work) {
      const turn = idle.then(() => inTurn(place, work));
      idle = turn.catch(() => {});
      return await turn;
    },
    async close() {
      isClosed = true;
      if (current) await close(current);
    },
  };
}
