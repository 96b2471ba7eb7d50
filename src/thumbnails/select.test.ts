/** The choice of stills: duds out, the best in, no two alike, spread over the film, honest about what is missing. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashDistance } from "../scoring/difference-hash.ts";
import type { DudReason } from "../scoring/score.ts";
import { HASHES, scored as frame } from "../../test/support/scored-frame.ts";
import { describeShortfall, selectStills } from "./select.ts";

const alike = (number: number) => frame(number, { hash: "00000000000003ff" });
const numbers = (frames: readonly { frame: number }[]) => frames.map(({ frame: number }) => number);

describe("merit", () => {
  it.each([
    ["sharpness", { sharpness: 300 }],
    ["contrast", { contrast: 0.3 }],
    ["colorfulness", { colorfulness: 90 }],
    ["exposure", { clipped: -0.2 }],
  ])("grows with %s, all else being equal", (_, better) => {
    const { ranked } = selectStills([frame(0), frame(1), frame(2, better), frame(3)], 1);
    expect(ranked[0]!.frame).toBe(2);
    expect(ranked[0]!.merit).toBeGreaterThan(ranked[1]!.merit);
    expect(ranked[1]!.merit).toBe(ranked[3]!.merit);
  });

  it("counts frames that are too dark and too bright alike", () => {
    const { ranked } = selectStills(
      [frame(0, { brightness: 0.25 }), frame(1), frame(2, { brightness: 0.75 })],
      1,
    );
    expect(numbers(ranked)).toEqual([1, 0, 2]);
    expect(ranked[1]!.merit).toBeCloseTo(ranked[2]!.merit, 10);
  });

  it("is relative to the run: only the order of the values counts", () => {
    const frames = [3, 1, 2].map((rank, index) => frame(index, { sharpness: rank * 10 }));
    const stretched = [3, 1, 2].map((rank, index) => frame(index, { sharpness: rank ** 5 * 1000 }));
    expect(selectStills(frames, 3).ranked.map(({ merit }) => merit)).toEqual(
      selectStills(stretched, 3).ranked.map(({ merit }) => merit),
    );
  });

  it("is 1 for the only frame", () => {
    expect(selectStills([frame(0)], 3).picked[0]!.merit).toBeCloseTo(1, 10);
  });
});

describe("the choice", () => {
  it("leaves duds out and names the reason of each", () => {
    const reasons: DudReason[] = ["black", "white", "flat", "blurred", "noise"];
    const duds = reasons.map((dud, index) => frame(index, { dud, sharpness: 9999 }));
    const { picked, ranked, rejected } = selectStills([...duds, frame(5), frame(8), frame(11)], 3);
    expect(numbers(picked).toSorted((a, b) => a - b)).toEqual([5, 8, 11]);
    expect(numbers(ranked)).toHaveLength(3);
    expect(rejected).toEqual(reasons.map((reason, index) => ({ frame: index, reason })));
  });

  it("takes one of each shot of a film of three shots, the best one", () => {
    const film = Array.from({ length: 90 }, (_, number) => {
      const shot = Math.floor(number / 30);
      const signature = new Uint8Array(320).fill(40 + 80 * shot);
      const sharpness = number % 30 === 13 ? 500 : 200 + (number % 7);
      return frame(number, { hash: HASHES[shot]!, signature, sharpness });
    });
    const { picked, rejected } = selectStills(film, 3);
    expect(numbers(picked).toSorted((a, b) => a - b)).toEqual([13, 43, 73]);
    expect(rejected).toHaveLength(87);
    expect(rejected[0]).toEqual({ frame: 0, reason: "near-duplicate", of: 13 });
  });

  it("drops pictures that are the same to the eye at any distance, and alike moments only nearby", () => {
    const same = [frame(0, { hash: "0000000000000000" }), frame(900, { hash: "000000000000000f" })];
    expect(selectStills(same, 2).picked).toHaveLength(1);
    const film = [
      frame(0, { hash: "0000000000000000", sharpness: 900 }),
      alike(20),
      alike(899),
      frame(900, { dud: "black" }),
    ];
    const { picked, rejected } = selectStills(film, 3);
    expect(numbers(picked)).toEqual([0, 899]);
    expect(rejected).toContainEqual({ frame: 20, reason: "near-duplicate", of: 0 });
  });

  it("prefers a slightly weaker frame far away to a neighbor", () => {
    const film = Array.from({ length: 60 }, (_, number) => frame(number, { sharpness: 200 - number }));
    const gaps = numbers(selectStills(film, 3).picked).toSorted((a, b) => a - b);
    expect(gaps[1]! - gaps[0]!).toBeGreaterThan(10);
    expect(gaps[2]! - gaps[1]!).toBeGreaterThan(10);
  });

  it("of nothing is nothing", () => {
    expect(selectStills([], 3)).toMatchObject({ picked: [], candidates: [], ranked: [], rejected: [] });
    expect(selectStills([frame(0)], 0).picked).toEqual([]);
  });

  it("holds what it promises for any run", () => {
    const anyFrame = fc.record({
      sharpness: fc.double({ min: 0, max: 5000, noNaN: true }),
      contrast: fc.double({ min: 0, max: 0.5, noNaN: true }),
      brightness: fc.double({ min: 0, max: 1, noNaN: true }),
      colorfulness: fc.double({ min: 0, max: 150, noNaN: true }),
      hash: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => value.toString(16).padStart(16, "0")),
      dud: fc.constantFrom<(DudReason | undefined)[]>(undefined, undefined, undefined, "black", "blurred"),
    });
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 80 }), fc.integer({ min: 0, max: 6 }), (scores, count) => {
        const film = scores.map((score, number) => frame(number, score));
        const selection = selectStills(film, count);
        const { picked, candidates, ranked, rejected, leastBad } = selection;
        expect(candidates.slice(0, picked.length)).toEqual(picked);
        expect(picked.length).toBeLessThanOrEqual(count);
        expect(new Set(numbers(picked)).size).toBe(picked.length);
        for (const { score, merit } of ranked) {
          expect(score.dud).toBe(leastBad);
          expect(merit).toBeGreaterThanOrEqual(0);
          expect(merit).toBeLessThanOrEqual(1 + 1e-9);
        }
        for (const a of picked) {
          for (const b of picked)
            if (a !== b) expect(hashDistance(a.score.hash, b.score.hash)).toBeGreaterThanOrEqual(5);
        }
        // Fewer than asked for only when every other frame has a reason.
        if (picked.length < count) expect(picked.length + rejected.length).toBe(film.length);
        const isFine = picked.length >= count && (leastBad === undefined || count === 0);
        expect(describeShortfall(selection, count) === undefined).toBe(isFine);
        expect(selectStills(film, count)).toEqual(selection);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a film of nothing but duds", () => {
  const film = [
    ...Array.from({ length: 30 }, (_, number) => frame(number, { dud: "black", sharpness: 900 })),
    frame(30, { dud: "blurred", sharpness: 3 }),
    frame(31, { dud: "blurred", sharpness: 9 }),
    frame(32, { dud: "noise", sharpness: 9000 }),
  ];

  it("gives the least bad of them, and says so", () => {
    const selection = selectStills(film, 1);
    expect(numbers(selection.picked)).toEqual([31]);
    expect(selection.leastBad).toBe("blurred");
    expect(describeShortfall(selection, 1)).toBe(
      "no frame is worth a still: of 33 frames 2 blurred, 30 black, 1 noise; the still is the least bad",
    );
  });

  it("all black gives one still: the others are the same", () => {
    const night = film
      .slice(0, 30)
      .map(({ frame: number, score }) => frame(number, { ...score, hash: HASHES[0]! }));
    const selection = selectStills(night, 3);
    expect(selection.picked).toHaveLength(1);
    expect(selection.rejected).toHaveLength(29);
    expect(describeShortfall(selection, 3)).toBe(
      "no frame is worth a still: of 30 frames 30 black; the still is the least bad",
    );
  });
});

describe("candidates", () => {
  const film = Array.from({ length: 200 }, (_, number) => {
    const shot = Math.floor(number / 40);
    const signature = new Uint8Array(320).fill(40 * shot);
    return frame(number, {
      hash: HASHES[shot]!,
      signature,
      sharpness: number % 40 === 20 ? 900 + shot : 200,
    });
  });

  it("are the picked ones and one of each other scene, with the reasons", () => {
    const { picked, candidates } = selectStills(film, 3);
    expect(candidates).toHaveLength(5);
    expect(new Set(candidates.map(({ cluster }) => cluster)).size).toBe(5);
    expect(candidates.slice(0, 3)).toEqual(picked);
    for (const { reasons } of candidates) expect(reasons[0]).toBe("sharp");
  });

  it("go by the weights given", () => {
    const colorful = film.map((one) =>
      one.frame === 77 ? { ...one, score: { ...one.score, colorfulness: 120 } } : one,
    );
    expect(numbers(selectStills(colorful, 5, { colorfulness: 1 }).picked)).toContain(77);
    expect(numbers(selectStills(colorful, 5, { sharpness: 1 }).picked)).not.toContain(77);
  });

  it("heed what networks say of the frames that they have seen", () => {
    const judged = film.map((one) => (one.frame === 77 ? { ...one, plugins: { faces: 1 } } : one));
    const seen = judged.map((one) => (one.frame % 40 === 0 ? { ...one, plugins: { faces: 0 } } : one));
    expect(numbers(selectStills(seen, 5, { sharpness: 0.1, faces: 1 }).picked)).toContain(77);
    expect(numbers(selectStills(film, 5, { sharpness: 1, faces: 1 }).picked)).not.toContain(77);
  });

  it("of 100,000 frames are found in seconds, one of each of the longest shots", () => {
    const long = Array.from({ length: 100_000 }, (_, number) => {
      const shot = Math.floor(number / 25_000);
      const signature = new Uint8Array(320).fill([20, 120, 220, 70][shot]! + (number % 5));
      const hash = ((number >> 9) * 2_654_435_761).toString(16).padStart(16, "0");
      return frame(number, { hash, signature, sharpness: (number * 7919) % 1000 });
    });
    const began = performance.now();
    const { picked } = selectStills(long, 4);
    expect(picked.map(({ frame: number }) => Math.floor(number / 25_000)).toSorted((a, b) => a - b)).toEqual([
      0, 1, 2, 3,
    ]);
    expect(performance.now() - began).toBeLessThan(90_000);
  });
});

describe("a shortfall is said in one sentence", () => {
  it("with the number of each reason", () => {
    const film = [
      ...Array.from({ length: 4 }, (_, number) => frame(number, { dud: "blurred" })),
      ...Array.from({ length: 5 }, (_, number) => frame(10 + number, { hash: HASHES[0]! })),
    ];
    expect(describeShortfall(selectStills(film, 3), 3)).toBe(
      "1 of 3 stills: of 9 frames 4 blurred, 4 near-duplicate left out",
    );
  });

  it("and not at all when there is none, or simply when the film is short", () => {
    const film = [frame(0), frame(1)];
    expect(describeShortfall(selectStills(film, 2), 2)).toBeUndefined();
    expect(describeShortfall(selectStills(film, 3), 3)).toBe("2 of 3 stills: of 2 frames all are used");
  });
});
