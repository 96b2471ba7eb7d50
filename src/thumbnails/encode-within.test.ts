/** Stills as files: within their bytes, and no worse than that asks for. */
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { disk, noise } from "../../test/support/drawn-frames.ts";
import { EncodeError } from "../errors.ts";
import { encodeJpeg } from "../tensor/picture-file.ts";
import { encodeWithin } from "./encode-within.ts";

describe("a JPEG", () => {
  it("has the highest quality where that fits", async () => {
    const { bytes, quality } = await encodeWithin(await disk(1280, 720, 600, 300), "jpg", 2_000_000);
    expect(quality).toBe(94);
    expect(await sharp(bytes).metadata()).toMatchObject({ format: "jpeg", width: 1280, height: 720 });
  });

  it.each([200_000, 150_000, 120_000])("of noise has the best quality within %i bytes", async (budget) => {
    const image = noise(400, 300);
    const { bytes, quality } = await encodeWithin(image, "jpg", budget);
    expect(bytes.length).toBeLessThanOrEqual(budget);
    expect((await encodeJpeg(image, quality! + 1)).length).toBeGreaterThan(budget);
  });

  it("that cannot fit is an error, not a bad picture", async () => {
    await expect(encodeWithin(noise(640, 360), "jpg", 20_000)).rejects.toMatchObject({
      constructor: EncodeError,
      message: "a still of 640x360 does not fit into 20000 bytes",
    });
  });
});

describe("a PNG", () => {
  it("keeps every pixel where that fits", async () => {
    const image = await disk(320, 180, 100, 90);
    const { bytes, quality, colors } = await encodeWithin(image, "png", 2_000_000);
    expect([quality, colors]).toEqual([null, null]);
    expect(Buffer.compare(await sharp(bytes).raw().toBuffer(), Buffer.from(image.data))).toBe(0);
  });

  it("gets a palette where only that fits, and is refused where that is too large as well", async () => {
    const image = noise(200, 100);
    const { bytes, colors } = await encodeWithin(image, "png", 40_000);
    expect(colors).toBe(256);
    // Color type 3 of the header: a palette.
    expect(bytes[25]).toBe(3);
    await expect(encodeWithin(image, "png", 10_000)).rejects.toMatchObject({
      hint: "allow more bytes, or take jpg",
    });
  });
});
