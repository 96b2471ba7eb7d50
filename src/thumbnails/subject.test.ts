/** Subjects of drawn pictures: where they are, and what of them draws the eye. */
import { describe, expect, it } from "vitest";
import { drawFrame, drawPerson } from "../../test/support/drawn-frames.ts";
import type { Area } from "../scoring/luma.ts";
import { weightWithin } from "./place-title.ts";
import { findSubject } from "./subject.ts";

const SKY =
  '<rect width="100%" height="100%" fill="#7cb8e8"/><rect y="75%" width="100%" height="25%" fill="#5a8f4c"/>';

function holds(outer: Area, inner: Area): boolean {
  const right = outer.left + outer.width >= inner.left + inner.width;
  const bottom = outer.top + outer.height >= inner.top + inner.height;
  return outer.left <= inner.left && outer.top <= inner.top && right && bottom;
}

describe("the subject of a picture", () => {
  it.each([
    ["left", 30],
    ["middle", 160],
    ["right", 290],
  ])("is found on the %s", async (_place, x) => {
    const { area, weights } = findSubject(await drawFrame(320, 180, SKY + drawPerson(x, 40, 100)));
    expect(holds({ left: x - 35, top: 30, width: 70, height: 130 }, area!)).toBe(true);
    expect(area!.height).toBeGreaterThan(80);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
  });

  it("has a head at its top, which draws the eye more than as much of its clothes", async () => {
    const frame = await drawFrame(320, 180, SKY + drawPerson(160, 40, 100));
    const { head, weights } = findSubject(frame);
    expect(head!.top).toBeLessThan(48);
    expect(head!.top + head!.height).toBeLessThan(90);
    const [face, shirt] = [
      { left: 150, top: 48, width: 20, height: 16 },
      { left: 150, top: 90, width: 20, height: 16 },
    ];
    expect(weightWithin(weights, face, frame)).toBeGreaterThan(weightWithin(weights, shirt, frame));
  });

  it("is nothing in an even picture", async () => {
    const { area, head, weights } = findSubject(
      await drawFrame(64, 64, '<rect width="64" height="64" fill="#456"/>'),
    );
    expect([area, head]).toEqual([null, null]);
    expect(new Set(weights).size).toBe(1);
  });

  it("is looked for in pictures of a single pixel too", () => {
    expect(findSubject({ width: 1, height: 1, data: Uint8Array.of(9, 9, 9) }).area).toBeNull();
  });
});
