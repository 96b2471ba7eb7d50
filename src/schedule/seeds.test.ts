import { expect, test } from "vitest";

import { ScheduleError } from "../errors.ts";
import { frameSeeds } from "./seeds.ts";

test("random seeds begin with the run's own, repeat with it, and do not depend on the number of frames", () => {
  const seeds = frameSeeds("random", 1000, 200);
  expect(seeds[0]).toBe(1000);
  expect(frameSeeds("random", 1000, 200)).toEqual(seeds);
  expect(frameSeeds("random", 1000, 50)).toEqual(seeds.slice(0, 50));
  expect(frameSeeds("random", 1001, 200).slice(1)).not.toEqual(seeds.slice(1));
  expect(new Set(seeds).size).toBe(200);
  expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
});

test("random seeds fill their range evenly", () => {
  const seeds = frameSeeds("random", 5, 20_001).slice(1);
  const mean = seeds.reduce((sum, seed) => sum + seed / 2 ** 32, 0) / seeds.length;
  // Standard error of the mean of 20,000 uniform numbers: 0.002.
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
});

test("scheduled seeds are cut to whole numbers, and −1 draws one that repeats", () => {
  const seeds = frameSeeds("schedule", 9, 4, { schedule: [12.9, -1, -1, 2 ** 53 - 1] });
  expect([seeds[0], seeds[3]]).toEqual([12, 2 ** 53 - 1]);
  expect(seeds[1]).not.toBe(seeds[2]);
  expect(frameSeeds("schedule", 9, 3, { schedule: [-1, -1, 0] }).slice(1)).toEqual([seeds[1], 0]);
});

test.each([-2, Number.NaN, Infinity, 2 ** 53])("a scheduled seed of %s is a mistake", (seed) => {
  expect(() => frameSeeds("schedule", 9, 2, { schedule: [0, seed] })).toThrow(ScheduleError);
});

test("fewer scheduled seeds than frames are a mistake", () => {
  expect(() => frameSeeds("schedule", 9, 3, { schedule: [1, 2] })).toThrow(/diffused frame 2/);
});
