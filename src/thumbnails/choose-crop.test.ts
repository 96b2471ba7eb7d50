import { describe, expect, it } from "vitest";
import type { Area } from "../scoring/luma.ts";
import type { ByteImage } from "../tensor/image.ts";
import { drawFrame, drawPerson } from "../../test/support/drawn-frames.ts";
import { chooseCrop } from "./choose-crop.ts";

const SCENERY =
  '<rect width="100%" height="100%" fill="#8fc3ea"/><rect y="80%" width="100%" height="20%" fill="#6a9a58"/>';

/** A gray frame with a red block. */
function block(width: number, height: number, top: number, left: number, side: number): ByteImage {
  const data = new Uint8Array(3 * width * height).fill(120);
  for (let y = top; y < top + side; y++) {
    for (let x = left; x < left + side; x++) data.set([220, 30, 20], 3 * (y * width + x));
  }
  return { width, height, data };
}

describe("chooseCrop", () => {
  it("takes all of a frame that has the aspect already", () => {
    expect(chooseCrop(block(160, 90, 0, 0, 9), 1280, 720)).toEqual({
      left: 0,
      top: 0,
      width: 160,
      height: 90,
    });
  });

  it("keeps the upper middle of a frame without a subject", () => {
    const { top, height } = chooseCrop(block(256, 256, 0, 0, 0), 1280, 720);
    expect(height).toBe(144);
    expect(top).toBeGreaterThan(5);
    expect(top).toBeLessThan(56);
  });

  it.each([0, 60, 130, 216])("holds a subject at row %i whole", (row) => {
    const { top, height } = chooseCrop(block(256, 256, row, 100, 40), 1280, 720);
    expect(top).toBeLessThanOrEqual(row);
    expect(top + height).toBeGreaterThanOrEqual(row + 40);
  });

  it("follows a subject sideways in a frame that is too wide", () => {
    const { left, width } = chooseCrop(block(400, 100, 30, 350, 40), 1, 1);
    expect(width).toBe(100);
    expect(left).toBeLessThanOrEqual(350);
    expect(left + width).toBeGreaterThanOrEqual(390);
  });

  it("prefers the subject to a ragged background of many edges", () => {
    const frame = block(256, 256, 40, 90, 70);
    for (let y = 170; y < 256; y++) {
      for (let x = 0; x < 256; x++)
        frame.data.fill((x + y) % 2 === 0 ? 160 : 90, 3 * (y * 256 + x), 3 * (y * 256 + x) + 3);
    }
    expect(chooseCrop(frame, 1280, 720).top).toBeLessThanOrEqual(40);
  });

  it.each([
    ["top left", 60, 10],
    ["top", 180, 10],
    ["middle", 180, 200],
    ["right", 300, 120],
    ["bottom", 180, 300],
  ])("keeps the head of somebody at the %s of an upright film in a wide still", async (_place, x, y) => {
    const frame = await drawFrame(360, 640, SCENERY + drawPerson(x, y, 330));
    const { top, height, left, width } = chooseCrop(frame, 16, 9);
    expect([left, width, height]).toEqual([0, 360, 203]);
    expect(top).toBeLessThanOrEqual(y);
    // Down to the shoulders at least.
    expect(top + height).toBeGreaterThanOrEqual(y + 0.35 * 330);
  });

  it.each([
    ["left", 40],
    ["middle", 320],
    ["right", 600],
  ])("keeps somebody on the %s of a wide film whole in an upright still", async (_place, x) => {
    const frame = await drawFrame(640, 360, SCENERY + drawPerson(x, 90, 220));
    const { left, width, top, height } = chooseCrop(frame, 9, 16);
    expect([top, width, height]).toEqual([0, 203, 360]);
    expect(left).toBeLessThanOrEqual(x - 25);
    expect(left + width).toBeGreaterThanOrEqual(x + 25);
  });

  it("keeps the head of somebody who is too wide for the still", async () => {
    const cape = '<path d="M40 150L430 120L420 250L20 300Z" fill="#b3202a"/>';
    const frame = await drawFrame(640, 360, SCENERY + cape + drawPerson(440, 40, 250));
    const { left, width } = chooseCrop(frame, 9, 16);
    expect(left).toBeLessThanOrEqual(415);
    expect(left + width).toBeGreaterThanOrEqual(465);
  });
});

/** What draws the eye in the middle, and a face that is hardly to be told from the wall. */
async function paleFace(width: number, height: number, faces: readonly Area[]): Promise<ByteImage> {
  const drawn = faces.map(
    ({ left, top, width: across, height: down }) =>
      `<ellipse cx="${left + across / 2}" cy="${top + down / 2}" rx="${across / 2}" ry="${down / 2}" fill="#cfc4bb"/>`,
  );
  const sign = `<circle cx="${width / 2}" cy="${height / 2}" r="${Math.min(width, height) / 8}" fill="#f20"/>`;
  return await drawFrame(
    width,
    height,
    `<rect width="100%" height="100%" fill="#c8c4c0"/>${sign}${drawn.join("")}`,
  );
}

function isWhole(area: Area, crop: Area): boolean {
  const isAcross = area.left >= crop.left && area.left + area.width <= crop.left + crop.width;
  return isAcross && area.top >= crop.top && area.top + area.height <= crop.top + crop.height;
}

describe("chooseCrop with something to keep", () => {
  it.each([
    ["at the left edge", { left: 0, top: 120, width: 60, height: 80 }, 9, 16],
    ["on the left", { left: 40, top: 120, width: 60, height: 80 }, 9, 16],
    ["on the right", { left: 530, top: 20, width: 60, height: 80 }, 9, 16],
    ["at the right edge", { left: 580, top: 120, width: 60, height: 80 }, 1, 1],
  ])("holds a face %s of a wide film that does not draw the eye", async (_place, face, width, height) => {
    const frame = await paleFace(640, 360, [face]);
    expect(isWhole(face, chooseCrop(frame, width, height)), "without a detector").toBe(false);
    const crop = chooseCrop(frame, width, height, [face]);
    expect(isWhole(face, crop)).toBe(true);
    expect([crop.top, crop.height]).toEqual([0, 360]);
    // As much room beside it as the frame has, up to 12 % of the still.
    const room = Math.min(face.width / 2, 0.12 * crop.width) - 1;
    expect(face.left - crop.left).toBeGreaterThanOrEqual(Math.min(room, face.left));
    const right = face.left + face.width;
    expect(crop.left + crop.width - right).toBeGreaterThanOrEqual(Math.min(room, 640 - right));
  });

  it.each([0, 30, 100, 560])(
    "holds a face %i below the top of an upright film, with room for hair",
    async (top) => {
      const face = { left: 130, top, width: 60, height: 80 };
      const crop = chooseCrop(await paleFace(360, 640, [face]), 16, 9, [face]);
      expect([crop.left, crop.width, crop.height]).toEqual([0, 360, 203]);
      expect(isWhole(face, crop)).toBe(true);
      expect(top - crop.top).toBeGreaterThanOrEqual(Math.min(top, 24));
    },
  );

  it("holds two faces where they fit together", async () => {
    const faces = [
      { left: 60, top: 100, width: 90, height: 110 },
      { left: 340, top: 120, width: 70, height: 90 },
    ];
    const crop = chooseCrop(await paleFace(640, 360, faces), 1, 1, faces);
    expect(faces.map((face) => isWhole(face, crop))).toEqual([true, true]);
  });

  it("holds the largest of two that are far apart, and cuts the other nowhere", async () => {
    const faces = [
      { left: 40, top: 100, width: 90, height: 110 },
      { left: 230, top: 120, width: 70, height: 90 },
    ];
    const crop = chooseCrop(await paleFace(640, 360, faces), 9, 16, faces);
    expect(isWhole(faces[0]!, crop)).toBe(true);
    expect(crop.left + crop.width).toBeLessThanOrEqual(230);
  });

  it("shows the upper part of somebody too tall for the still, with room above, and stays within somebody too wide", async () => {
    const tall = { left: 120, top: 150, width: 130, height: 450 };
    const high = chooseCrop(await paleFace(360, 640, [tall]), 16, 9, [tall]);
    expect(150 - high.top).toBe(24);
    const wide = { left: 300, top: 90, width: 320, height: 200 };
    const { left, width } = chooseCrop(await paleFace(640, 360, [wide]), 9, 16, [wide]);
    expect(left).toBeGreaterThanOrEqual(300);
    expect(left + width).toBeLessThanOrEqual(620);
  });

  it("that a crop holds anyhow stays as it is", async () => {
    const frame = await drawFrame(640, 360, SCENERY + drawPerson(320, 90, 220));
    const face = { left: 302, top: 100, width: 36, height: 40 };
    expect(chooseCrop(frame, 9, 16, [face])).toEqual(chooseCrop(frame, 9, 16));
  });
});
