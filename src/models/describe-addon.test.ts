import { describe, expect, it } from "vitest";
import { CHECKPOINT } from "../../test/support/edited-checkpoint.ts";
import { KOHYA_LORA, PEFT_LORA, randomTensors, renamedTensors } from "../../test/support/lora-file.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { describeAddon } from "./describe-addon.ts";

async function facts(file: string): Promise<Record<string, string>> {
  return Object.fromEntries((await describeAddon(file)) ?? []);
}

describe("describeAddon", () => {
  it("tells kind, family, rank and scale of a LoRA", async () => {
    expect(await facts(KOHYA_LORA)).toEqual({
      kind: "LoRA with convolutions (LoCon)",
      family: "a model that reads text of width 32",
      rank: "4",
      scale: "alpha / rank = 0.5",
      modules: expect.stringMatching(/^\d+ of the UNet, 12 of the text encoders$/),
      "made for": "sd_v1",
    });
    expect(await facts(PEFT_LORA)).toMatchObject({ scale: "alpha / rank = 1", rank: "4" });
  });

  it("tells what its maker wrote: title and trigger words", async () => {
    const file = await renamedTensors(PEFT_LORA, (name) => name, {
      "modelspec.title": "Ink",
      "modelspec.architecture": "stable-diffusion-v1/lora",
      "modelspec.trigger_phrase": "inkstyle",
    });
    expect(await facts(file)).toMatchObject({
      title: "Ink",
      "made for": "stable-diffusion-v1/lora",
      words: "inkstyle",
    });
  });

  it("tells vectors and family of an embedding", async () => {
    expect(await facts(await randomTensors({ emb_params: [4, 768] }))).toEqual({
      kind: "embedding (textual inversion)",
      family: "Stable Diffusion 1.x",
      vectors: "4, 768 wide",
    });
    expect(await facts(await randomTensors({ clip_l: [2, 768], clip_g: [2, 1280] }))).toMatchObject({
      family: "Stable Diffusion XL",
      vectors: "2, 768 and 1280 wide",
    });
    expect(await facts(await randomTensors({ "<cat-toy>": [768] }))).toMatchObject({ token: "<cat-toy>" });
  });

  it("leaves other files to others", async () => {
    expect(await describeAddon(CHECKPOINT)).toBeUndefined();
  });

  it("names the kinds that cannot be used", async () => {
    expect(
      await modelErrorOf(describeAddon(await randomTensors({ "lora_unet_x.hada_w1_a": [4, 4] }))),
    ).toContain("LoHa");
  });
});
