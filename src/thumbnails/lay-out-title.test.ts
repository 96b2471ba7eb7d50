/** Titles in boxes: as large as they can be, and never beyond. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layOutTitle, type TitleBox } from "./lay-out-title.ts";
import { openTitleFont } from "./title-font.ts";

const font = await openTitleFont(null, null);

function box(width: number, height: number, changes: Partial<TitleBox> = {}): TitleBox {
  return { area: { left: 10, top: 20, width, height }, align: "left", vertical: "top", ...changes };
}

function counts(text: string, width: number, height: number): number {
  return layOutTitle([text], font, box(width, height), 0)!.lines.length;
}

describe("a title", () => {
  it("is broken where that lets it be larger", () => {
    expect(counts("HE CAN FLY", 1200, 200)).toBe(1);
    expect(counts("HE CAN FLY", 600, 600)).toBe(2);
    expect(counts("HE CAN FLY", 300, 900)).toBe(3);
    expect(counts("I learned to fly in thirty days", 600, 600)).toBe(3);
    expect(counts("one two three four five six seven eight", 300, 9000)).toBe(4);
    expect(counts("UNBREAKABLE", 100, 900)).toBe(1);
  });

  it("in one line is no larger than in the lines that are chosen", () => {
    const words = "I learned to fly in thirty days";
    const chosen = layOutTitle([words], font, box(600, 400), 0.1)!;
    for (const lines of [
      [words],
      ["I learned to fly", "in thirty days"],
      ["I learned", "to fly", "in thirty days"],
      ["I", "learned", "to fly in", "thirty days"],
    ]) {
      // One line is broken anew; two of which one is empty keep it.
      const other = layOutTitle([...lines, ""], font, box(600, 400), 0.1)!;
      expect(chosen.size).toBeGreaterThanOrEqual(other.size - 1e-9);
    }
  });

  it("keeps lines that are given", () => {
    expect(layOutTitle(["HE", "CAN FLY"], font, box(1200, 200), 0)!.lines).toHaveLength(2);
  });

  it("without any ink is nothing", () => {
    expect(layOutTitle([""], font, box(100, 100), 0)).toBeUndefined();
    expect(layOutTitle([], font, box(100, 100), 0)).toBeUndefined();
  });

  it.each([
    ["left", "top", 10, 20],
    ["right", "bottom", 1010, 520],
  ] as const)("stands at the %s %s of its box", (align, vertical, x, y) => {
    const { area } = layOutTitle(["HE"], font, box(1000, 500, { align, vertical }), 0.1)!;
    expect(align === "left" ? area.left : area.left + area.width).toBeCloseTo(x, 6);
    expect(vertical === "top" ? area.top : area.top + area.height).toBeCloseTo(y, 6);
  });

  it("never leaves its box, ink and outline included, and fills one side of it", () => {
    const word = fc.string({
      unit: fc.constantFrom(...Array.from("abgjpyHEÉQ7&<!")),
      minLength: 1,
      maxLength: 12,
    });
    const requests = fc.record({
      words: fc.array(word, { minLength: 1, maxLength: 8 }),
      width: fc.integer({ min: 40, max: 2000 }),
      height: fc.integer({ min: 40, max: 2000 }),
      outline: fc.double({ min: 0, max: 0.5, noNaN: true }),
      align: fc.constantFrom("left" as const, "center" as const, "right" as const),
      vertical: fc.constantFrom("top" as const, "middle" as const, "bottom" as const),
    });
    fc.assert(
      fc.property(requests, ({ words, width, height, outline, align, vertical }) => {
        const title = layOutTitle([words.join(" ")], font, box(width, height, { align, vertical }), outline)!;
        const { area, size, capPixels, lines } = title;
        const fills = Math.max(area.width / width, area.height / height);
        expect(fills).toBeCloseTo(1, 6);
        const around = outline * capPixels - 1e-6;
        for (const { shape, x, baseline } of lines) {
          expect(x + (shape.left * size) / 1000 - around).toBeGreaterThanOrEqual(10 - 1e-6);
          expect(x + (shape.right * size) / 1000 + around).toBeLessThanOrEqual(10 + width + 1e-6);
          expect(baseline - (shape.top * size) / 1000 - around).toBeGreaterThanOrEqual(20 - 1e-6);
          expect(baseline - (shape.bottom * size) / 1000 + around).toBeLessThanOrEqual(20 + height + 1e-6);
        }
        // No line runs into the next one.
        for (const [i, line] of lines.slice(1).entries()) {
          const above = lines[i]!;
          const gap =
            line.baseline -
            (line.shape.top * size) / 1000 -
            (above.baseline - (above.shape.bottom * size) / 1000);
          expect(gap).toBeGreaterThan(0);
        }
      }),
      { numRuns: 60 },
    );
  });
});
