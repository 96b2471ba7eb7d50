/** Pictures on disk: exact frames, every accepted format, and hostile files. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileError } from "../errors.ts";
import type { ByteImage } from "./image.ts";
import { encodeJpeg, encodePng, fromRgbBytes, readPicture, readPngBytes } from "./picture-file.ts";
import { readPngText } from "./png-text.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-pictures-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function save(bytes: Uint8Array, name = "picture"): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

/** Left half red, right half blue; the top row is white. */
function flag(width = 24, height = 16): ByteImage {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = y === 0 ? [255, 255, 255] : x < width / 2 ? [255, 0, 0] : [0, 0, 255];
      data.set(color, 3 * (y * width + x));
    }
  }
  return { width, height, data };
}

const pixel = ({ width, data }: ByteImage, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

describe("frames", () => {
  it("come back from PNG byte for byte", async () => {
    const image = fc
      .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.nat())
      .map(([width, height, seed]) => ({
        width,
        height,
        data: new Uint8Array(3 * width * height).map((_, i) => Math.imul(i + seed, 2654435761) >>> 24),
      }));
    await fc.assert(
      fc.asyncProperty(image, async (original) => {
        expect(await readPngBytes(await save(await encodePng(original)))).toEqual(original);
      }),
      { numRuns: 40 },
    );
  });

  it("come back exactly even when they are gray, which a PNG could store shorter", async () => {
    const original = { width: 8, height: 8, data: new Uint8Array(192).fill(77) };
    expect(await readPngBytes(await save(await encodePng(original)))).toEqual(original);
  });

  it("carry their recipe", async () => {
    const texts = [
      { keyword: "parameters", text: "hero\nSteps: 8" },
      { keyword: "animate", text: JSON.stringify({ frame: 3, prompt: "Stadt – 英雄" }) },
    ];
    const png = await encodePng(flag(), texts);
    expect(readPngText(png)).toEqual(texts);
    expect(await readPngBytes(await save(png))).toEqual(flag());
  });

  it("are refused as such when another program changed their kind", async () => {
    const kinds = {
      alpha: sharp({ create: { width: 4, height: 4, channels: 4, background: "#0008" } }).png(),
      gray: fromRgbBytes(flag()).toColorspace("b-w").png(),
      deep: fromRgbBytes(flag()).toColorspace("rgb16").png(),
      profiled: fromRgbBytes(flag()).withIccProfile("p3").png(),
    };
    for (const [name, pipeline] of Object.entries(kinds)) {
      const path = await save(await pipeline.toBuffer(), `${name}.png`);
      await expect(readPngBytes(path), name).rejects.toThrow("expected an 8-bit RGB frame");
    }
    await expect(readPngBytes(await save(await encodeJpeg(flag(), 90)))).rejects.toThrow(
      "expected a picture (PNG), found jpeg",
    );
  });

  it("of a length that does not fit are refused", () => {
    expect(() => fromRgbBytes({ width: 2, height: 2, data: new Uint8Array(11) })).toThrow(RangeError);
  });
});

describe("readPicture", () => {
  it.each(["png", "jpeg", "webp"] as const)(
    "reads %s, told by its bytes, not by its name",
    async (format) => {
      const bytes = await fromRgbBytes(flag()).toFormat(format, { quality: 100 }).toBuffer();
      const image = await readPicture(await save(bytes, "picture.gif"));
      expect([image.width, image.height, image.data.length]).toEqual([24, 16, 24 * 16 * 3]);
      const [red, green, blue] = pixel(image, 3, 10);
      expect(red).toBeGreaterThan(235);
      expect(green! + blue!).toBeLessThan(40);
    },
  );

  it("turns the picture as its EXIF orientation says", async () => {
    const bytes = await fromRgbBytes(flag())
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    const image = await readPicture(await save(bytes));
    expect([image.width, image.height]).toEqual([16, 24]);
    // A quarter turn clockwise: the left half (red) comes to lie on top, the white row on the right.
    expect(pixel(image, 4, 3)[0]).toBeGreaterThan(200);
    expect(pixel(image, 4, 20)[2]).toBeGreaterThan(200);
    expect(pixel(image, 15, 20)[0]).toBeGreaterThan(150);
  });

  it("lays transparency on black", async () => {
    const bytes = await sharp({
      create: { width: 4, height: 4, channels: 4, background: { r: 255, g: 128, b: 0, alpha: 0.5 } },
    })
      .png()
      .toBuffer();
    const [red, green, blue] = pixel(await readPicture(await save(bytes)), 1, 1);
    expect(red).toBeGreaterThanOrEqual(127);
    expect(red).toBeLessThanOrEqual(129);
    expect(green).toBeLessThanOrEqual(65);
    expect(blue).toBe(0);
  });

  it("reads gray and 16-bit pictures as 8-bit RGB", async () => {
    for (const space of ["b-w", "rgb16"]) {
      const bytes = await fromRgbBytes(flag()).toColorspace(space).png().toBuffer();
      const image = await readPicture(await save(bytes));
      expect(image.data.length).toBe(24 * 16 * 3);
      expect(pixel(image, 2, 0)).toEqual([255, 255, 255]);
    }
  });

  it("takes the first frame of an animation", async () => {
    const two = Buffer.concat([Buffer.alloc(300, 200), Buffer.alloc(300, 20)]);
    const bytes = await sharp(two, { raw: { width: 10, height: 20, channels: 3, pageHeight: 10 } })
      .webp({ lossless: true, loop: 0, delay: [100, 100] })
      .toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    const image = await readPicture(await save(bytes));
    expect([image.width, image.height]).toEqual([10, 10]);
    expect(pixel(image, 5, 5)).toEqual([200, 200, 200]);
  });

  it("covers a given size and crops the overhang evenly", async () => {
    const image = await readPicture(await save(await encodePng(flag(64, 32))), { width: 16, height: 16 });
    expect([image.width, image.height]).toEqual([16, 16]);
    expect(pixel(image, 6, 10)[0]).toBeGreaterThan(240);
    expect(pixel(image, 9, 10)[2]).toBeGreaterThan(240);
    const larger = await readPicture(await save(await encodePng(flag(8, 8))), { width: 40, height: 16 });
    expect([larger.width, larger.height]).toEqual([40, 16]);
  });
});

describe("files that are no picture", () => {
  it("a missing file, a folder, and other formats are named", async () => {
    await expect(readPicture(join(folder, "none.png"))).rejects.toMatchObject({
      constructor: FileError,
      message: "there is no such file",
      where: join(folder, "none.png"),
    });
    await expect(readPicture(folder)).rejects.toThrow("expected a file, found a folder");
    const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`);
    for (const bytes of [Buffer.alloc(0), Buffer.from("GIF89a"), svg]) {
      await expect(readPicture(await save(bytes, "picture.png"))).rejects.toMatchObject({
        constructor: FileError,
        message: `expected a picture (PNG, JPEG, WEBP), found ${bytes.length === 0 ? "an empty file" : "other bytes"}`,
      });
    }
  });

  it("a picture that is cut off is refused rather than filled with gray", async () => {
    const noise = {
      width: 64,
      height: 64,
      data: new Uint8Array(64 * 64 * 3).map((_, i) => Math.imul(i, 2654435761) >>> 24),
    };
    for (const bytes of [
      await encodePng(noise),
      await encodeJpeg(noise, 90),
      await fromRgbBytes(noise).webp().toBuffer(),
    ]) {
      const path = await save(bytes.subarray(0, Math.floor(bytes.length / 2)));
      await expect(readPicture(path)).rejects.toMatchObject({
        constructor: FileError,
        message: expect.stringMatching(/^the picture is damaged: /),
        where: path,
      });
    }
  });

  it("a small file that claims 256 megapixels is refused at once", async () => {
    const bomb = await encodePng(flag());
    // The header chunk: width and height at 16 and 20, its checksum at 29.
    bomb.writeUInt32BE(16_000, 16);
    bomb.writeUInt32BE(16_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    const path = await save(bomb);
    const start = performance.now();
    await expect(readPicture(path)).rejects.toThrow("the picture has more than 16777216 pixels");
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it("any damage gives a picture or a FileError", async () => {
    const whole = await encodePng(flag());
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const damaged = Buffer.from(whole);
        for (const [position, value] of changes) damaged[position] = value;
        try {
          const image = await readPicture(await save(damaged));
          expect(image.data.length).toBe(3 * image.width * image.height);
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("encodeJpeg", () => {
  it("keeps red beside blue sharp: color is not stored at half size", async () => {
    const path = await save(await encodeJpeg(flag(), 95));
    const image = await readPicture(path);
    expect(pixel(image, 11, 8)[0]).toBeGreaterThan(225);
    expect(pixel(image, 12, 8)[2]).toBeGreaterThan(225);
  });

  it("is smaller at lower quality", async () => {
    expect((await encodeJpeg(flag(200, 100), 30)).length).toBeLessThan(
      (await encodeJpeg(flag(200, 100), 95)).length,
    );
  });
});
