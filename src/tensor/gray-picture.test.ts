import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grayPicture, shadesOf } from "./gray-picture.ts";

describe("a gray picture", () => {
  it("has each shade in all three colors, and gives them back", () => {
    const shades = fc.float32Array({ minLength: 12, maxLength: 12, min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(shades, (given) => {
        const picture = grayPicture(given, { width: 4, height: 3 });
        expect(picture).toEqual({
          width: 4,
          height: 3,
          data: Float32Array.from([...given].flatMap((shade) => [shade, shade, shade])),
        });
        expect(shadesOf(picture)).toEqual(given);
      }),
    );
  });
});
