import { afterAll, describe, expect, it } from "vitest";
import { TINY_REQUEST } from "../../test/support/tiny-request.ts";
import type { DiffusionModel } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import type { RgbImage } from "../tensor/image.ts";
import { renderImage } from "./img2img.ts";
import { type MaskFill, renderMasked } from "./inpaint.ts";
import type { Mask } from "./mask.ts";

const model = await openModel("test/fixtures/tiny-sd15", { optimization: "extended" });
afterAll(() => model.release());

const request = { ...TINY_REQUEST, sampler: "euler", strength: 0.3 };

/** 1 where the test says so. */
function maskOf(isMasked: (x: number, y: number) => boolean): Mask {
  const data = Float32Array.from({ length: 48 * 32 }, (_, i) =>
    isMasked(i % 48, Math.floor(i / 48)) ? 1 : 0,
  );
  return { width: 48, height: 32, data };
}

const right = maskOf((x) => x >= 24);

/** Mean absolute difference of the pixels that a test picks. */
function meanDifference(one: RgbImage, two: RgbImage, isPicked: (x: number, y: number) => boolean): number {
  let [sum, count] = [0, 0];
  one.data.forEach((value, i) => {
    const pixel = Math.floor(i / 3);
    if (!isPicked(pixel % 48, Math.floor(pixel / 48))) return;
    sum += Math.abs(value - two.data[i]!);
    count++;
  });
  return sum / count;
}

function inSpot(x: number, y: number): boolean {
  return x >= 20 && x < 26 && y >= 12 && y < 16;
}

describe("renderMasked", () => {
  it("keeps every pixel outside the mask and draws inside", async () => {
    const { image } = await renderMasked(model, request, {
      mask: right,
      fill: "original",
      onlyMaskedPadding: null,
    });
    expect(meanDifference(image, request.image, (x) => x < 24)).toBe(0);
    expect(meanDifference(image, request.image, (x) => x >= 24)).toBeGreaterThan(0.02);
  });

  it("gives img2img's picture under a white mask", async () => {
    const white = maskOf(() => true);
    const { image } = await renderMasked(model, request, {
      mask: white,
      fill: "original",
      onlyMaskedPadding: null,
    });
    expect(image).toEqual((await renderImage(model, request)).image);
  });

  it("gives the start picture under a black mask, without a step", async () => {
    const black = maskOf(() => false);
    const rendered = await renderMasked(model, request, {
      mask: black,
      fill: "noise",
      onlyMaskedPadding: null,
    });
    expect(rendered.image).toBe(request.image);
    expect(rendered.evaluations).toBe(0);
  });

  it("tells the network at every step what is kept: its latent walks back to the start picture's there", async () => {
    const latents: Float32Array[] = [];
    await renderMasked(
      model,
      { ...request, onStep: ({ x }) => latents.push(x.slice()) },
      { mask: right, fill: "original", onlyMaskedPadding: null },
    );
    const last = latents.at(-1)!;
    const encoded = await encodeOf(request.image);
    last.forEach((value, i) => {
      if (i % 24 < 12) expect(value).toBeCloseTo(encoded[i]!, 4);
    });
  });

  it.each(["fill", "noise", "nothing"] as const)("starts the masked part from %s", async (fill: MaskFill) => {
    const options = { mask: right, onlyMaskedPadding: null };
    const from = async (start: MaskFill) =>
      (await renderMasked(model, { ...request, strength: 0.8 }, { ...options, fill: start })).image;
    const [original, other] = [await from("original"), await from(fill)];
    expect(meanDifference(original, other, (x) => x < 24)).toBe(0);
    expect(meanDifference(original, other, (x) => x >= 24)).toBeGreaterThan(0.005);
    expect(await from(fill)).toEqual(other);
  });

  it("draws only the masked part at full size when asked, and leaves the rest", async () => {
    const spot = maskOf(inSpot);
    const seen: number[][] = [];
    const watched: DiffusionModel = {
      ...model,
      encodeImage: async (tensor) => {
        seen.push([...tensor.dims]);
        return await model.encodeImage(tensor);
      },
    };
    const options = { mask: spot, fill: "original" as const };
    const close = await renderMasked(watched, request, { ...options, onlyMaskedPadding: 2 });
    const far = await renderMasked(model, request, { ...options, onlyMaskedPadding: null });
    expect(seen[0]).toEqual([1, 3, 32, 48]);
    expect(meanDifference(close.image, request.image, (x, y) => !inSpot(x, y))).toBe(0);
    expect(meanDifference(close.image, far.image, inSpot)).toBeGreaterThan(0.005);
  });
});

async function encodeOf({ width, height, data }: RgbImage): Promise<Float32Array> {
  const planes = new Float32Array(data.length);
  const area = width * height;
  data.forEach((value, i) => (planes[(i % 3) * area + Math.floor(i / 3)] = value * 2 - 1));
  const { mean } = await model.encodeImage({ dims: [1, 3, height, width], data: planes });
  return mean.data.map((value) => value * model.info.latentScale);
}
