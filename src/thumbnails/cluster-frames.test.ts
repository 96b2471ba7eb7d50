/** Scenes: told apart by color and time, whatever the length of the film, and the same every time. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cluster, clusterFrames } from "./cluster-frames.ts";
import type { ScoredFrame } from "./measures.ts";
import { scored } from "../../test/support/scored-frame.ts";

/** A film whose frame `n` has one color. */
function film(levels: readonly number[], fps = 10): ScoredFrame[] {
  return levels.map((level, frame) =>
    scored(frame, { signature: new Uint8Array(320).fill(level) }, { timeSeconds: frame / fps }),
  );
}

const repeat = (count: number, level: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => level(i));
const sizes = (clusters: readonly Cluster[]) => clusters.map(({ members }) => members.length);

describe("clusters", () => {
  it("are the shots of a film, in their order, however long each is", () => {
    const shots = [...repeat(40, () => 30), ...repeat(7, () => 200), ...repeat(90, () => 110)];
    const clusters = clusterFrames(film(shots), 1);
    expect(sizes(clusters)).toEqual([40, 7, 90]);
    expect(clusters[1]!.members).toEqual([40, 41, 42, 43, 44, 45, 46]);
  });

  it("bring together a scene that the film returns to", () => {
    const dialog = repeat(120, (i) => (Math.floor(i / 20) % 2 === 0 ? 40 : 180) + (i % 3));
    expect(sizes(clusterFrames(film(dialog), 1))).toEqual([60, 60]);
  });

  it("are stretches of time when the film is a single shot", () => {
    const clusters = clusterFrames(film(repeat(90, () => 100)), 3);
    expect(clusters).toHaveLength(3);
    for (const { members } of clusters) {
      expect(members.at(-1)! - members[0]!).toBe(members.length - 1);
      expect(members.length).toBeGreaterThan(10);
    }
  });

  it("know what is typical of them", () => {
    const colors = repeat(31, (i) => (i === 15 ? 110 : 100));
    const middle = clusterFrames(film(colors), 1).find(({ members }) => members.includes(15))!;
    const odd = middle.members.indexOf(15);
    const others = middle.typicality.filter((_, index) => index !== odd);
    expect(new Set(others).size).toBe(1);
    expect(middle.typicality[odd]).toBeLessThan(others[0]!);
    for (const value of middle.typicality) expect(value).toBeLessThanOrEqual(1);
  });

  it("are at most 30, also when every frame is another scene", () => {
    const clusters = clusterFrames(film(repeat(500, (i) => (i * 97) % 256)), 3);
    expect(clusters.length).toBeLessThanOrEqual(30);
    expect(clusters.length).toBeGreaterThanOrEqual(3);
  });

  it("hold every frame once, are as many as asked for if there are as many frames, and are the same every time", () => {
    const levels = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 300 });
    fc.assert(
      fc.property(levels, fc.integer({ min: 0, max: 8 }), (colors, least) => {
        const frames = film(colors);
        const clusters = clusterFrames(frames, least);
        expect(clusters.flatMap(({ members }) => members).toSorted((a, b) => a - b)).toEqual(
          frames.map((_, index) => index),
        );
        expect(clusters.length).toBeGreaterThanOrEqual(Math.min(least, frames.length));
        expect(clusterFrames(frames, least)).toEqual(clusters);
      }),
      { numRuns: 60 },
    );
  });
});
