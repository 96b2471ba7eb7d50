/** Combing is seen at full size, whatever moves, and nothing else is taken for it. */
import { describe, expect, it } from "vitest";
import { disks, paint } from "../../test/support/drawn-pictures.ts";
import { randomStream } from "../tensor/random.ts";
import type { ByteImage } from "../tensor/image.ts";
import { secondLook } from "./second-look.ts";

/** Even lines of one picture, odd ones of another. */
function weave(even: ByteImage, odd: ByteImage): ByteImage {
  const row = 3 * even.width;
  const data = even.data.map((value, i) => (Math.floor(i / row) % 2 === 0 ? value : odd.data[i]!));
  return { ...even, data };
}

/** A ball at a place across. */
const ball = (x: number) =>
  paint(640, 360, (px, py) => ((px - x) ** 2 + (py - 180) ** 2 < 900 ? [230, 60, 50] : [90, 140, 200]));

const noise = randomStream(1, "test noise");

describe("the second look", () => {
  it.each([4, 8, 20])("finds what moved by %i pixels between two fields", (shift) => {
    expect(secondLook(weave(disks(480, 270, 3), disks(480, 270, 3, shift)))).toBe("interlaced");
  });

  it("finds one small thing that moves before a still background", () => {
    expect(secondLook(weave(ball(300), ball(312)))).toBe("interlaced");
  });

  it.each([
    ["a drawing", disks(480, 270, 3)],
    ["white noise", paint(320, 180, () => Array(3).fill(255 * noise.uniform()))],
    ["a checkerboard of single pixels", paint(320, 180, (x, y) => Array(3).fill(((x + y) % 2) * 255))],
    ["upright stripes of single pixels", paint(320, 180, (x) => Array(3).fill((x % 2) * 255))],
    ["level stripes of two pixels", paint(320, 180, (_, y) => Array(3).fill(((y >> 1) % 2) * 255))],
    ["one line of text rules", paint(320, 180, (_, y) => Array(3).fill(y % 9 === 0 ? 0 : 240))],
    ["one pixel", paint(1, 1, () => [9, 9, 9])],
    ["one column", paint(1, 40, (_, y) => [y, y, y])],
  ])("passes %s", (_, image) => {
    expect(secondLook(image)).toBeUndefined();
  });
});
