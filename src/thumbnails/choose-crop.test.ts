import { describe, expect, it } from "vitest";
import type { ByteImage } from "../tensor/image.ts";
import { chooseCrop } from "./choose-crop.ts";

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
});
