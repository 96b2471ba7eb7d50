/** A mask and an inpainting checkpoint of nine channels: the UNet is shown what diffusers 0.42.1 shows it, and says the same. */

import { describe, expect, it } from "vitest";
import { worstDifference } from "../../test/support/golden.ts";
import { readingGolden } from "../../test/support/golden-inputs.ts";
import { GOLDEN_REQUEST } from "../../test/support/tiny-request.ts";
import { openWidened } from "../../test/support/widened-model.ts";
import type { DiffusionModel } from "../models/model.ts";
import { readFloats, readSafetensors } from "../models/safetensors.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { renderMasked } from "./inpaint.ts";

const golden = await readSafetensors("test/fixtures/tiny-inpainting/golden.safetensors");
const CELLS = 16 * 24;

const mask = { width: 48, height: 32, data: (await readFloats(golden, "mask")).data };

/** The model with golden's words, and what its UNet is shown and says. */
async function watchedModel() {
  const opened = await openWidened((await readFloats(golden, "conv_in.more")).data, 9);
  const seen: { readonly shown: Tensor; readonly said: Tensor }[] = [];
  const model: DiffusionModel = {
    ...readingGolden(opened),
    predict: async (latents, ...rest) => {
      const said = await opened.predict(latents, ...rest);
      seen.push({ shown: tensor(latents.dims, latents.data.slice()), said });
      return said;
    },
  };
  return { model, seen };
}

describe("a mask with an inpainting checkpoint", () => {
  it("is shown to the UNet beside the latent, with the picture that it leaves, and moves its prediction as in diffusers", async () => {
    const { model, seen } = await watchedModel();
    const { image } = await renderMasked(model, GOLDEN_REQUEST, {
      mask,
      fill: "original",
      onlyMaskedPadding: null,
    });
    const [{ shown, said } = seen[0]!] = seen;
    expect(seen).toHaveLength(3);
    expect(shown.dims).toEqual([2, 9, 16, 24]);
    for (const row of [0, 1]) {
      const channels = (from: number, to: number) =>
        shown.data.subarray((9 * row + from) * CELLS, (9 * row + to) * CELLS);
      const expectGolden = async (found: Float32Array, name: string) =>
        expect(worstDifference(found, (await readFloats(golden, name)).data), name).toBeLessThan(1e-4);
      await expectGolden(channels(0, 4), "unet.noisy");
      await expectGolden(channels(4, 5), "unet.mask");
      await expectGolden(channels(5, 9), "unet.masked_latents");
    }
    expect(worstDifference(said.data, (await readFloats(golden, "unet.out")).data)).toBeLessThan(1e-4);

    // What is kept is kept to the pixel, as with any checkpoint.
    for (const [i, value] of image.data.entries()) {
      if (mask.data[Math.floor(i / 3)] === 0) expect(value).toBe(GOLDEN_REQUEST.image.data[i]);
    }
  });

  it("is told of each step anew: the latent moves, mask and masked picture stay", async () => {
    const { model, seen } = await watchedModel();
    await renderMasked(model, GOLDEN_REQUEST, { mask, fill: "original", onlyMaskedPadding: null });
    const beside = seen.map(({ shown }) => shown.data.slice(4 * CELLS, 9 * CELLS));
    for (const other of beside.slice(1)) expect(other).toEqual(beside[0]);
    const latents = seen.map(({ shown }) => shown.data.slice(0, 4 * CELLS));
    expect(worstDifference(latents[0]!, latents[1]!)).toBeGreaterThan(0.1);
  });
});
