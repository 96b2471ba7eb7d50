import { describe, expect, it } from "vitest";
import {
  levelDifference,
  readGolden,
  readGoldenImage,
  readGoldenPicture,
} from "../../test/support/deforum-fixtures.ts";
import { RenderError } from "../errors.ts";
import { type RgbImage, toByteImage } from "../tensor/image.ts";
import { adjustContrast } from "./contrast.ts";

const { contrast_tables: tables } = readGolden<{ contrast_tables: { contrast: number; lut: number[] }[] }>(
  "color/color.json",
);

/** Every level once. */
const ramp: RgbImage = {
  width: 256,
  height: 1,
  data: Float32Array.from({ length: 768 }, (_, i) => Math.floor(i / 3) / 255),
};

function levelsOf(image: RgbImage): number[] {
  return Array.from({ length: 256 }, (_, i) => image.data[3 * i]! * 255);
}

describe("contrast", () => {
  it("has 12 golden tables", () => expect(tables).toHaveLength(12));

  it.each(tables)("$contrast gives Deforum's 256 levels, wrapped", ({ contrast, lut }) => {
    const bytes = toByteImage(adjustContrast(ramp, contrast, { deforumExact: true }));
    expect(Array.from({ length: 256 }, (_, i) => bytes.data[3 * i])).toEqual(lut);
  });

  it.each(tables)("$contrast clamps by default and keeps fractions of a level", ({ contrast, lut }) => {
    levelsOf(adjustContrast(ramp, contrast)).forEach((level, i) => {
      if (i * contrast > 255) expect(level).toBe(255);
      else if (i * contrast < 0) expect(level).toBe(0);
      else expect(Math.abs(level - lut[i]!)).toBeLessThan(0.5001);
    });
  });

  it.each([0.9, 1.1])("%d gives Deforum's picture", async (contrast) => {
    const adjusted = adjustContrast(await readGoldenImage("color/source.png"), contrast, {
      deforumExact: true,
    });
    const picture = await readGoldenPicture(`color/contrast_${contrast}.png`);
    expect(levelDifference(toByteImage(adjusted), picture).max).toBe(0);
  });

  it("that is no number is refused", () => {
    expect(() => adjustContrast(ramp, Number.NaN)).toThrow(RenderError);
    expect(() => adjustContrast(ramp, Infinity)).toThrow("expected a finite number, found Infinity");
  });
});
