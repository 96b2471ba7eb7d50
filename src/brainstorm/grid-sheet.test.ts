/** The page: every picture where it belongs, labels that can be read whatever they say. */

import * as fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { textWidth } from "../thumbnails/glyphs.ts";
import { encodeGridSheet, type GridTile, type SheetContent, shrinkForSheet } from "./grid-sheet.ts";
import { wrapText } from "./wrap-text.ts";

function solid(width: number, height: number, color: readonly [number, number, number]) {
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, (_, i) => color[i % 3]!) };
}

const BLUE = await shrinkForSheet(solid(64, 64, [40, 90, 200]));

function labels(count: number, name: string): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${index}`);
}

function sheet(
  rows: number,
  columns: number,
  changes: (tile: GridTile) => Partial<GridTile> = () => ({}),
): SheetContent {
  const tiles = Array.from({ length: rows * columns }, (_, index): GridTile => {
    const tile = {
      number: index + 1,
      row: Math.floor(index / columns),
      column: index % columns,
      image: BLUE,
      merit: 0.5,
    };
    return { ...tile, ...changes(tile) };
  });
  return {
    title: "a title",
    subtitle: "facts",
    rows: labels(rows, "a prompt of several words"),
    columns: labels(columns, "seed"),
    tiles,
    aspect: 1,
  };
}

async function decode(content: SheetContent) {
  const jpeg = await encodeGridSheet(content);
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  const count = (matches: (red: number, green: number, blue: number) => boolean) => {
    let found = 0;
    for (let i = 0; i < data.length; i += 3) if (matches(data[i]!, data[i + 1]!, data[i + 2]!)) found++;
    return found;
  };
  return { ...info, count };
}

const isBlue = (red: number, green: number, blue: number) =>
  Math.abs(red - 40) < 12 && Math.abs(green - 90) < 12 && Math.abs(blue - 200) < 12;
const isGold = (red: number, green: number, blue: number) => red > 230 && green > 170 && blue < 110;

describe("the sheet", () => {
  it("shows every picture whole, 240 pixels large where there are few", async () => {
    const { count } = await decode(sheet(3, 4));
    expect(count(isBlue) / (12 * 240 * 240)).toBeGreaterThan(0.98);
    expect(count(isGold)).toBe(0);
  });

  it("marks the best in gold, darkens duds, and leaves room for what is not there", async () => {
    const { count } = await decode(
      sheet(1, 4, ({ number }) => {
        if (number === 1) return { rank: 1 };
        if (number === 2) return { note: "blurred", merit: null };
        return number === 3 ? { image: null, note: "failed", merit: null } : {};
      }),
    );
    expect(count(isGold)).toBeGreaterThan(3000);
    // Two of four, less the disk of the rank.
    expect(count(isBlue) / (240 * 240)).toBeGreaterThan(1.9);
    expect(count(isBlue) / (240 * 240)).toBeLessThan(2.01);
  });

  it.each([[100, 4]])(
    "of %i × %i pictures stays below 16,384 pixels and 32 megapixels",
    async (rows, columns) => {
      const { width, height } = await decode(sheet(rows, columns, () => ({ image: null })));
      expect(Math.max(width, height)).toBeLessThan(16_384);
      expect(width * height).toBeLessThan(32_000_000);
    },
  );

  it("keeps the aspect of wide and upright pictures", async () => {
    for (const [width, height] of [
      [160, 90],
      [90, 160],
    ] as const) {
      const image = await shrinkForSheet(solid(width, height, [40, 90, 200]));
      const { count } = await decode({ ...sheet(2, 2, () => ({ image })), aspect: width / height });
      expect(count(isBlue) / (4 * 240 * 135)).toBeGreaterThan(0.97);
    }
  });

  it("takes any title and label: markup, other scripts, pictures of feelings, and thousands of characters", async () => {
    const texts = ["</svg><script>", "宇宙の赤ちゃん", "🚀🚀", "x".repeat(9000), "\"&'<", ""];
    for (const text of texts) {
      const content = sheet(1, 2);
      const { count } = await decode({
        ...content,
        title: text,
        subtitle: text,
        rows: [text],
        columns: [text, text],
      });
      expect(count(isBlue) / (2 * 240 * 240)).toBeGreaterThan(0.98);
    }
  });
});

describe("wrapped text", () => {
  it("breaks at spaces, and ends in dots where it does not fit", () => {
    expect(wrapText("a red dragon over the sea at night", 120, 12, 2)).toEqual([
      "a red dragon",
      "over the sea...",
    ]);
    expect(wrapText("one line", 500, 12, 1)).toEqual(["one line"]);
    expect(wrapText("宇宙", 500, 12, 3)).toEqual([]);
  });

  it("never is wider or longer than it may be", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 300 }),
        fc.integer({ min: 60, max: 300 }),
        fc.integer({ min: 1, max: 6 }),
        (text, width, lines) => {
          const wrapped = wrapText(text, width, 12, lines);
          expect(wrapped.length).toBeLessThanOrEqual(lines);
          for (const line of wrapped) expect(textWidth(line, 12)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
