/** Bars are found where they are, and only there. */
import { describe, expect, it } from "vitest";
import { disks, paint } from "../../test/support/drawn-pictures.ts";
import type { ByteImage } from "../tensor/image.ts";
import { findPicture } from "./bars.ts";
import { toLuma } from "./luma.ts";
import { scoreFrame } from "./score.ts";

/** The picture with borders of these widths at the left, top, right and bottom. */
function framed({ width, height, data }: ByteImage, borders: readonly number[], level = 0): ByteImage {
  const [left = 0, top = 0, right = 0, bottom = 0] = borders;
  return paint(width, height, (x, y) => {
    const isBar = x < left || x >= width - right || y < top || y >= height - bottom;
    const i = 3 * (y * width + x);
    return isBar ? [level, level, level] : [...data.subarray(i, i + 3)];
  });
}

const picture = disks(160, 120, 4);

describe("bars", () => {
  it.each([
    ["above and below", [0, 20, 0, 20], { left: 0, top: 20, width: 160, height: 80 }],
    ["left and right", [50, 0, 50, 0], { left: 50, top: 0, width: 60, height: 120 }],
    ["on all sides", [20, 15, 20, 15], { left: 20, top: 15, width: 120, height: 90 }],
    ["one line wider than the other", [0, 20, 0, 21], { left: 0, top: 20, width: 160, height: 79 }],
  ])("%s are cut off", (_, borders, area) => {
    expect(findPicture(toLuma(framed(picture, borders)))).toEqual(area);
    // Video's black is 16.
    expect(findPicture(toLuma(framed(picture, borders, 16)))).toEqual(area);
  });

  it.each([
    ["a dark band at the top alone", framed(picture, [0, 40, 0, 0])],
    ["a dark band that is much wider above than below", framed(picture, [0, 40, 0, 10])],
    ["a gray border", framed(picture, [20, 20, 20, 20], 60)],
    ["black altogether", paint(160, 120, () => [0, 0, 0])],
    ["a picture of one pixel", paint(1, 1, () => [0, 0, 0])],
  ])("are not seen in %s", (_, image) => {
    const { width, height } = image;
    expect(findPicture(toLuma(image))).toEqual({ left: 0, top: 0, width, height });
  });
});

describe("a frame with bars", () => {
  it("is measured between them", () => {
    const whole = scoreFrame(disks(320, 180, 7));
    const inside = scoreFrame(framed(disks(320, 260, 7), [0, 40, 0, 40]));
    const withoutBars = scoreFrame(cut(disks(320, 260, 7), 40, 220));
    for (const key of [
      "brightness",
      "contrast",
      "sharpness",
      "colorfulness",
      "thirds",
      "readability",
    ] as const) {
      expect(inside[key]).toBeCloseTo(withoutBars[key], 6);
    }
    expect(inside.pictureShare).toBeCloseTo(180 / 260, 6);
    expect([whole.dud, inside.dud]).toEqual([undefined, undefined]);
    expect(whole.pictureShare).toBe(1);
  });

  it.each([
    ["gray", 128],
    ["white", 255],
    ["dark", 40],
  ])("and only %s between them is a letterbox", (_, level) => {
    const even = paint(320, 180, () => [level, level, level]);
    expect(scoreFrame(framed(even, [0, 30, 0, 30])).dud).toBe("letterbox");
  });

  it("and a slit between them is a letterbox, an upright video in a wide frame is none", () => {
    expect(scoreFrame(framed(disks(320, 180, 5), [0, 78, 0, 78])).dud).toBe("letterbox");
    expect(scoreFrame(framed(disks(320, 180, 5), [110, 0, 110, 0])).dud).toBeUndefined();
  });
});

function cut({ width, data }: ByteImage, top: number, bottom: number): ByteImage {
  return { width, height: bottom - top, data: data.slice(3 * width * top, 3 * width * bottom) };
}
