import { expect, it } from "vitest";
import { createEta, formatDuration } from "./eta.ts";

it("knows nothing before the first frame", () => {
  expect(createEta().remaining(10)).toBeUndefined();
});

it("forgets the slow first frame as soon as there is another", () => {
  const eta = createEta();
  eta.frameTook(30);
  expect(eta.remaining(2)).toBe(60);
  eta.frameTook(2);
  expect(eta.remaining(10)).toBe(20);
});

it("follows the last twenty frames when the machine slows down", () => {
  const eta = createEta();
  for (let i = 0; i < 50; i++) eta.frameTook(1);
  for (let i = 0; i < 20; i++) eta.frameTook(3);
  expect(eta.secondsPerFrame()).toBe(3);
});

it("counts on all processes, and forgets the slow first frame of each", () => {
  const eta = createEta(2);
  eta.frameTook(30);
  eta.frameTook(20);
  expect(eta.remaining(4)).toBe(50);
  eta.frameTook(2);
  expect(eta.secondsPerFrame()).toBe(1);
  expect(eta.remaining(10)).toBe(10);
});

it("words durations as people do", () => {
  expect([12.4, 200, 7500].map(formatDuration)).toEqual(["12 s", "3 min 20 s", "2 h 05 min"]);
});
