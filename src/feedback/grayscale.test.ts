import { describe, expect, it } from "vitest";
import { levelDifference, readGoldenImage, readGoldenPicture } from "../../test/support/deforum-fixtures.ts";
import { toByteImage } from "../tensor/image.ts";
import { toGrayscale } from "./grayscale.ts";

describe("grayscale", () => {
  it("gives Deforum's pictures before the noise and after generation within a level", async () => {
    // OpenCV and Pillow, which Deforum uses for one and the other, round the weights to 14 and to 16 bits.
    const gray = toByteImage(toGrayscale(await readGoldenImage("color/source.png"), { deforumExact: true }));
    for (const name of ["gray_before_noise", "gray_after_generation"]) {
      const difference = levelDifference(gray, await readGoldenPicture(`color/${name}.png`));
      expect(difference.max).toBeLessThanOrEqual(1);
      expect(difference.mean).toBeLessThan(0.001);
    }
  });

  it("gives the same picture in float but for rounding, and grays stay as they are", async () => {
    const gray = toGrayscale(await readGoldenImage("color/source.png"));
    expect(levelDifference(gray, await readGoldenPicture("color/gray_before_noise.png")).max).toBeLessThan(
      0.51,
    );
    const again = toGrayscale(gray);
    again.data.forEach((value, i) => expect(value).toBeCloseTo(gray.data[i]!, 6));
  });
});
