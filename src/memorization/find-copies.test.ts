/** Copies are found, whatever was done to them; other drawings of the same style are not. */
import sharp, { type Sharp } from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import type { ByteImage } from "../tensor/image.ts";
import { drawnScene } from "../../test/support/drawn-scene.ts";
import { findNearest, type Reference } from "./find-copies.ts";
import { printPicture } from "./picture-print.ts";
import { preparePrint } from "./prepared-print.ts";

const COUNT = 24;
let references: Reference[];

async function picture(pipeline: Sharp): Promise<ByteImage> {
  const { data, info } = await pipeline.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

const scene = (seed: number) => sharp(drawnScene(seed));

const title = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"><rect x="20" y="170" width="280" height="50" fill="#ffe14d"/><path d="M40 180h20v30h-20zM80 180h40v8h-40zM140 180h12v30h-12zM180 180l20 30l20 -30z" fill="#000"/></svg>`;

beforeAll(async () => {
  references = await Promise.all(
    Array.from({ length: COUNT }, async (_, seed) => ({
      file: `${seed}`,
      print: preparePrint(printPicture(await picture(scene(seed)))),
    })),
  );
});

describe("a copy is found that was", () => {
  it.each<[string, (seed: number) => Sharp | Promise<Sharp>]>([
    ["left as it is", scene],
    ["mirrored", (seed) => scene(seed).flop()],
    [
      "cut by a tenth at each side",
      (seed) => scene(seed).extract({ left: 16, top: 12, width: 288, height: 216 }),
    ],
    ["cut at two sides", (seed) => scene(seed).extract({ left: 45, top: 0, width: 275, height: 206 })],
    ["cut to 16:9", (seed) => scene(seed).extract({ left: 0, top: 20, width: 320, height: 180 })],
    ["squeezed", (seed) => scene(seed).resize(200, 240, { fit: "fill" })],
    ["given bars", (seed) => scene(seed).extend({ left: 60, right: 60, background: "black" })],
    ["enlarged four times", (seed) => scene(seed).resize(1280, 960)],
    ["compressed", async (seed) => sharp(await scene(seed).jpeg({ quality: 20 }).toBuffer())],
    ["recolored", (seed) => scene(seed).modulate({ hue: 40, saturation: 0.6, brightness: 1.15 })],
    ["made gray", (seed) => scene(seed).modulate({ saturation: 0 })],
    ["written on", (seed) => scene(seed).composite([{ input: Buffer.from(title) }])],
  ])("%s", async (_, alter) => {
    for (const seed of [0, 19]) {
      const nearest = findNearest(await picture(await alter(seed)), references);
      expect(nearest).toMatchObject({ reference: `${seed}`, isCopy: true });
    }
  });
});

it("tells where the copy lies and that it is mirrored", async () => {
  const cut = scene(3).extract({ left: 32, top: 24, width: 288, height: 216 });
  const nearest = findNearest(await picture(sharp(await cut.png().toBuffer()).flop()), references)!;
  expect(nearest.placement.mirrored).toBe(true);
  expect(nearest.placement.left).toBeCloseTo(0.1, 1.5);
  expect(nearest.placement.top).toBeCloseTo(0.1, 1.5);
  expect(nearest.placement.width).toBeCloseTo(0.9, 1.5);
  expect(nearest.ssim).toBeGreaterThan(0.9);
});

it("gives a picture itself with all numbers at their best", async () => {
  const nearest = findNearest(await picture(scene(5)), references)!;
  expect(nearest).toMatchObject({ reference: "5", hashDistance: 0, isCopy: true });
  expect(nearest.ssim).toBeGreaterThan(0.98);
  expect(nearest.sharedDetail).toBeGreaterThan(0.85);
});

it("takes no other drawing of the same style for a copy", async () => {
  for (let seed = COUNT; seed < COUNT + 12; seed++) {
    const nearest = findNearest(await picture(scene(seed)), references)!;
    expect(nearest.isCopy, `scene ${seed} and ${nearest.reference}: ${nearest.sharedDetail}`).toBe(false);
  }
});

it("finds nothing to compare in a plain picture, and nothing among no references", async () => {
  const plain = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(90) };
  expect(findNearest(plain, references)).toBeUndefined();
  expect(findNearest(await picture(scene(1)), [])).toBeUndefined();
});

it("takes a picture of a single pixel", () => {
  expect(findNearest({ width: 1, height: 1, data: new Uint8Array(3) }, references)).toBeUndefined();
});
