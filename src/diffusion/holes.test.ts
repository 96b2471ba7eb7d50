import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { TINY_REQUEST } from "../../test/support/tiny-request.ts";
import { openModel } from "../models/open-model.ts";
import type { RgbImage } from "../tensor/image.ts";
import { cellFreedom, holdCells, widenWalk } from "./holes.ts";
import { renderImage } from "./img2img.ts";

const model = await openModel("test/fixtures/tiny-sd15", { optimization: "extended" });
afterAll(() => model.release());

const request = { ...TINY_REQUEST, sampler: "euler", strength: 0.8 };
const { vaeFactor } = model.info;

function freedomOf(isHole: (x: number) => boolean): Float32Array {
  const holes = Float32Array.from({ length: 48 * 32 }, (_, i) => (isHole(i % 48) ? 1 : 0));
  return cellFreedom(holes, 48, 32, vaeFactor);
}

/** Mean absolute difference of the pixels in some columns. */
function meanDifference(one: RgbImage, two: RgbImage, isPicked: (x: number) => boolean): number {
  const picked = [...one.data.keys()].filter((i) => isPicked(Math.floor(i / 3) % one.width));
  return picked.reduce((sum, i) => sum + Math.abs(one.data[i]! - two.data[i]!), 0) / picked.length;
}

async function allNine(x: Float32Array): Promise<Float32Array> {
  return x.map(() => 9);
}

describe("the walk of a picture with holes", () => {
  const all = Float64Array.of(14, 8, 5, 3, 1, 0);
  const cut = all.subarray(3);

  it("begins where its freest cell begins, and releases each cell at a level of its own", () => {
    expect(widenWalk(all, cut, Float32Array.of(0, 1, 0.34))).toEqual({
      sigmas: all,
      releases: Float64Array.of(3, 14, 5),
    });
    expect([...widenWalk(all, cut, Float32Array.of(0, 0.6)).sigmas]).toEqual([8, 5, 3, 1, 0]);
  });

  it("is the usual one without holes, also from a level between two of the list", () => {
    expect(widenWalk(all, cut, Float32Array.of(0, 0)).sigmas).toEqual(cut);
    const fine = Float64Array.of(4, 3, 1, 0);
    expect([...widenWalk(all, fine, Float32Array.of(0, 1)).sigmas]).toEqual([14, 8, 5, 4, 3, 1, 0]);
  });

  it("is as free in a cell as the cell is a hole, and quite free from half of it", () => {
    const holes = Float32Array.of(1, 1, 0, 0, 1, 0, 0, 0, /**/ 1, 1, 0, 0, 0, 0, 0, 0);
    const freedom = cellFreedom(holes, 8, 2, 2);
    expect(freedom).toHaveLength(4);
    expect(freedom[0]).toBe(1);
    expect(freedom[3]).toBe(0);
    expect(freedom[2]).toBeGreaterThan(0.3);
    expect(freedom[2]).toBeLessThan(1);
  });
});

describe("a picture with holes", () => {
  it("is to the bit that of img2img when no cell is one", async () => {
    const plain = await renderImage(model, request);
    const none = await renderImage(model, { ...request, freedom: freedomOf(() => false) });
    expect(none.image).toEqual(plain.image);
    expect(none.evaluations).toBe(plain.evaluations);
  });

  it("holds each cell at the start picture above its level, and lets it go below", async () => {
    const held = holdCells(allNine, Float32Array.of(1, 2, 3, 4), Float64Array.of(5, 0.5));
    expect(await held(new Float32Array(4), 8)).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(await held(new Float32Array(4), 5)).toEqual(Float32Array.of(9, 2, 9, 4));
    expect(await held(new Float32Array(4), 0.5)).toEqual(Float32Array.of(9, 9, 9, 9));
  });

  it("is drawn anew in the hole by storybook, kept by the strength elsewhere, and the same every time", async () => {
    const storybook = await openModel("presets/models/storybook", { threads: 1 });
    onTestFinished(() => storybook.release());
    const [width, height] = [128, 64];
    // A blue sky, smeared to the right as a camera does that goes there.
    const data = Float32Array.from({ length: 3 * width * height }, (_, i) => [0.3, 0.55, 0.9][i % 3]!);
    const holes = Float32Array.from({ length: width * height }, (_, i) => (i % width >= 64 ? 1 : 0));
    const drawing = {
      ...request,
      image: { width, height, data },
      width,
      height,
      prompts: [{ text: "a red rocket flies in space", weight: 1 }],
      strength: 0.9,
    };
    const freedom = cellFreedom(holes, width, height, storybook.info.vaeFactor);
    const { image, evaluations } = await renderImage(storybook, { ...drawing, freedom });
    expect(evaluations).toBe(6);
    const changeOf = (isPicked: (x: number) => boolean) =>
      meanDifference(image, drawing.image, (x) => isPicked(x));
    expect(changeOf((x) => x >= 64)).toBeGreaterThan(0.15);
    expect(changeOf((x) => x < 56)).toBeLessThan(0.08);
    expect((await renderImage(storybook, { ...drawing, freedom })).image).toEqual(image);
  });

  it("does not depend on what lay in a hole that is the whole picture", async () => {
    const black = { ...request.image, data: request.image.data.map(() => 0) };
    const everywhere = freedomOf(() => true);
    const [one, two, plainOne, plainTwo] = await Promise.all(
      [request.image, black].flatMap((image) => [
        renderImage(model, { ...request, image, freedom: everywhere }),
        renderImage(model, { ...request, image }),
      ]),
    ).then(([a, b, c, d]) => [a!.image, c!.image, b!.image, d!.image] as const);
    expect(meanDifference(one, two, () => true)).toBeLessThan(
      meanDifference(plainOne, plainTwo, () => true) / 3,
    );
  });
});
