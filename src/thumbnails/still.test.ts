/** Thumbnails as files: size, budget, and what of the frame they show. */
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { EncodeError } from "../errors.ts";
import { randomStream } from "../tensor/random.ts";
import type { ByteImage } from "../tensor/image.ts";
import { encodeStill } from "./still.ts";

/** A dull frame with one striking disk. */
async function disk(width: number, height: number, centerX: number, centerY: number): Promise<ByteImage> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#667"/>
    <circle cx="${centerX}" cy="${centerY}" r="${Math.min(width, height) / 8}" fill="#f80"/></svg>`;
  return { width, height, data: await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer() };
}

function noise(width: number, height: number): ByteImage {
  const random = randomStream(5, "still test");
  return {
    width,
    height,
    data: Uint8Array.from({ length: 3 * width * height }, () => random.uniform() * 256),
  };
}

async function decode(jpeg: Buffer) {
  const { format, width, height } = await sharp(jpeg).metadata();
  const data = await sharp(jpeg).removeAlpha().raw().toBuffer();
  const isOrange = (i: number) =>
    data[i]! > 200 && data[i + 1]! > 90 && data[i + 1]! < 180 && data[i + 2]! < 80;
  const rows = new Set<number>();
  const columns = new Set<number>();
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (!isOrange(3 * pixel)) continue;
    rows.add(Math.floor(pixel / width));
    columns.add(pixel % width);
  }
  return { format, width, height, data, rows: [...rows], columns: [...columns] };
}

describe("a still", () => {
  it.each([
    [256, 256],
    [256, 144],
    [448, 256],
    [512, 512],
    [1280, 720],
    [1920, 1088],
    [144, 256],
    [8, 8],
  ])("of a %i×%i frame is a 1280×720 JPEG below 2 MB", async (width, height) => {
    const jpeg = await encodeStill(await disk(width, height, width / 2, height / 2));
    expect(await decode(jpeg)).toMatchObject({ format: "jpeg", width: 1280, height: 720 });
    expect(jpeg.length).toBeLessThanOrEqual(2_000_000);
  });

  it.each([40, 128, 216])(
    "of a square keeps a disk at height %i of 256 whole: the crop follows the eye",
    async (y) => {
      const { rows, columns } = await decode(await encodeStill(await disk(256, 256, 128, y)));
      const diameter = 64 * 5;
      expect(Math.abs(columns.length - diameter)).toBeLessThan(16);
      expect(Math.abs(rows.length - diameter)).toBeLessThan(16);
    },
  );

  it("of an upright frame shows all of it before a darkened backdrop", async () => {
    const frame = await disk(144, 256, 72, 20);
    const { data, rows } = await decode(await encodeStill(frame));
    expect(Math.min(...rows)).toBeLessThan(10);
    const level = (x: number, y: number) => data[3 * (y * 1280 + x) + 1]!;
    expect(level(640, 600)).toBeGreaterThan(95);
    expect(level(30, 600)).toBeLessThan(75);
    expect(level(30, 600)).toBeGreaterThan(40);
  });

  it("of a frame of its size is that frame", async () => {
    const frame = await disk(1280, 720, 300, 200);
    const { data } = await decode(await encodeStill(frame));
    let worst = 0;
    for (let i = 0; i < data.length; i += 3 * 97)
      worst = Math.max(worst, Math.abs(data[i]! - frame.data[i]!));
    expect(worst).toBeLessThan(24);
  });

  it("of noise is encoded coarser until it fits", async () => {
    const frame = noise(1280, 720);
    const fine = await encodeStill(frame, { maxBytes: 50_000_000 });
    expect(fine.length).toBeGreaterThan(1_500_000);
    for (const maxBytes of [1_500_000, 900_000]) {
      expect((await encodeStill(frame, { maxBytes })).length).toBeLessThanOrEqual(maxBytes);
    }
  });

  it("that cannot fit is an error, not a bad picture", async () => {
    await expect(encodeStill(noise(640, 360), { maxBytes: 20_000 })).rejects.toMatchObject({
      constructor: EncodeError,
      message: "a still of 1280x720 does not fit into 20000 bytes",
    });
  });

  it("may have another size", async () => {
    const jpeg = await encodeStill(await disk(256, 256, 128, 128), { width: 720, height: 1280 });
    expect(await decode(jpeg)).toMatchObject({ width: 720, height: 1280 });
  });
});
