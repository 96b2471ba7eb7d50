import { afterAll, describe, expect, it } from "vitest";
import { worstDifference } from "../../test/support/golden.ts";
import { readingGolden } from "../../test/support/golden-inputs.ts";
import { GOLDEN_REQUEST } from "../../test/support/tiny-request.ts";
import { openControlNet } from "../models/open-controlnet.ts";
import { openModel } from "../models/open-model.ts";
import type { DiffusionModel, Residuals, TextEmbedding } from "../models/model.ts";
import { readFloats, readSafetensors } from "../models/safetensors.ts";
import type { RgbImage } from "../tensor/image.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { type ControlUnit, createControl } from "./control.ts";
import { toImageTensor, toRgbImage } from "./image-tensor.ts";
import { renderImage } from "./img2img.ts";

const model = await openModel("test/fixtures/tiny-sd15", { optimization: "extended" });
const network = await openControlNet("test/fixtures/tiny-controlnet", model, { optimization: "extended" });
afterAll(async () => {
  await network.release();
  await model.release();
});

const golden = await readSafetensors("test/fixtures/tiny-controlnet/golden.safetensors");

/** Planes of 0–1 as a picture; the inverse of what the network is shown. */
function toPicture({ dims, data }: Tensor): RgbImage {
  return toRgbImage({ dims, data: data.map((value) => value * 2 - 1) });
}

const picture = toPicture(await readFloats(golden, "control_image"));
const goldenModel = readingGolden(model);
const unit: ControlUnit = { network, picture, weight: 0.7, start: 0, end: 1 };

describe("renderImage with a ControlNet", () => {
  it("repeats the noisy start, the latents and the picture of diffusers 0.42.1 at scale 0.7", async () => {
    const latents: Float32Array[] = [];
    const starts: Float32Array[] = [];
    const watched: DiffusionModel = {
      ...goldenModel,
      predict: (both, ...rest) => {
        starts.push(both.data.slice(0, both.data.length / 2));
        return goldenModel.predict(both, ...rest);
      },
    };
    const { image } = await renderImage(watched, {
      ...GOLDEN_REQUEST,
      controls: [unit],
      onStep: ({ x, sigma }) => latents.push(x.map((value) => value / Math.sqrt(1 + sigma * sigma))),
    });
    const expectGolden = async (found: Float32Array, name: string) =>
      expect(
        worstDifference(found, (await readFloats(golden, `img2img_controlnet0.7.${name}`)).data),
      ).toBeLessThan(1e-4);
    await expectGolden(starts[0]!, "noisy");
    expect(latents).toHaveLength(3);
    for (const [i, latent] of latents.entries()) await expectGolden(latent, `latents.${i}`);
    const expected = toRgbImage(await readFloats(golden, "img2img_controlnet0.7.image"));
    expect(worstDifference(image.data, expected.data)).toBeLessThan(1e-4);
  });

  it.each(["prompt", "control"] as const)(
    "repeats the latents and the picture of diffusers 0.42.1 with guess mode's scales in mode %s",
    async (mode) => {
      const modes = await readSafetensors("test/fixtures/tiny-controlnet/golden-modes.safetensors");
      const latents: Float32Array[] = [];
      const { image } = await renderImage(goldenModel, {
        ...GOLDEN_REQUEST,
        controls: [{ ...unit, mode }],
        onStep: ({ x, sigma }) => latents.push(x.map((value) => value / Math.sqrt(1 + sigma * sigma))),
      });
      expect(latents).toHaveLength(3);
      for (const [i, latent] of latents.entries()) {
        const expected = (await readFloats(modes, `img2img_${mode}0.7.latents.${i}`)).data;
        expect(worstDifference(latent, expected)).toBeLessThan(1e-4);
      }
      const expected = toRgbImage(await readFloats(modes, `img2img_${mode}0.7.image`));
      expect(worstDifference(image.data, expected.data)).toBeLessThan(1e-4);
    },
  );

  it("gives the picture without one at weight 0 and outside its steps", async () => {
    const without = (await renderImage(goldenModel, GOLDEN_REQUEST)).image.data;
    for (const controls of [[], [{ ...unit, weight: 0 }], [{ ...unit, start: 1, end: 1 }]]) {
      const found = (await renderImage(goldenModel, { ...GOLDEN_REQUEST, controls })).image.data;
      expect(worstDifference(found, without)).toBeLessThan(1e-5);
    }
  });

  it("refuses a picture of another size", async () => {
    const small: RgbImage = { width: 2, height: 2, data: new Float32Array(12) };
    await expect(
      renderImage(model, { ...GOLDEN_REQUEST, controls: [{ ...unit, picture: small }] }),
    ).rejects.toThrow("expected a picture of 48x32 for the ControlNet, found 2x2");
  });
});

describe("createControl", () => {
  const dims = [1, 4, 2, 2];
  const latents = tensor(dims, new Float32Array(16));
  const text = tensor([1, 1, 1], new Float32Array(1));
  const stub = { residualDims: () => [dims] };
  /** Adds its weight everywhere and counts its evaluations and readings. */
  function counter() {
    const count = { readings: 0, evaluations: 0 };
    const counting: ControlUnit["network"] = {
      readPicture: async () => {
        count.readings++;
        return latents;
      },
      predict: async (_latents, _timestep, _text, _hint, scale): Promise<Residuals> => {
        count.evaluations++;
        return [tensor(dims, new Float32Array(16).fill(scale))];
      },
    };
    return { count, counting };
  }
  const STEPS = 5;

  it.each([
    { start: 0, end: 1, acts: [true, true, true, true, true] },
    { start: 0, end: 0.4, acts: [true, true, false, false, false] },
    { start: 0.4, end: 1, acts: [false, false, true, true, true] },
    { start: 0.5, end: 0.9, acts: [false, false, false, true, false] },
    { start: 0.8, end: 0.2, acts: [false, false, false, false, false] },
  ])("acts from $start to $end of the steps as diffusers does", async ({ start, end, acts }) => {
    const { count, counting } = counter();
    let step = 0;
    const acting = { ...unit, network: counting, weight: 1, start, end };
    const control = createControl(stub, [acting], STEPS, () => step);
    const found: boolean[] = [];
    for (; step < STEPS; step++) found.push((await control(latents, 500, text))[0]!.data[0] === 1);
    expect(found).toEqual(acts);
    expect(count).toEqual({
      readings: acts.includes(true) ? 1 : 0,
      evaluations: acts.filter(Boolean).length,
    });
  });

  it("counts all evaluations of a step to it, whatever their noise level", async () => {
    const { counting } = counter();
    let step = 1;
    const unitToHalf = { ...unit, network: counting, weight: 1, start: 0, end: 0.4 };
    const control = createControl(stub, [unitToHalf], STEPS, () => step);
    for (const timestep of [700, 500, 900])
      expect((await control(latents, timestep, text))[0]!.data[0]).toBe(1);
    step = 2;
    for (const timestep of [500, 700]) expect((await control(latents, timestep, text))[0]!.data[0]).toBe(0);
  });

  it("leaves the negative prompt alone in mode control, and tells the network of one picture less", async () => {
    const shown: [latents: Tensor, text: TextEmbedding][] = [];
    const telling: ControlUnit["network"] = {
      readPicture: async () => latents,
      predict: async (seen, _timestep, told) => {
        shown.push([seen, told]);
        return Array.from({ length: 3 }, () => tensor(seen.dims, new Float32Array(seen.data.length).fill(1)));
      },
    };
    const three = tensor(
      [3, 4, 2, 2],
      Float32Array.from({ length: 48 }, (_, i) => i),
    );
    const texts: TextEmbedding = {
      ...tensor([3, 1, 1], Float32Array.of(1, 2, 3)),
      pooled: tensor([3, 1], Float32Array.of(4, 5, 6)),
      aestheticScores: [2.5, 6, 6],
    };
    const whole = { ...unit, network: telling, weight: 1, start: 0, end: 1 };
    const added = await createControl(stub, [{ ...whole, mode: "control" }], 1, () => 0)(three, 900, texts);
    expect(shown[0]![0]).toEqual(tensor([2, 4, 2, 2], three.data.slice(16)));
    expect(shown[0]![1]).toEqual({
      ...tensor([2, 1, 1], Float32Array.of(2, 3)),
      pooled: tensor([2, 1], Float32Array.of(5, 6)),
      aestheticScores: [6, 6],
    });
    const rows = added.map((residual) => [
      residual.dims,
      residual.data[0],
      residual.data[16],
      residual.data[47],
    ]);
    const tenth = Math.fround(0.1);
    const middle = Math.fround(10 ** -0.5);
    expect(rows).toEqual([
      [[3, 4, 2, 2], 0, tenth, tenth],
      [[3, 4, 2, 2], 0, middle, middle],
      [[3, 4, 2, 2], 0, 1, 1],
    ]);
    // Without guidance there is only the prompt.
    await createControl(stub, [{ ...whole, mode: "control" }], 1, () => 0)(latents, 900, text);
    expect(shown[1]![0].dims).toEqual(dims);
  });

  it("adds up what several say, and asks none of weight 0", async () => {
    const [one, two, none] = [counter(), counter(), counter()];
    const units = [
      { ...unit, network: one.counting, weight: 0.5 },
      { ...unit, network: two.counting, weight: -0.2 },
      { ...unit, network: none.counting, weight: 0 },
    ];
    const [sum] = await createControl(stub, units, STEPS, () => 0)(latents, 900, text);
    expect(sum!.data[0]).toBeCloseTo(0.3, 6);
    expect(none.count).toEqual({ readings: 0, evaluations: 0 });
  });

  it("shows the network planes of 0 to 1, red first", async () => {
    const shown: Tensor[] = [];
    const { counting } = counter();
    const watching = {
      ...counting,
      readPicture: (planes: Tensor) => {
        shown.push(planes);
        return counting.readPicture(planes);
      },
    };
    await createControl(stub, [{ ...unit, network: watching }], STEPS, () => 0)(latents, 900, text);
    const scaled = shown[0]!.data.map((value) => value * 2 - 1);
    expect(worstDifference(scaled, toImageTensor(picture).data)).toBeLessThan(1e-6);
  });
});
