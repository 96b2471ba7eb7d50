/** Mixes of two scenes are found, moves and changes of light are not; and stillness is what it says. */
import { describe, expect, it } from "vitest";
import { disks, mix, paint } from "../../test/support/drawn-pictures.ts";
import type { ByteImage } from "../tensor/image.ts";
import { scoreFrame } from "./score.ts";
import { scoreSequence } from "./sequence.ts";
import { findTransitions } from "./transitions.ts";

const SIZE = [160, 90] as const;
const black = paint(...SIZE, () => [0, 0, 0]);
const white = paint(...SIZE, () => [255, 255, 255]);

/** A shot of a camera that moves by `speed` pixels per frame. */
function shot(seed: number, count: number, speed = 0): ByteImage[] {
  return Array.from({ length: count }, (_, n) => disks(...SIZE, seed, speed * n));
}

/** Two shots, the last `length` frames of the first mixed into the first ones of the second. */
function fade(first: readonly ByteImage[], second: readonly ByteImage[], length: number): ByteImage[] {
  const before = first.length - length;
  return Array.from({ length: before + second.length }, (_, n) => {
    if (n < before) return first[n]!;
    if (n >= first.length) return second[n - before]!;
    return mix(first[n]!, second[n - before]!, (n - before + 1) / (length + 1));
  });
}

function found(frames: readonly ByteImage[]): number[] {
  return findTransitions(frames.map(scoreFrame)).flatMap((isFound, index) => (isFound ? [index] : []));
}

/** Of each frame. */
const stillness = (frames: readonly ByteImage[]) =>
  scoreSequence(frames.map(scoreFrame)).map((score) => score.stillness);

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe("transitions", () => {
  it.each([3, 8, 16, 30])("a cross-fade of %i frames is found, and no frame beside it", (length) => {
    const indices = found(fade(shot(1, 20 + length), shot(2, 20 + length), length));
    const middle = range(20, 20 + length).filter((n) => {
      const share = (n - 19) / (length + 1);
      return share > 0.1 && share < 0.9;
    });
    expect(indices).toEqual(expect.arrayContaining(middle));
    for (const index of indices) expect(index >= 20 && index < 20 + length).toBe(true);
  });

  it("a cross-fade between two moving shots is found", () => {
    const indices = found(fade(shot(3, 36, 0.6), shot(4, 36, -0.5), 16));
    expect(indices).toEqual(expect.arrayContaining(range(23, 33)));
  });

  it.each([
    ["black", black],
    ["white", white],
  ])("a fade to %s and out of it is found", (_, color) => {
    const still = Array.from({ length: 14 }, () => color);
    const film = [...fade(shot(5, 30), still, 12), ...fade(still, shot(6, 30), 12)];
    const indices = found(film);
    expect(indices).toEqual(expect.arrayContaining(range(20, 28)));
    for (const index of indices) expect(index > 16 && index < film.length - 16).toBe(true);
  });

  it("one mixed frame between two shots is found", () => {
    const [one, other] = [shot(7, 12), shot(8, 12)];
    expect(found([...one, mix(one[0]!, other[0]!, 0.5), ...other])).toEqual([12]);
  });

  it.each([
    ["a still shot", shot(9, 40)],
    ["a pan", shot(9, 40, 1.5)],
    ["a fast pan", shot(9, 30, 9)],
    ["cuts", [...shot(10, 9), ...shot(11, 7), ...shot(12, 8)]],
    [
      "light that goes down and comes back",
      shot(13, 40).map((frame, n) => mix(frame, black, 0.3 + 0.3 * Math.sin(n / 4))),
    ],
    ["one frame", shot(14, 1)],
    ["nothing", []],
  ])("%s has none", (_, frames) => {
    expect(found(frames)).toEqual([]);
  });
});

describe("a sequence", () => {
  it("names a transition, but not over another reason", () => {
    const film = fade(
      shot(5, 30),
      Array.from({ length: 20 }, () => black),
      12,
    );
    const duds = scoreSequence(film.map(scoreFrame)).map(({ dud }) => dud);
    expect(duds.slice(0, 17)).toEqual(Array.from({ length: 17 }, () => undefined));
    expect(duds[24]).toBe("transition");
    expect(duds.slice(31)).toEqual(Array.from({ length: 7 }, () => "black"));
  });

  it("is as still as its frames are alike, and no cut makes a frame restless", () => {
    expect(stillness([...shot(1, 4), ...shot(2, 4)])).toEqual(Array.from({ length: 8 }, () => 1));
    expect(stillness([black])).toEqual([1]);
    const levels = [0, 8, 8, 12].map((level) => paint(...SIZE, () => [level, level, level]));
    // Luma changes by 8, by 0, by 4 levels; the two color differences, two thirds of the signature, do not.
    expect(stillness(levels)).toEqual([1 / (1 + 8 / 3 / 4), 1, 1, 1 / (1 + 4 / 3 / 4)]);
    const [slow, fast] = [stillness(shot(3, 6, 0.5)), stillness(shot(3, 6, 4))];
    expect(fast[3]!).toBeLessThan(slow[3]!);
  });

  it("names what is much softer than the frames around it blurred, and lets a soft film be", () => {
    const sharp = scoreFrame(disks(...SIZE, 3));
    const film = (focus: readonly number[]) =>
      scoreSequence(focus.map((value) => ({ ...sharp, focus: value })));
    const duds = (focus: readonly number[]) => film(focus).map(({ dud }) => dud);
    const moved = duds([0.6, 0.6, 0.6, 0.16, 0.14, 0.19, 0.6, 0.6]);
    expect(moved.flatMap((dud, index) => (dud === "blurred" ? [index] : []))).toEqual([3, 4]);
    expect(duds([0.15, 0.13, 0.15, 0.14])).toEqual(Array(4).fill(undefined));
  });
});
