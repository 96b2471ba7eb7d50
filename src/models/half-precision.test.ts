import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { relativeError } from "../../test/support/golden.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import type { TextEmbedding } from "./model.ts";
import { openModel } from "./open-model.ts";
import { choosePrecision, fitsHalf } from "./precision.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const MODELS = {
  "SD 1.x": `${FIXTURES}tiny-sd15`,
  "SD 2.x, whose attention stays in fp32": `${FIXTURES}tiny-sd2-singlefile/tiny-fp16.safetensors`,
  SDXL: `${FIXTURES}tiny-sdxl`,
  storybook: fileURLToPath(new URL("../../presets/models/storybook", import.meta.url)),
};
/** What 11 bits of mantissa leave after some dozens of layers; diffusers in half precision is as far from its own fp32. */
const TOLERANCE = 2e-2;

function waves(dims: readonly number[]): Tensor {
  const count = dims.reduce((product, size) => product * size, 1);
  return tensor(
    [...dims],
    Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.3)),
  );
}

/** One evaluation of each network that has a half form, with guidance's batch of two. */
async function results(path: string, precision: "fp32" | "fp16") {
  const model = await openModel(path, { device: "cpu", precision });
  const { info } = model;
  const tokens = info.textPositions;
  const text: TextEmbedding = {
    ...waves([2, tokens, info.textWidth]),
    ...(info.family.startsWith("sdxl") && { pooled: waves([2, 32]) }),
  };
  try {
    return {
      info,
      prediction: await model.predict(waves([2, info.inputChannels, 16, 16]), 701.5, text),
      picture: await model.decodeLatents(waves([1, info.latentChannels, 16, 16])),
      mean: (await model.encodeImage(waves([1, 3, 16 * info.vaeFactor, 16 * info.vaeFactor]))).mean,
    };
  } finally {
    await model.release();
  }
}

describe.each(Object.entries(MODELS))("in half precision, %s", (name, path) => {
  it(`predicts, encodes and decodes as in fp32 within ${TOLERANCE}`, async () => {
    const [exact, half] = [await results(path, "fp32"), await results(path, "fp16")];
    expect([exact.info.precision, half.info.precision]).toEqual(["fp32", "fp16"]);
    const error = relativeError(half.prediction.data, exact.prediction.data);
    expect(error).toBeLessThan(TOLERANCE);
    expect(error, "rounded, so not the same graph").toBeGreaterThan(1e-6);
    for (const part of ["picture", "mean"] as const) {
      const difference = relativeError(half[part].data, exact[part].data);
      if (name === "SDXL") expect(difference, `the ${part} stays in fp32`).toBe(0);
      else expect(difference).toBeLessThan(TOLERANCE);
    }
  });
});

describe("the precision that is meant", () => {
  it("is half with CUDA and full elsewhere, unless something is asked for", () => {
    expect(choosePrecision("auto", "cuda")).toBe("fp16");
    expect(choosePrecision("auto", "cpu")).toBe("fp32");
    expect(choosePrecision("auto", "webgpu")).toBe("fp32");
    expect(choosePrecision("fp32", "cuda")).toBe("fp32");
    expect(choosePrecision("fp16", "cpu", true)).toBe("fp16");
  });

  it("spares autoencoders that leave its range", () => {
    const vae = { blocks: [4], layers: 1, groups: 1, latentChannels: 4, latentScale: 1 };
    const rest = { midAttention: true, quantConvolution: true, postQuantConvolution: true };
    expect(fitsHalf({ ...vae, ...rest, overflowsHalf: true }, "sd1")).toBe(true);
    expect(fitsHalf({ ...vae, ...rest, overflowsHalf: true }, "sdxl")).toBe(false);
    expect(fitsHalf({ ...vae, ...rest, overflowsHalf: false }, "sdxl")).toBe(true);
  });
});
