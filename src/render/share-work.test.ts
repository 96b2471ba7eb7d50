import { describe, expect, it } from "vitest";
import { shareWork } from "./share-work.ts";

interface Piece {
  readonly number: number;
}

const pieces = Array.from({ length: 7 }, (_, number): Piece => ({ number }));
const never = new AbortController().signal;

/** Takes all that it gets; every piece takes the worker as many turns as its name says. */
async function toil(turns: number, next: () => Piece | undefined, done: number[]): Promise<void> {
  for (let piece = next(); piece; piece = next()) {
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    done.push(piece.number);
  }
}

describe("work that is shared", () => {
  it("is done in order by one worker", async () => {
    const done: number[] = [];
    await shareWork(pieces, [1], never, (turns, next) => toil(turns, next, done));
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("is done once, by whoever has time", async () => {
    const [quick, slow]: [number[], number[]] = [[], []];
    await shareWork(pieces, [2, 9], never, (turns, next) => toil(turns, next, turns === 2 ? quick : slow));
    expect([...quick, ...slow].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(quick.length).toBeGreaterThan(slow.length);
    expect(slow).not.toEqual([]);
  });

  it("is not handed out any more after a failure; the others end what they are at", async () => {
    const done: number[] = [];
    const sharing = shareWork(pieces, ["good", "bad"], never, async (worker, next, signal) => {
      if (worker === "bad") {
        next();
        throw new Error("broken");
      }
      await toil(5, next, done);
      expect(signal.aborted).toBe(true);
    });
    await expect(sharing).rejects.toThrow("broken");
    expect(done).toEqual([0]);
  });

  it("is not handed out any more when it is stopped", async () => {
    const stop = new AbortController();
    const done: number[] = [];
    await shareWork(pieces, [1, 1], stop.signal, async (_, next) => {
      for (let piece = next(); piece; piece = next()) {
        done.push(piece.number);
        if (piece.number === 3) stop.abort();
        await Promise.resolve();
      }
    });
    expect(done).toEqual([0, 1, 2, 3]);
  });
});
