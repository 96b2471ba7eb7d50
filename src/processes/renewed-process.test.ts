import { describe, expect, it } from "vitest";
import { type ProcessEnd, ProcessEndedError } from "./asked-process.ts";
import { renewedProcess } from "./renewed-process.ts";

const KILLED: ProcessEnd = { reason: "exit", code: null, signal: "SIGKILL" };

interface Numbered {
  readonly number: number;
  end: ProcessEnd | undefined;
}

/** Processes with numbers from 1; those in `doomed` die when they are asked. */
function numbered(doomed: readonly number[] = []) {
  const told: string[] = [];
  const closed: number[] = [];
  let started = 0;
  const renewed = renewedProcess<Numbered>(
    async () => ({ number: ++started, end: undefined }),
    async ({ number }) => void closed.push(number),
    (end, place) => void told.push(`${end.reason} at ${place}`),
  );
  const ask = async (process: Numbered): Promise<number> => {
    if (!doomed.includes(process.number)) return process.number;
    process.end = KILLED;
    throw new ProcessEndedError(KILLED);
  };
  return { renewed, ask, told, closed, started: () => started };
}

describe("a renewed process", () => {
  it("is asked by all, one after the other", async () => {
    const { renewed, ask, started } = numbered();
    expect(await Promise.all([renewed.use("a", ask), renewed.use("b", ask)])).toEqual([1, 1]);
    expect(started()).toBe(1);
    expect(renewed.renewals).toBe(0);
  });

  it("that ends under a question is replaced, and the question asked once more", async () => {
    const { renewed, ask, told } = numbered([1]);
    expect(await renewed.use("frame 3", ask)).toBe(2);
    expect(told).toEqual(["exit at frame 3"]);
    expect(renewed.renewals).toBe(1);
  });

  it("that ends twice under one question has failed at it, and another is there for the next", async () => {
    const { renewed, ask, told } = numbered([1, 2]);
    await expect(renewed.use("frame 3", ask)).rejects.toThrow("the process ended: signal SIGKILL");
    expect(told).toEqual(["exit at frame 3"]);
    expect(await renewed.use("frame 4", ask)).toBe(3);
  });

  it("that ended while nobody asked is replaced at the next question", async () => {
    const { renewed, ask, told } = numbered();
    await renewed.use("frame 0", async (process) => (process.end = KILLED));
    expect(await renewed.use("frame 1", ask)).toBe(2);
    expect(told).toEqual(["exit at frame 1"]);
  });

  it("passes on what a question throws besides, and is not replaced", async () => {
    const { renewed, ask, told } = numbered();
    await expect(renewed.use("frame 0", () => Promise.reject(new Error("a bad picture")))).rejects.toThrow(
      "a bad picture",
    );
    expect(await renewed.use("frame 1", ask)).toBe(1);
    expect(told).toEqual([]);
  });

  it("is not replaced when it was closed", async () => {
    const { renewed, ask, told, closed, started } = numbered([1]);
    await renewed.use("frame 0", () => Promise.resolve());
    await renewed.close();
    await expect(renewed.use("frame 1", ask)).rejects.toThrow(ProcessEndedError);
    expect({ told, closed, started: started() }).toEqual({ told: [], closed: [1], started: 1 });
  });
});
