/** The sheet: which frames, where, and that labels are drawn without fonts. */
import * as fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { chooseSheetFrames, encodeContactSheet, type SheetFrame } from "./contact-sheet.ts";
import { drawText, textWidth } from "./glyphs.ts";

function frame(number: number, changes: Partial<SheetFrame> = {}, width = 64, height = 64): SheetFrame {
  const data = new Uint8Array(3 * width * height).map((_, i) => [40, 90, 200][i % 3]!);
  const read = () => Promise.resolve({ width, height, data });
  return { frame: number, timeSeconds: number / 15, read, merit: 0.5, ...changes };
}

const film = (count: number, width = 64, height = 64) =>
  Array.from({ length: count }, (_, number) => frame(number, {}, width, height));

async function decode(jpeg: Buffer) {
  const { width, height } = await sharp(jpeg).metadata();
  const data = await sharp(jpeg).raw().toBuffer();
  const share = (matches: (red: number, green: number, blue: number) => boolean) => {
    let count = 0;
    for (let i = 0; i < data.length; i += 3) if (matches(data[i]!, data[i + 1]!, data[i + 2]!)) count++;
    return count;
  };
  return { width, height, share };
}

const isBlue = (red: number, green: number, blue: number) =>
  Math.abs(red - 40) < 12 && Math.abs(green - 90) < 12 && Math.abs(blue - 200) < 12;
const isGold = (red: number, green: number, blue: number) => red > 230 && green > 170 && blue < 110;

describe("which frames", () => {
  it("all of a short film, evenly spaced ones of a long one, ends included", () => {
    expect(chooseSheetFrames(5, [])).toEqual([0, 1, 2, 3, 4]);
    expect(chooseSheetFrames(101, [], 5)).toEqual([0, 25, 50, 75, 100]);
    expect(chooseSheetFrames(1, [0])).toEqual([0]);
    expect(chooseSheetFrames(0, [])).toEqual([]);
  });

  it("a chosen frame takes the place of its nearest neighbor", () => {
    expect(chooseSheetFrames(101, [27, 99], 5)).toEqual([0, 27, 50, 75, 99]);
  });

  it("always: ascending, without repetition, the chosen among them, as many as asked", () => {
    const runs = fc.integer({ min: 1, max: 600 }).chain((frameCount) =>
      fc.record({
        frameCount: fc.constant(frameCount),
        chosen: fc.uniqueArray(fc.nat(frameCount - 1), { maxLength: 8 }),
        count: fc.integer({ min: 1, max: 40 }),
      }),
    );
    fc.assert(
      fc.property(runs, ({ frameCount, chosen, count }) => {
        const shown = chooseSheetFrames(frameCount, chosen, count);
        expect(shown).toHaveLength(Math.min(frameCount, Math.max(count, chosen.length)));
        expect(shown).toEqual([...new Set(shown)].toSorted((a, b) => a - b));
        for (const number of chosen) expect(shown).toContain(number);
      }),
    );
  });
});

describe("the sheet", () => {
  it.each([1, 3, 7, 24, 25])("shows %i frames, each whole, about as wide as a screen", async (count) => {
    const { width, height, share } = await decode(await encodeContactSheet(film(count)));
    // 240 × 240 pixels a tile, less the round corners.
    expect(share(isBlue) / (count * 240 * 240)).toBeGreaterThan(0.97);
    expect(share(isBlue) / (count * 240 * 240)).toBeLessThan(1.02);
    if (count >= 7) expect(width / height).toBeGreaterThan(1.2);
    if (count >= 7) expect(width / height).toBeLessThan(2.5);
  });

  it.each([
    [128, 72],
    [72, 128],
  ])("keeps the aspect of %i×%i frames", async (width, height) => {
    const { share } = await decode(await encodeContactSheet(film(6, width, height)));
    expect(share(isBlue) / (6 * 240 * 240)).toBeGreaterThan(0.96);
  });

  it("marks chosen frames in gold and darkens duds", async () => {
    const plain = await decode(await encodeContactSheet(film(4)));
    const marked = await decode(
      await encodeContactSheet([frame(0), frame(1, { rank: 1 }), frame(2, { merit: undefined }), frame(3)]),
    );
    expect(plain.share(isGold)).toBe(0);
    expect(marked.share(isGold)).toBeGreaterThan(2000);
    expect(marked.share(isBlue)).toBeLessThan(0.78 * plain.share(isBlue));
  });

  it("takes any number, time, merit and rank", async () => {
    for (const [number, seconds] of [
      [0, 0],
      [123456, 59.999],
      [99, 3599.99],
    ] as const) {
      const sheet = await encodeContactSheet([frame(number, { timeSeconds: seconds, merit: 1, rank: 12 })]);
      expect((await decode(sheet)).share(isGold)).toBeGreaterThan(1000);
    }
  });

  it("reads a picture only when the one before it is drawn", async () => {
    let reading = 0;
    let most = 0;
    const read = async () => {
      most = Math.max(most, ++reading);
      const picture = await frame(0).read();
      await new Promise((resolve) => setTimeout(resolve, 1));
      reading--;
      return picture;
    };
    await encodeContactSheet(Array.from({ length: 6 }, (_, number) => frame(number, { read })));
    expect(most).toBe(1);
  });

  it("of nothing is refused", async () => {
    await expect(encodeContactSheet([])).rejects.toThrow(RangeError);
  });
});

/** Brightness of 400 × 60 pixels with the text in white on black, 40 pixels high. */
async function ink(text: string): Promise<Buffer> {
  const label = drawText(text, 10, 10, 40, "#fff");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="60">${label}</svg>`;
  return sharp(Buffer.from(svg)).flatten({ background: "#000" }).toColorspace("b-w").raw().toBuffer();
}

describe("labels", () => {
  it("use no fonts: every sign is a path, and no two look alike", async () => {
    const seen = new Map<string, string>();
    for (const sign of "0123456789s.:-#%") {
      expect(drawText(sign, 0, 0, 12, "#fff")).not.toContain("<text");
      const pixels = await ink(sign);
      expect(pixels.some((level) => level > 200)).toBe(true);
      const picture = pixels.toString("base64");
      expect(seen.get(picture)).toBeUndefined();
      seen.set(picture, sign);
    }
  });

  it("stay inside the width that is announced", async () => {
    for (const text of ["0123456789", "#42", "1:03.2", "100%", "3.20s"]) {
      const pixels = await ink(text);
      const columns = Array.from({ length: 400 }, (_, x) => x).filter((x) =>
        Array.from({ length: 60 }, (_row, y) => pixels[y * 400 + x]!).some((level) => level > 60),
      );
      const stroke = (0.85 / 2 / 6) * 40 + 1;
      expect(Math.min(...columns)).toBeGreaterThanOrEqual(10 - stroke);
      expect(Math.max(...columns)).toBeLessThanOrEqual(10 + textWidth(text, 40) + stroke);
    }
    expect(textWidth("", 40)).toBe(0);
  });

  it("refuse other characters", () => {
    expect(() => drawText("<script>", 0, 0, 12, "#fff")).toThrow(RangeError);
  });
});
