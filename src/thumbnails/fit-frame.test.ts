/** Frames at the size of a still: what of them is seen, and how they get there. */
import { describe, expect, it } from "vitest";
import { disk } from "../../test/support/drawn-frames.ts";
import type { ByteImage } from "../tensor/image.ts";
import { fitFrame, type FitOptions } from "./fit-frame.ts";

const YOUTUBE: FitOptions = { width: 1280, height: 720, fit: "crop", enlarge: null };

/** Rows and columns in which there is something of the disk. */
function disksOf({ width, height, data }: ByteImage): { rows: number[]; columns: number[] } {
  const rows = new Set<number>();
  const columns = new Set<number>();
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(3 * pixel, 3 * pixel + 3);
    if (red < 200 || green < 90 || green > 180 || blue > 80) continue;
    rows.add(Math.floor(pixel / width));
    columns.add(pixel % width);
  }
  return { rows: [...rows], columns: [...columns] };
}

/** Repeats pixels, and counts how often it was asked. */
function doubler() {
  const sizes: string[] = [];
  const enlarge = async ({ width, height, data }: ByteImage): Promise<ByteImage> => {
    sizes.push(`${width}x${height}`);
    const large = new Uint8Array(12 * width * height);
    for (let y = 0, o = 0; y < 2 * height; y++) {
      for (let x = 0; x < 2 * width; x++) {
        for (let c = 0; c < 3; c++) large[o++] = data[3 * ((y >> 1) * width + (x >> 1)) + c]!;
      }
    }
    return { width: 2 * width, height: 2 * height, data: large };
  };
  return { sizes, enlarge };
}

describe("a fitted frame", () => {
  it.each([
    [256, 256],
    [256, 144],
    [448, 256],
    [1280, 720],
    [1920, 1088],
    [144, 256],
    [8, 8],
  ])("of %i×%i has the size of the still, cropped or before a backdrop", async (width, height) => {
    const frame = await disk(width, height, width / 2, height / 2);
    for (const fit of ["crop", "backdrop"] as const) {
      const { image } = await fitFrame(frame, { ...YOUTUBE, fit });
      expect(image).toMatchObject({ width: 1280, height: 720 });
      expect(image.data).toHaveLength(3 * 1280 * 720);
    }
  });

  it.each([40, 128, 216])(
    "of a square keeps a disk at height %i of 256 whole: the crop follows the eye",
    async (y) => {
      const { image } = await fitFrame(await disk(256, 256, 128, y), YOUTUBE);
      const { rows, columns } = disksOf(image);
      const diameter = 64 * 5;
      expect(Math.abs(columns.length - diameter)).toBeLessThan(16);
      expect(Math.abs(rows.length - diameter)).toBeLessThan(16);
    },
  );

  it.each([
    ["left", 60],
    ["middle", 320],
    ["right", 580],
  ])("of a wide film keeps a disk on the %s whole in an upright still", async (_place, x) => {
    const { image } = await fitFrame(await disk(640, 360, x, 180), { ...YOUTUBE, width: 1080, height: 1920 });
    const { rows, columns } = disksOf(image);
    const diameter = 90 * (1920 / 360);
    expect(Math.abs(rows.length - diameter)).toBeLessThan(24);
    expect(Math.abs(columns.length - diameter)).toBeLessThan(24);
  });

  it("of an upright film shows all of it before a darkened backdrop when asked to", async () => {
    const frame = await disk(144, 256, 72, 20);
    const { image, crop } = await fitFrame(frame, { ...YOUTUBE, fit: "backdrop" });
    expect(crop).toEqual({ left: 0, top: 0, width: 144, height: 256 });
    expect(Math.min(...disksOf(image).rows)).toBeLessThan(10);
    const level = (x: number, y: number) => image.data[3 * (y * 1280 + x) + 1]!;
    expect(level(640, 600)).toBeGreaterThan(95);
    expect(level(30, 600)).toBeLessThan(75);
    expect(level(30, 600)).toBeGreaterThan(40);
  });

  it("of its size is that frame", async () => {
    const frame = await disk(1280, 720, 300, 200);
    const { sizes, enlarge } = doubler();
    const { image } = await fitFrame(frame, { ...YOUTUBE, enlarge });
    expect(image).toBe(frame);
    expect(sizes).toEqual([]);
  });

  it("goes through the network until it covers the still, cropped first, twice at most", async () => {
    const near = doubler();
    const fitted = await fitFrame(await disk(512, 512, 256, 100), { ...YOUTUBE, enlarge: near.enlarge });
    expect(near.sizes).toEqual(["512x288", "1024x576"]);
    expect(fitted).toMatchObject({ enlargements: 2, crop: { width: 512, height: 288 } });
    const far = doubler();
    await fitFrame(await disk(64, 36, 32, 18), { ...YOUTUBE, enlarge: far.enlarge });
    expect(far.sizes).toHaveLength(2);
    const large = doubler();
    await fitFrame(await disk(1920, 1080, 900, 500), { ...YOUTUBE, enlarge: large.enlarge });
    expect(large.sizes).toEqual([]);
  });

  it.each([
    ["crop", 360, 640],
    ["backdrop", 360, 640],
    ["crop", 640, 360],
    ["backdrop", 640, 360],
  ] as const)("by %s at %i×%i tells where what is kept is seen", async (fit, width, height) => {
    const frame = await disk(640, 360, 560, 120);
    const keep = [{ left: 515, top: 75, width: 90, height: 90 }];
    const { image, kept } = await fitFrame(frame, { width, height, fit, enlarge: null, keep });
    const { rows, columns } = disksOf(image);
    expect(kept).toHaveLength(1);
    const { left, top, width: across, height: down } = kept[0]!;
    expect(Math.abs(left - Math.min(...columns))).toBeLessThan(4);
    expect(Math.abs(left + across - Math.max(...columns))).toBeLessThan(4);
    expect(Math.abs(top - Math.min(...rows))).toBeLessThan(4);
    expect(Math.abs(top + down - Math.max(...rows))).toBeLessThan(4);
  });

  it("shows nothing of what had no place beside the largest", async () => {
    const keep = [
      { left: 500, top: 100, width: 100, height: 100 },
      { left: 20, top: 100, width: 80, height: 80 },
    ];
    const frame = await disk(640, 360, 320, 180);
    const { kept } = await fitFrame(frame, { ...YOUTUBE, width: 90, height: 160, keep });
    expect(kept).toHaveLength(1);
  });
});
