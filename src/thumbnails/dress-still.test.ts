/** Stills with titles and logos: where they are drawn, what is told, and that no text becomes markup. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { drawFrame, drawPerson } from "../../test/support/drawn-frames.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { FileError } from "../errors.ts";
import type { Area } from "../scoring/luma.ts";
import { settingsSchema } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { drawTitle } from "./draw-title.ts";
import { dressStill, openDress } from "./dress-still.ts";
import { overlap, safeZoneOf } from "./safe-zone.ts";

const SKY = '<rect width="100%" height="100%" fill="#8fc3ea"/>';
const LEFT = await drawFrame(640, 360, SKY + drawPerson(140, 40, 300));
const RIGHT = await drawFrame(640, 360, SKY + drawPerson(500, 40, 300));

async function dressed(still: ByteImage, changes: object, folder = ".", kept: readonly Area[] = []) {
  const { thumbnails } = settingsSchema.parse({ prompts: "x", thumbnails: changes });
  const dress = await openDress(thumbnails, folder);
  return { ...(await dressStill(still, dress, kept)), missing: dress.warnings };
}

/** The smallest area outside of which nothing has changed by more than a shadow does. */
function changedArea(before: ByteImage, after: ByteImage): Area {
  const { width, height } = before;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let i = 0; i < before.data.length; i++) {
    if (Math.abs(before.data[i]! - after.data[i]!) < 150) continue;
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return { left, top, width: right + 1 - left, height: bottom + 1 - top };
}

describe("a title", () => {
  it.each([
    ["top", (area: Area) => area.top < 20 && area.top + area.height < 180],
    ["bottom", (area: Area) => area.top > 180],
    ["left", (area: Area) => area.left < 40 && area.left + area.width < 330],
    ["right", (area: Area) => area.left > 310],
    ["center", (area: Area) => Math.abs(area.left + area.width / 2 - 320) < 4],
  ])("is drawn at the %s, where its layout says", async (position, fits) => {
    const { image, title } = await dressed(LEFT, { title: { text: "HE CAN FLY", position } });
    const area = changedArea(LEFT, image);
    expect(fits(area), JSON.stringify(area)).toBe(true);
    for (const side of ["left", "top", "width", "height"] as const) {
      expect(Math.abs(area[side] - title!.area[side])).toBeLessThan(8);
    }
  });

  it.each([
    ["left", LEFT, "right"],
    ["right", RIGHT, "left"],
  ])("goes to the other side of somebody on the %s by itself", async (_place, still, side) => {
    const { title } = await dressed(still, { title: { text: "HE CAN REALLY FLY" } });
    expect(title!.position).toBe(side);
  });

  it("keeps off the badge, the edges and the logo", async () => {
    const folder = await temporaryFolder();
    await sharp({ create: { width: 90, height: 90, channels: 4, background: "#0f0" } })
      .png()
      .toFile(join(folder, "logo.png"));
    const { badge, area } = safeZoneOf(LEFT, { margin: 0.05, badge_width: 0.22, badge_height: 0.2 });
    const corners = ["top-left", "top-right", "bottom-left", "bottom-right"];
    for (const [i, position] of ["top", "bottom", "left", "right", "auto"].entries()) {
      for (const corner of [corners[i % 4], corners[(i + 1) % 4]]) {
        const changes = { title: { text: "HE CAN FLY", position }, logo: { file: "logo.png", corner } };
        const { title, logo, warnings } = await dressed(LEFT, changes, folder);
        expect(overlap(title!.area, logo!)).toBe(0);
        expect(overlap(title!.area, badge!)).toBe(0);
        expect(overlap(logo!, badge!)).toBe(0);
        expect(overlap(title!.area, area)).toBeCloseTo(title!.area.width * title!.area.height, 3);
        expect(warnings.join()).not.toContain("badge covers");
      }
    }
  });

  it.each([
    ["left", { left: 30, top: 90, width: 110, height: 140 }],
    ["right", { left: 500, top: 60, width: 110, height: 140 }],
    ["top", { left: 250, top: 10, width: 120, height: 120 }],
    ["bottom", { left: 250, top: 230, width: 120, height: 120 }],
    ["middle", { left: 260, top: 110, width: 120, height: 140 }],
  ])("keeps off what a detector found at the %s, and is told to stand there in vain", async (place, face) => {
    const wall = await drawFrame(640, 360, SKY);
    const position = place === "middle" ? "center" : place;
    for (const asked of ["auto", position]) {
      const changes = { title: { text: "HE CAN REALLY FLY", position: asked } };
      const { title, warnings } = await dressed(wall, changes, ".", [face]);
      expect(overlap(title!.area, face), asked).toBe(0);
      expect(warnings.join()).not.toContain("the detector found");
    }
  });

  it("over a face that fills the still, a logo and the badge on faces are told", async () => {
    const folder = await temporaryFolder();
    await sharp({ create: { width: 90, height: 90, channels: 4, background: "#0f0" } })
      .png()
      .toFile(join(folder, "logo.png"));
    const changes = { title: { text: "HE CAN FLY" }, logo: { file: "logo.png", corner: "top-left" } };
    const all = [{ left: 0, top: 0, width: 640, height: 360 }];
    const near = await dressed(RIGHT, changes, folder, all);
    expect(near.warnings.join()).toMatch(/the title hides \d\d % of something that the detector found/);
    const corners = [
      { left: 20, top: 10, width: 100, height: 110 },
      { left: 540, top: 240, width: 90, height: 100 },
    ];
    const { warnings } = await dressed(LEFT, changes, folder, corners);
    expect(warnings.join()).toMatch(/the logo hides \d\d % of something that the detector found/);
    expect(warnings.join()).toMatch(/the duration badge hides \d\d % of something that the detector found/);
  });

  it("that cannot be read, hides the subject or lies under the badge is told", async () => {
    const words = "a title of far too many words that nobody will ever read on a telephone anywhere at all";
    const small = await dressed(LEFT, { title: { text: words, position: "top", size: 0.5 } });
    expect(small.warnings.join()).toMatch(/letters are [1-5]\.\d pixels high where the still is 120 wide/);
    const over = await dressed(LEFT, { title: { text: "WHO", position: "left" } });
    expect(over.warnings.join()).toMatch(/the title hides \d\d % of what draws the eye; try another/);
  });

  it.each([
    ["markup", `</svg><script>alert(1)</script>&lt;"'`],
    ["entities", "&bomb;&#0;<!ENTITY a SYSTEM 'file:///etc/passwd'>"],
    ["controls", "a\u0000\u001b]0;x\u0007\u202e b"],
    ["emoji", "GO 🚀👨‍👩‍👧🇩🇪 NOW"],
    ["other scripts", "שלום سلام 日本"],
    ["halves of characters", "\ud83d A \ude00"],
    ["one long word", "A".repeat(200)],
    ["many words", "ab ".repeat(66)],
    ["nothing", " \n "],
  ])("of %s is drawn or left out, and never becomes markup", async (_kind, text) => {
    const { image, title } = await dressed(LEFT, { title: { text } });
    expect(image.data).toHaveLength(LEFT.data.length);
    if (!title) return expect(image.data).toBe(LEFT.data);
    const svg = drawTitle(title, { color: "#fff", outline: "#000", outlineWidth: 0.1 }, image);
    const tags = new Set(Array.from(svg.matchAll(/<\/?([^\s>/]+)/g), ([, tag]) => tag));
    expect(tags).toEqual(new Set(["svg", "g", "path"]));
    expect(svg).not.toMatch(/&|NaN|Infinity/);
  });

  it("says which characters its font lacks", async () => {
    const { missing } = await dressed(LEFT, { title: { text: "GO 🚀" } });
    expect(missing).toHaveLength(1);
    expect(missing[0]).toContain("has no 🚀: left out of the title");
  });
});

describe("a logo", () => {
  it("keeps its transparency and its shape, and stands above the badge", async () => {
    const folder = await temporaryFolder();
    const ring =
      '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40"><rect width="40" height="40" fill="#f0f"/></svg>';
    await sharp(Buffer.from(ring)).png().toFile(join(folder, "logo.png"));
    const { image, logo } = await dressed(
      LEFT,
      { logo: { file: "logo.png", corner: "bottom-right" } },
      folder,
    );
    expect(logo).toEqual({ left: 539, top: 243, width: 90, height: 45 });
    const at = (x: number, y: number) => [...image.data.subarray(3 * (y * 640 + x), 3 * (y * 640 + x) + 3)];
    expect(at(560, 265)).toEqual([255, 0, 255]);
    expect(at(610, 265)).toEqual([...LEFT.data.subarray(3 * (265 * 640 + 610), 3 * (265 * 640 + 610) + 3)]);
  });

  it("and a font that cannot be read are told with their setting", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "logo.png"), "no picture");
    const open = async (changes: object) => {
      const { thumbnails } = settingsSchema.parse({ prompts: "x", thumbnails: changes });
      const told: string[] = [];
      await openDress(thumbnails, folder, (error, setting) => {
        told.push(`${setting.join(".")}: ${error instanceof FileError ? error.message : "?"}`);
        return error;
      }).catch(() => {});
      return told.join();
    };
    expect(await open({ logo: { file: "logo.png" } })).toBe(
      "thumbnails.logo.file: expected a picture (PNG, JPEG, WEBP), found other bytes",
    );
    expect(await open({ title: { text: "a", font: "none.ttf" } })).toBe(
      "thumbnails.title.font: there is no such file",
    );
    // Without words no font is opened.
    expect(await open({ title: { font: "none.ttf" } })).toBe("");
  });
});

it("of an even picture warns of nothing: nothing draws the eye there", async () => {
  const even = await drawFrame(320, 180, '<rect width="320" height="180" fill="#456"/>');
  expect((await dressed(even, { title: { text: "GO" } })).warnings).toEqual([]);
});

it("without title and logo is the same picture", async () => {
  expect((await dressed(LEFT, {})).image.data).toBe(LEFT.data);
});
