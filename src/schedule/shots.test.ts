import { describe, expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import { planText } from "./plan-table.ts";
import { planFrames } from "./plan.ts";
import { inRenderOrder } from "./render-order.ts";
import { independentParts, playedShots } from "./shots.ts";

function planned(changes: object) {
  const text = JSON.stringify({ prompts: "a cat", seed: 7, frames: 12, ...changes });
  const { settings } = loadSettings({ file: "film.yaml", text });
  const plan = inRenderOrder(planFrames(settings), settings);
  return { plan, parts: independentParts(plan, settings) };
}

const framesOf = (changes: object): number[][] => {
  const { plan, parts } = planned(changes);
  return parts.map(({ begin, end }) => plan.slice(begin, end).map(({ frame }) => frame));
};

const drawnOf = (changes: object): number[] =>
  planned(changes)
    .plan.filter(({ diffuse }) => diffuse)
    .map(({ frame }) => frame);

describe("the parts of an animation", () => {
  it("are one where there are no shots", () => {
    expect(planned({}).parts).toEqual([{ begin: 0, end: 12 }]);
    expect(planned({ strength: "0:(0.5), 6:(0)" }).parts).toHaveLength(1);
  });

  it("begin where shots do; 0 may be left out, and shots behind the last frame are none", () => {
    const shots = [
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11],
    ];
    expect(framesOf({ shots: [5, 9] })).toEqual(shots);
    expect(framesOf({ shots: [0, 5, 9, 12, 500] })).toEqual(shots);
    expect(framesOf({ shots: [] })).toHaveLength(1);
  });

  it("are the same shots backward, the last one first", () => {
    expect(framesOf({ shots: [5, 9], reverse: true })).toEqual([
      [11, 10, 9],
      [8, 7, 6, 5],
      [4, 3, 2, 1, 0],
    ]);
  });

  it("begin at every drawn frame of strength 0 with cuts", () => {
    const strength = { 0: 0.5, 3: 0.5, 4: 0, 5: 0, 6: 0.5 };
    expect(framesOf({ shots: "cuts", strength })).toEqual([[0, 1, 2, 3], [4], [5, 6, 7, 8, 9, 10, 11]]);
    expect(framesOf({ shots: "cuts", strength, cadence: 2 })).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7, 8, 9, 10, 11],
    ]);
    expect(framesOf({ shots: "cuts", strength, reverse: true })).toEqual([
      [11, 10, 9, 8, 7, 6],
      [5],
      [4, 3, 2, 1, 0],
    ]);
  });

  it("are single frames where each is drawn by itself", () => {
    const { parts } = planned({ mode: "interpolation", shots: [5] });
    expect(parts).toEqual(Array.from({ length: 12 }, (_, begin) => ({ begin, end: begin + 1 })));
  });

  it("are told in the order in which they are played", () => {
    const { plan, parts } = planned({ shots: [5, 9], reverse: true });
    const shots = playedShots(plan, parts);
    expect(shots).toEqual([
      { first: 0, last: 4 },
      { first: 5, last: 8 },
      { first: 9, last: 11 },
    ]);
    expect(planText(plan, shots)).toContain("\n\nshots\n  0 to 4\n  5 to 8\n  9 to 11\n");
    expect(planText(plan, playedShots(plan, [{ begin: 0, end: 12 }]))).not.toContain("shots");
  });
});

describe("cadence", () => {
  it("starts anew in each shot", () => {
    expect(drawnOf({ cadence: 3, shots: [5, 9] })).toEqual([0, 3, 5, 8, 9]);
    expect(drawnOf({ cadence: 3, shots: [5, 9], reverse: true })).toEqual([11, 8, 5, 4, 1]);
  });

  it("gives each drawn frame the next seed, and those between the seed of theirs", () => {
    const seeds = planned({ cadence: 3, shots: [5, 9] }).plan.map(({ seed }) => seed - 7);
    expect(seeds).toEqual([0, 0, 0, 1, 1, 2, 2, 2, 3, 4, 4, 4]);
    const backward = planned({ cadence: 3, shots: [5, 9], reverse: true }).plan;
    expect(backward.toReversed().map(({ seed }) => seed - 7)).toEqual([0, 0, 1, 1, 1, 2, 3, 3, 3, 4, 4, 4]);
  });

  it("leaves out the last block of the last shot only", () => {
    const { plan } = planned({ cadence: 3, shots: [5], last_block: "omit" });
    expect(plan.map(({ frame }) => frame)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});
