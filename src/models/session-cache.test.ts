import { describe, expect, it } from "vitest";
import { sessionCache } from "./session-cache.ts";
import type { Session } from "./session.ts";

/** Sessions that write down what happens to them. */
function recordedSessions() {
  const events: string[] = [];
  const open = (shape: string) => async (): Promise<Session> => {
    events.push(`open ${shape}`);
    return {
      inputNames: [],
      inputs: new Map(),
      outputs: new Map(),
      run: async () => ({}),
      release: async () => void events.push(`release ${shape}`),
    };
  };
  return { events, open };
}

describe("a session cache", () => {
  it("opens a shape once", async () => {
    const { events, open } = recordedSessions();
    const cache = sessionCache(2);
    await Promise.all([cache.use("a", open("a"), async () => {}), cache.use("a", open("a"), async () => {})]);
    await cache.use("a", open("a"), async () => {});
    expect(events).toEqual(["open a"]);
  });

  it("releases the shape used longest ago before it opens another", async () => {
    const { events, open } = recordedSessions();
    const cache = sessionCache(2);
    for (const shape of ["a", "b", "a", "c", "a"]) await cache.use(shape, open(shape), async () => {});
    expect(events).toEqual(["open a", "open b", "release b", "open c"]);
  });

  it("does not release a session in use", async () => {
    const { events, open } = recordedSessions();
    const cache = sessionCache(1);
    const gate = new AbortController();
    const slow = cache.use("a", open("a"), async () => {
      await new Promise((resolve) => gate.signal.addEventListener("abort", resolve));
      events.push("work done");
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const next = cache.use("b", open("b"), async () => {});
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(events).toEqual(["open a"]);
    gate.abort();
    await Promise.all([slow, next]);
    expect(events).toEqual(["open a", "work done", "release a", "open b"]);
  });

  it("tries again after a session could not be opened, and passes errors on", async () => {
    const { events, open } = recordedSessions();
    const cache = sessionCache(2);
    await expect(
      cache.use(
        "a",
        async () => await Promise.reject(new Error("no memory")),
        async () => {},
      ),
    ).rejects.toThrow("no memory");
    await expect(
      cache.use("a", open("a"), async () => await Promise.reject(new Error("work"))),
    ).rejects.toThrow("work");
    await cache.release();
    expect(events).toEqual(["open a", "release a"]);
  });
});
