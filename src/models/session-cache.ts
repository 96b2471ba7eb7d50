/** Keeps the few sessions used last, so that going back and forth between two sizes does not load a network again and again. */

import type { Session } from "./session.ts";

/** Two cover what one render needs (with and without guidance); each holds a copy of the network's weights. */
const KEPT_SESSIONS = 2;

/** Sessions of one network by shape. */
export interface SessionCache {
  /** Uses the session of that shape, opening it first if need be; it is not released while in use. */
  use<Result>(
    shape: string,
    open: () => Promise<Session>,
    work: (session: Session) => Promise<Result>,
  ): Promise<Result>;
  /** Releases all sessions, each once its work is done. */
  release(): Promise<void>;
}

interface Entry {
  readonly session: Promise<Session>;
  /** Settles when all work begun so far is done. */
  busy: Promise<unknown>;
}

/** An empty cache. */
export function sessionCache(kept = KEPT_SESSIONS): SessionCache {
  // A Map iterates in the order of insertion, which is kept as the order of use.
  const entries = new Map<string, Entry>();

  async function use<Result>(
    shape: string,
    open: () => Promise<Session>,
    work: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    const entry = entries.get(shape) ?? { session: makeRoom().then(open), busy: Promise.resolve() };
    entries.delete(shape);
    entries.set(shape, entry);
    const result = entry.session.then(work);
    entry.busy = Promise.allSettled([entry.busy, result]);
    // A session that did not open is not kept, so that the next call tries again.
    entry.session.catch(() => entries.get(shape) === entry && entries.delete(shape));
    return await result;
  }

  /** Releases the session used longest ago, before another takes memory. */
  async function makeRoom(): Promise<void> {
    const [[shape, oldest] = []] = entries;
    if (entries.size < kept || shape === undefined || oldest === undefined) return;
    entries.delete(shape);
    await releaseEntry(oldest);
  }

  async function release(): Promise<void> {
    const all = [...entries.values()];
    entries.clear();
    await Promise.all(all.map(releaseEntry));
  }

  return { use, release };
}

async function releaseEntry({ session, busy }: Entry): Promise<void> {
  await busy;
  const opened = await session.catch(() => undefined);
  await opened?.release();
}
