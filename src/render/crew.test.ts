import { describe, expect, it } from "vitest";
import { openCrew, shareThreads } from "./crew.ts";
import type { Inference } from "./inference-process.ts";

/** A process that nothing is asked of. */
function idle(ended: string[], name: string, restarts = 0): Inference {
  const rest: Pick<Inference, "restarts" | "close"> = {
    restarts,
    close() {
      ended.push(name);
      return Promise.resolve();
    },
  };
  return rest as Inference;
}

describe("the crew of a run", () => {
  it("starts what is missing, and ends what it started", async () => {
    const ended: string[] = [];
    let count = 0;
    const startAnother = () => Promise.resolve(idle(ended, `other ${++count}`, 2));
    const crew = await openCrew({ inference: idle(ended, "own", 1), startAnother }, 3);
    expect(crew.inferences).toHaveLength(3);
    expect(crew.restarts).toBe(5);
    await crew.close();
    expect(ended).toEqual(["other 1", "other 2"]);
  });

  it("is the run's own process alone where one is enough", async () => {
    const own = idle([], "own");
    const run = { inference: own, startAnother: () => Promise.reject(new Error("not asked for")) };
    expect((await openCrew(run, 1)).inferences).toEqual([own]);
  });

  it("ends what it started when another cannot be", async () => {
    const ended: string[] = [];
    let count = 0;
    const startAnother = () =>
      ++count === 2 ? Promise.reject(new Error("no memory")) : Promise.resolve(idle(ended, `other ${count}`));
    await expect(openCrew({ inference: idle(ended, "own"), startAnother }, 4)).rejects.toThrow("no memory");
    expect(ended).toEqual(["other 1", "other 3"]);
  });

  it.each([
    { threads: 0, processes: 1, each: 0 },
    { threads: 0, processes: 3, each: 2 },
    { threads: 0, processes: 16, each: 1 },
    { threads: 4, processes: 3, each: 4 },
  ])(
    "gives each of $processes processes $each of 8 cores when asked for $threads",
    ({ threads, processes, each }) => {
      expect(shareThreads(threads, processes, 8)).toBe(each);
    },
  );
});
