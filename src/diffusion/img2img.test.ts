import { afterAll, describe, expect, it } from "vitest";
import { worstDifference } from "../../test/support/golden.ts";
import { TINY_REQUEST } from "../../test/support/tiny-request.ts";
import { AnimateError, RenderError } from "../errors.ts";
import type { DiffusionModel } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import type { RgbImage } from "../tensor/image.ts";
import { SAMPLER_FACTS, samplerEvaluations } from "../settings/sampler-names.ts";
import { toImageTensor, toRgbImage } from "./image-tensor.ts";
import { type ImageRequest, renderImage } from "./img2img.ts";
import { PLAIN_SAMPLING } from "./samplers/tuning.ts";

const model = await openModel("test/fixtures/tiny-sd15", { optimization: "extended" });
afterAll(() => model.release());

const BASES = Object.keys(SAMPLER_FACTS);

const request = TINY_REQUEST;
const startPicture = request.image;

/** Squared distance from the start picture, and the steps run. */
async function distanceAtStrength(strength: number): Promise<[distance: number, steps: number]> {
  const { image, evaluations } = await renderImage(model, { ...request, sampler: "euler", strength });
  const distance = image.data.reduce((sum, value, i) => sum + (value - startPicture.data[i]!) ** 2, 0);
  return [distance, evaluations];
}

async function paint(change: Partial<ImageRequest>): Promise<RgbImage> {
  return (await renderImage(model, { ...request, ...change })).image;
}

function paintWith(sampler: string, change: object): Promise<RgbImage> {
  return paint({ sampler, sampling: { ...PLAIN_SAMPLING, ...change } });
}

async function paintText(text: string, change: Partial<ImageRequest> = {}): Promise<Float32Array> {
  return (await paint({ prompts: [{ text, weight: 1 }], ...change })).data;
}

describe("renderImage", () => {
  it.each([...BASES, "dpmpp_2m_karras"])(
    "paints with %s, the same bytes for the same request",
    async (sampler) => {
      const first = await renderImage(model, { ...request, sampler });
      const second = await renderImage(model, { ...request, sampler });
      expect(second.image).toEqual(first.image);
      expect(first.evaluations).toBe(samplerEvaluations(sampler, 3));
      for (const value of first.image.data) expect(value >= 0 && value <= 1).toBe(true);
      const other = await renderImage(model, { ...request, sampler, seed: 8 });
      expect(other.image).not.toEqual(first.image);
    },
  );

  it("draws fresh noise in every step of an ancestral sampler", async () => {
    const purposes: string[] = [];
    await renderImage(model, {
      ...request,
      sampler: "euler_a",
      noise: (purpose, count) => {
        purposes.push(purpose);
        return new Float32Array(count).fill(0.1);
      },
    });
    expect(purposes).toEqual(["latent", "step 0", "step 1"]);
  });

  it("draws the noise of a half step apart, and shifts the seed of the steps alone", async () => {
    const purposes: string[] = [];
    const sampler = "DPM++ SDE";
    await renderImage(model, {
      ...request,
      sampler,
      noise: (purpose, count) => {
        purposes.push(purpose);
        return new Float32Array(count).fill(0.1);
      },
    });
    expect(purposes).toEqual(["latent", "step 0 midpoint", "step 0", "step 1 midpoint", "step 1"]);
    const shifted = { ...PLAIN_SAMPLING, eta_noise_seed_delta: 31_337 };
    const plain = await renderImage(model, { ...request, sampler: "euler" });
    expect((await renderImage(model, { ...request, sampler: "euler", sampling: shifted })).image).toEqual(
      plain.image,
    );
    const lively = await renderImage(model, { ...request, sampler: "euler_a" });
    expect(
      (await renderImage(model, { ...request, sampler: "euler_a", sampling: shifted })).image,
    ).not.toEqual(lively.image);
  });

  it("reads the finer settings: eta 0 makes an ancestral sampler Euler, and churn makes Euler noisy", async () => {
    const euler = await paintWith("euler", {});
    expect(await paintWith("euler_a", { ancestral_eta: 0 })).toEqual(euler);
    expect(await paintWith("euler_a", { ddim_eta: 0 })).not.toEqual(euler);
    expect(await paintWith("euler", { s_churn: 2 })).not.toEqual(euler);
    expect(await paintWith("euler", { s_churn: 2, s_tmin: 1000 })).toEqual(euler);
    expect(await paintWith("ddim", { ddim_eta: 1 })).not.toEqual(await paintWith("ddim", {}));
  });

  it("asks for all parts of a composed prompt in one call, and lets words change between steps", async () => {
    const calls: number[][] = [];
    const texts = new Set<string>();
    const watched: DiffusionModel = {
      ...model,
      predict: (latents, timestep, text, extras) => {
        calls.push([latents.dims[0]!, text.dims[1]!]);
        texts.add(String(text.data));
        return model.predict(latents, timestep, text, extras);
      },
    };
    await renderImage(watched, {
      ...request,
      prompts: [{ text: "a red cat AND [a dog:a tree BREAK a house:1]:0.5", weight: 1 }],
    });
    // One negative prompt and two parts, as long as the longest text of any step.
    expect(calls).toEqual([
      [3, 154],
      [3, 154],
      [3, 154],
    ]);
    expect(texts.size).toBe(2);
  });

  it("composes a prompt with itself to what it is alone, and needs no negative prompt where that cancels out", async () => {
    const composed = await paintText("a red cat:0.25 AND a red cat:0.75");
    expect(worstDifference(composed, await paintText("a red cat"))).toBeLessThan(1e-4);
    const halved = await paintText("a red cat:0.5", { guidanceScale: 10 });
    expect(worstDifference(halved, await paintText("a red cat"))).toBeLessThan(1e-4);
    expect(await paintText("a red cat:0.5", { guidanceScale: 2, negativePrompt: "ugly" })).toEqual(
      await paintText("a red cat", { guidanceScale: 1 }),
    );
  });

  it("takes contrast back by guidance rescale", async () => {
    expect(await paint({ guidanceRescale: 0 })).toEqual(await paint({}));
    expect(await paint({ guidanceRescale: 0.7 })).not.toEqual(await paint({}));
    expect(await paint({ guidanceRescale: 0.7, guidanceScale: 1 })).toEqual(
      await paint({ guidanceScale: 1 }),
    );
  });

  it("counts network evaluations, not steps", async () => {
    const seen: string[] = [];
    await renderImage(model, {
      ...request,
      sampler: "heun",
      onEvaluation: (done, total) => seen.push(`${done}/${total}`),
    });
    expect(seen).toEqual(["1/5", "2/5", "3/5", "4/5", "5/5"]);
  });

  it("keeps more of the start picture at a higher strength, and runs at least one step", async () => {
    const [far, farSteps] = await distanceAtStrength(0);
    const [near, nearSteps] = await distanceAtStrength(1);
    expect([farSteps, nearSteps]).toEqual([6, 1]);
    expect(near).toBeLessThan(far);
  });

  it("asks the network for one picture instead of two when guidance is 1", async () => {
    const batches: number[] = [];
    const watched: DiffusionModel = {
      ...model,
      predict: (latents, timestep, text) => {
        batches.push(latents.dims[0]!);
        return model.predict(latents, timestep, text);
      },
    };
    const { image } = await renderImage(watched, { ...request, guidanceScale: 1 });
    expect(batches).toEqual([1, 1, 1]);
    const almost = await renderImage(model, { ...request, guidanceScale: 1.000001 });
    expect(worstDifference(image.data, almost.image.data)).toBeLessThan(1e-4);
  });

  it.each([
    [32, 48],
    [24, 16],
    [18, 46],
  ])("paints %d×%d", async (width, height) => {
    const { image } = await renderImage(model, { ...request, image: null, width, height, steps: 2 });
    expect(image).toMatchObject({ width, height });
    expect(image.data).toHaveLength(3 * width * height);
  });

  it("mixes in more noise with a higher multiplier", async () => {
    const starts: number[] = [];
    const watched: DiffusionModel = {
      ...model,
      predict: (latents, timestep, text) => {
        starts.push(Math.hypot(...latents.data));
        return model.predict(latents, timestep, text);
      },
    };
    await renderImage(watched, { ...request, steps: 1, strength: 0, sampler: "euler", noiseMultiplier: 0.5 });
    await renderImage(watched, { ...request, steps: 1, strength: 0, sampler: "euler", noiseMultiplier: 1 });
    expect(starts[1]! / starts[0]!).toBeGreaterThan(1.8);
  });

  it("reports every step and the seconds of every stage", async () => {
    const seen: string[] = [];
    const { seconds } = await renderImage(model, {
      ...request,
      onStep: ({ step, steps }) => seen.push(`${step}/${steps}`),
    });
    expect(seen).toEqual(["1/3", "2/3", "3/3"]);
    for (const stage of [seconds.encode, seconds.denoise, seconds.decode]) expect(stage).toBeGreaterThan(0);
  });

  it("stops between two steps when it is aborted", async () => {
    const controller = new AbortController();
    let steps = 0;
    const stopped = renderImage(model, {
      ...request,
      signal: controller.signal,
      onStep: () => {
        steps++;
        controller.abort(new Error("enough"));
      },
    });
    await expect(stopped).rejects.toThrow("enough");
    expect(steps).toBe(1);
  });

  it.each<[string, Partial<DiffusionModel>, RegExp]>([
    ["the prompt", { encodeText: () => filled([1, 77, 32], Number.NaN) }, /^encoding the prompt gave NaN/],
    [
      "encoding",
      {
        encodeImage: async () => ({
          mean: await filled([1, 4, 16, 24], Infinity),
          logvar: await filled([1, 4, 16, 24], 0),
        }),
      },
      /^encoding the start picture gave Infinity/,
    ],
    ["denoising", { predict: ({ dims }) => filled(dims, Number.NaN) }, /^denoising gave NaN/],
    ["decoding", { decodeLatents: () => filled([1, 3, 32, 48], Number.NaN) }, /^decoding gave NaN/],
    ["black", { decodeLatents: () => filled([1, 3, 32, 48], -7) }, /all black/],
    ["white", { decodeLatents: () => filled([1, 3, 32, 48], 7) }, /all white/],
  ])("names the stage and the likely cause of a broken picture: %s", async (_, broken, message) => {
    const failure = renderImage({ ...model, ...broken }, request);
    await expect(failure).rejects.toThrow(RenderError);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toHaveProperty("hint", expect.stringMatching(/VAE|weights|guidance/));
  });

  it.each<[string, Partial<ImageRequest>, RegExp]>([
    ["a size that the VAE cannot make", { width: 47 }, /multiples of 2, found 47x32/],
    ["a size of nothing", { width: 0, image: null }, /found 0x32/],
    ["a start picture of another size", { width: 32 }, /start picture of 32x32, found 48x32/],
    ["a sampler that is not there", { sampler: "toString" }, /expected one of ddim, .* found "toString"/],
    ["no steps", { steps: 0 }, /whole number of steps, at least 1, found 0/],
    ["half a step", { steps: 2.5 }, /found 2.5/],
    ["more steps than LCM has", { sampler: "lcm", steps: 51 }, /at most 50 steps for LCM, found 51/],
    ["more steps than DDIM has", { sampler: "ddim", steps: 1001 }, /at most 1000 steps for DDIM, found 1001/],
    ["no prompt", { prompts: [] }, /at least one prompt/],
    ["a composed negative prompt", { negativePrompt: "a AND b" }, /several joined by AND/],
  ])("refuses %s", async (_, change, message) => {
    const failure = renderImage(model, { ...request, ...change });
    await expect(failure).rejects.toThrow(AnimateError);
    await expect(failure).rejects.toThrow(message);
  });
});

describe("toImageTensor and toRgbImage", () => {
  it("are inverse on a picture that is not square", () => {
    const picture: RgbImage = {
      width: 3,
      height: 2,
      data: Float32Array.from({ length: 18 }, (_, i) => i / 17),
    };
    const planes = toImageTensor(picture);
    expect(planes.dims).toEqual([1, 3, 2, 3]);
    // Green of the pixel in column 1, row 1.
    expect(planes.data[6 + 4]).toBeCloseTo((2 * 13) / 17 - 1, 6);
    const back = toRgbImage(planes);
    expect(worstDifference(back.data, picture.data)).toBeLessThan(1e-6);
  });
});

function filled(dims: readonly number[], value: number) {
  const length = dims.reduce((product, size) => product * size, 1);
  return Promise.resolve({ dims, data: new Float32Array(length).fill(value) });
}

describe("fractional strength", () => {
  const fine = { sampling: { ...PLAIN_SAMPLING, fractional_strength: true as const }, steps: 4 };

  it("makes one percent of strength count at four steps, where whole steps hide it", async () => {
    const [rounded, roundedToo] = [
      await paint({ steps: 4, strength: 0.6 }),
      await paint({ steps: 4, strength: 0.61 }),
    ];
    expect(roundedToo.data).toEqual(rounded.data);
    const [exact, exactToo] = [
      await paint({ ...fine, strength: 0.6 }),
      await paint({ ...fine, strength: 0.61 }),
    ];
    const difference = worstDifference(exact.data, exactToo.data);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(worstDifference(exact.data, rounded.data));
  });

  it("changes nothing where the strength means whole steps", async () => {
    const plain = await paint({ steps: 4, strength: 0.5 });
    expect((await paint({ ...fine, strength: 0.5 })).data).toEqual(plain.data);
  });

  it.each(BASES)("is walked by %s", async (sampler) => {
    const { data } = await paint({ ...fine, sampler, strength: 0.57 });
    expect(data.every(Number.isFinite)).toBe(true);
  });
});
