import { array, assert, boolean, property } from "fast-check";
import { expect, it } from "vitest";
import { firstGap } from "./first-gap.ts";

it("finds the first run of missing places", () => {
  const finished = new Set([0, 1, 4, 6]);
  const gap = (begin: number, end: number) => firstGap({ begin, end }, (place) => finished.has(place));
  expect(gap(0, 8)).toEqual({ begin: 2, end: 4 });
  expect(gap(0, 3)).toEqual({ begin: 2, end: 3 });
  expect(gap(4, 8)).toEqual({ begin: 5, end: 6 });
  expect(gap(7, 8)).toEqual({ begin: 7, end: 8 });
  expect(gap(0, 2)).toBeUndefined();
  expect(gap(0, 0)).toBeUndefined();
});

it("finds all that is missing, each place once, when gaps are filled one after the other", () => {
  assert(
    property(array(boolean(), { maxLength: 40 }), (places) => {
      const finished = [...places];
      const filled: number[] = [];
      const next = () => firstGap({ begin: 0, end: finished.length }, (place) => finished[place]!);
      for (let gap = next(); gap; gap = next()) {
        for (let place = gap.begin; place < gap.end; place++) filled.push(place);
        finished.fill(true, gap.begin, gap.end);
      }
      expect(filled).toEqual([...places.keys()].filter((place) => !places[place]));
    }),
  );
});
