import { describe, expect, it } from "vitest";
import type { ByteImage } from "../tensor/image.ts";
import { drawFrame, drawPerson } from "../../test/support/drawn-frames.ts";
import { chooseCrop } from "./choose-crop.ts";

const SCENERY =
  '<rect width="100%" height="100%" fill="#8fc3ea"/><rect y="80%" width="100%" height="20%" fill="#6a9a58"/>';

/** A gray frame with a red block. */
function block(width: number, height: number, top: number, left: number, side: number): ByteImage {
  const data = new Uint8Array(3 * width * height).fill(120);
  for (let y = top; y < top + side; y++) {
    for (let x = left; x < left + side; x++) data.set([220, 30, 20], 3 * (y * width + x));
  }
  return { width, height, data };
}

describe("chooseCrop", () => {
  it("takes all of a frame that has the aspect already", () => {
    expect(chooseCrop(block(160, 90, 0, 0, 9), 1280, 720)).toEqual({
      left: 0,
      top: 0,
      width: 160,
      height: 90,
    });
  });

  it("keeps the upper middle of a frame without a subject", () => {
    const { top, height } = chooseCrop(block(256, 256, 0, 0, 0), 1280, 720);
    expect(height).toBe(144);
    expect(top).toBeGreaterThan(5);
    expect(top).toBeLessThan(56);
  });

  it.each([0, 60, 130, 216])("holds a subject at row %i whole", (row) => {
    const { top, height } = chooseCrop(block(256, 256, row, 100, 40), 1280, 720);
    expect(top).toBeLessThanOrEqual(row);
    expect(top + height).toBeGreaterThanOrEqual(row + 40);
  });

  it("follows a subject sideways in a frame that is too wide", () => {
    const { left, width } = chooseCrop(block(400, 100, 30, 350, 40), 1, 1);
    expect(width).toBe(100);
    expect(left).toBeLessThanOrEqual(350);
    expect(left + width).toBeGreaterThanOrEqual(390);
  });

  it("prefers the subject to a ragged background of many edges", () => {
    const frame = block(256, 256, 40, 90, 70);
    for (let y = 170; y < 256; y++) {
      for (let x = 0; x < 256; x++)
        frame.data.fill((x + y) % 2 === 0 ? 160 : 90, 3 * (y * 256 + x), 3 * (y * 256 + x) + 3);
    }
    expect(chooseCrop(frame, 1280, 720).top).toBeLessThanOrEqual(40);
  });

  it.each([
    ["top left", 60, 10],
    ["top", 180, 10],
    ["middle", 180, 200],
    ["right", 300, 120],
    ["bottom", 180, 300],
  ])("keeps the head of somebody at the %s of an upright film in a wide still", async (_place, x, y) => {
    const frame = await drawFrame(360, 640, SCENERY + drawPerson(x, y, 330));
    const { top, height, left, width } = chooseCrop(frame, 16, 9);
    expect([left, width, height]).toEqual([0, 360, 203]);
    expect(top).toBeLessThanOrEqual(y);
    // Down to the shoulders at least.
    expect(top + height).toBeGreaterThanOrEqual(y + 0.35 * 330);
  });

  it.each([
    ["left", 40],
    ["middle", 320],
    ["right", 600],
  ])("keeps somebody on the %s of a wide film whole in an upright still", async (_place, x) => {
    const frame = await drawFrame(640, 360, SCENERY + drawPerson(x, 90, 220));
    const { left, width, top, height } = chooseCrop(frame, 9, 16);
    expect([top, width, height]).toEqual([0, 203, 360]);
    expect(left).toBeLessThanOrEqual(x - 25);
    expect(left + width).toBeGreaterThanOrEqual(x + 25);
  });

  it("keeps the head of somebody who is too wide for the still", async () => {
    const cape = '<path d="M40 150L430 120L420 250L20 300Z" fill="#b3202a"/>';
    const frame = await drawFrame(640, 360, SCENERY + cape + drawPerson(440, 40, 250));
    const { left, width } = chooseCrop(frame, 9, 16);
    expect(left).toBeLessThanOrEqual(415);
    expect(left + width).toBeGreaterThanOrEqual(465);
  });
});
