/** What every sampler of the table must keep, whatever its formula. */

import { describe, expect, it } from "vitest";
import { AnimateError } from "../../errors.ts";
import { allSettings } from "../../settings/setting-list.ts";
import { normalNoise } from "../../tensor/random.ts";
import { noiseLadder } from "../sigmas.ts";
import { findSampler, SAMPLERS } from "./table.ts";

const ladder = noiseLadder(Float64Array.from({ length: 1000 }, (_, t) => 0.999 * (1 - t / 1000) ** 2));
const clean = normalNoise(1, "clean", 12);
const noise = (index: number): Float32Array => normalNoise(2, `step ${index}`, 12);

describe.each([...SAMPLERS.keys()])("%s", (name) => {
  const { sample, sigmas: levelsOf, startScale } = findSampler(name);
  const sigmas = levelsOf(ladder, 7, 1);
  const start = Float32Array.from(normalNoise(3, "start", 12), (value) => value * startScale(sigmas[0]!));

  it("ends on the clean latent when the network knows it", async () => {
    const end = await sample(() => Promise.resolve(clean.slice()), start, sigmas, { noise });
    const leftover = sigmas.at(-1)! * 4;
    for (const [i, value] of end.entries())
      expect(Math.abs(value - clean[i]!)).toBeLessThanOrEqual(leftover + 1e-6);
  });

  it("asks the network once per step, at the level of the latent, and leaves its start alone", async () => {
    const before = start.slice();
    const asked: number[] = [];
    const reached: number[] = [];
    await sample(
      (x, sigma) => {
        asked.push(sigma);
        return Promise.resolve(x.map((value) => value / 2));
      },
      start,
      sigmas,
      { noise, onStep: ({ sigma }) => reached.push(sigma) },
    );
    expect(asked).toEqual([...sigmas.subarray(0, 7)]);
    expect(reached).toEqual([...sigmas.subarray(1)]);
    expect(start).toEqual(before);
  });

  it("takes no step once it is aborted", async () => {
    let calls = 0;
    const denoise = () => Promise.resolve(new Float32Array((calls++, 12)));
    const walk = sample(denoise, start, sigmas, { noise, signal: AbortSignal.abort(new Error("stopped")) });
    await expect(walk).rejects.toThrow("stopped");
    expect(calls).toBe(0);
  });
});

describe("findSampler", () => {
  it("knows exactly the samplers that a schedule file may ask for", () => {
    const setting = allSettings.find(({ path }) => path === "sampler");
    expect([...SAMPLERS.keys()]).toEqual(setting?.choices);
  });

  it.each(["", "Euler", "__proto__", "constructor"])("refuses %j and lists the names", (name) => {
    expect(() => findSampler(name)).toThrow(AnimateError);
    expect(() => findSampler(name)).toThrow(/ddim, euler, euler_a, dpmpp_2m, dpmpp_2m_karras, lcm/);
  });
});
