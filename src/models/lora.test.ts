/** LoRAs on a tiny Stable Diffusion 1.x against goldens computed with diffusers 0.42.1 and peft 0.21.2 on torch 2.13.0. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { batch, PROMPT, tokenIds } from "../../test/support/golden-inputs.ts";
import {
  KOHYA_LORA,
  LORA_GOLDEN,
  PEFT_LORA,
  randomTensors,
  renamedTensors,
} from "../../test/support/lora-file.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { RenderError } from "../errors.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import type { NamedFile } from "./lora.ts";
import type { DiffusionModel, LoraWeight } from "./model.ts";
import { openModel } from "./open-model.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "./safetensors.ts";
import { writeSafetensors } from "./safetensors-writer.ts";

const FOLDER = fileURLToPath(new URL("../../test/fixtures/tiny-sd15/", import.meta.url));
/** Absolute, at values of order 1: two correct fp32 implementations of one network stay within it. */
const TOLERANCE = 2e-5;

let golden: SafetensorsFile;
let plainGolden: SafetensorsFile;
let latent: Tensor;
let noise: Tensor;
const opened: DiffusionModel[] = [];

beforeAll(async () => {
  golden = await readSafetensors(LORA_GOLDEN);
  plainGolden = await readSafetensors(join(FOLDER, "golden.safetensors"));
  const inputs = await readSafetensors(join(FOLDER, "inputs.safetensors"));
  latent = await readFloats(inputs, "latent");
  noise = await readFloats(inputs, "noise");
});
afterAll(async () => await Promise.all(opened.map((model) => model.release())));

async function open(...files: string[]): Promise<DiffusionModel> {
  const loras = files.map((file, i): NamedFile => ({ name: `lora${i}`, file }));
  const model = await openModel(FOLDER, { device: "cpu", loras });
  opened.push(model);
  return model;
}

function at(...weights: number[]): LoraWeight[] {
  return weights.map((weight, i) => ({ name: `lora${i}`, weight, textWeight: weight }));
}

/** Each golden of a single network, and how to compute it. */
const networks: Record<string, (model: DiffusionModel) => Promise<Tensor>> = {
  "text.last_hidden_state": (model) => model.encodeText(tokenIds(PROMPT), 0),
  "text.uncond": (model) => model.encodeText(tokenIds([]), 0),
  "text.clip_skip2": (model) => model.encodeText(tokenIds(PROMPT), 1),
  "unet.out.t501": (model) => predict(model, 501),
  "unet.out.t999": (model) => predict(model, 999),
  "unet.out.t0": (model) => predict(model, 0),
  "unet.out.t37.5": (model) => predict(model, 37.5),
  "unet.out.batch2.t501": async (model) => {
    const text = batch(await model.encodeText(tokenIds([]), 0), await model.encodeText(tokenIds(PROMPT), 0));
    return await model.predict(batch(latent, noise), 501, text);
  },
};

async function predict(model: DiffusionModel, timestep: number): Promise<Tensor> {
  return await model.predict(latent, timestep, await model.encodeText(tokenIds(PROMPT), 0));
}

describe("a LoRA at weight 0.8", () => {
  describe.each([
    ["kohya's names", KOHYA_LORA],
    ["the names of diffusers and PEFT", PEFT_LORA],
  ])("in %s", (_, file) => {
    it.each(Object.entries(networks))("gives the golden %s", async (name, compute) => {
      const model = await modelOf(file);
      model.setLoras(at(0.8));
      expect(largestDifference(await compute(model), await readFloats(golden, name))).toBeLessThan(TOLERANCE);
    });
  });

  it("covers every golden of a single network but the pooled text, which Stable Diffusion 1.x does not use", () => {
    const single = [...golden.tensors.keys()].filter((name) => /^(text|unet)\./.test(name));
    expect(single.filter((name) => !(name in networks))).toEqual(["text.pooler_output"]);
    expect(Object.keys(networks).filter((name) => !single.includes(name))).toEqual([]);
  });
});

const models = new Map<string, Promise<DiffusionModel>>();

function modelOf(file: string): Promise<DiffusionModel> {
  const model = models.get(file) ?? open(file);
  models.set(file, model);
  return model;
}

describe("the weight of a LoRA", () => {
  it("leaves every bit as it is at 0, whatever it was before", async () => {
    const model = await modelOf(KOHYA_LORA);
    const plain = await open();
    for (const [name, compute] of Object.entries(networks)) {
      model.setLoras(at(0.8));
      await compute(model);
      model.setLoras([]);
      expect(await compute(model), name).toEqual(await compute(plain));
    }
  });

  it("changes from one run to the next without loading anything again", async () => {
    const model = await modelOf(KOHYA_LORA);
    model.setLoras(at(0));
    const text = await model.encodeText(tokenIds(PROMPT), 0);
    const results = new Map<number, Tensor>();
    for (const weight of [0, 1e-3, 2e-3]) {
      model.setLoras(at(weight));
      results.set(weight, await model.predict(latent, 501, text));
    }
    // So small a weight acts in proportion to itself.
    const [none, once, twice] = [...results.values()] as [Tensor, Tensor, Tensor];
    const steps = none.data.map((value, i) => twice.data[i]! - 2 * once.data[i]! + value);
    const change = largestDifference(once, none);
    expect(change).toBeGreaterThan(1e-5);
    expect(Math.max(...steps.map(Math.abs))).toBeLessThan(0.1 * change);
  });

  it("acts on UNet and text encoder apart", async () => {
    const model = await modelOf(KOHYA_LORA);
    model.setLoras([{ name: "lora0", weight: 0, textWeight: 0.8 }]);
    expect(
      largestDifference(
        await networks["text.last_hidden_state"]!(model),
        await readFloats(golden, "text.last_hidden_state"),
      ),
    ).toBeLessThan(TOLERANCE);
    expect(model.textState()).toBe("0.8");
    model.setLoras([{ name: "lora0", weight: 0.8, textWeight: 0 }]);
    expect(
      largestDifference(
        await networks["text.last_hidden_state"]!(model),
        await readFloats(plainGolden, "text.last_hidden_state"),
      ),
    ).toBeLessThan(TOLERANCE);
    expect(model.textState()).toBe("0");
  });

  it("adds up over several LoRAs", async () => {
    const model = await open(KOHYA_LORA, PEFT_LORA);
    // Both hold the same difference.
    model.setLoras(at(0.5, 0.3));
    for (const [name, compute] of Object.entries(networks)) {
      const difference = largestDifference(await compute(model), await readFloats(golden, name));
      expect(difference, name).toBeLessThan(TOLERANCE);
    }
  });

  it("is refused for a LoRA that the model was not opened with", async () => {
    const model = await modelOf(KOHYA_LORA);
    expect(() => model.setLoras([{ name: "other", weight: 1, textWeight: 1 }])).toThrow(RenderError);
  });
});

function toKohya(path: string): string {
  return path.replaceAll(".", "_");
}

describe("LoRA files of other dialects", () => {
  const dialects: [dialect: string, rename: (name: string) => string][] = [
    ["PEFT with an adapter's name", (name) => name.replace(/lora_([AB])/, "lora_$1.default")],
    ["diffusers 0.21", (name) => name.replace("lora_A", "lora.down").replace("lora_B", "lora.up")],
    [
      "linear layers of older diffusers",
      (name) => name.replace("lora_A", "lora_linear_layer.down").replace("lora_B", "lora_linear_layer.up"),
    ],
    [
      "attention processors",
      (name) =>
        name
          .replace(/(attn[12])\.(to_\w+)(?:\.0)?\.lora_A/, "$1.processor.$2_lora.down")
          .replace(/(attn[12])\.(to_\w+)(?:\.0)?\.lora_B/, "$1.processor.$2_lora.up"),
    ],
    [
      "kohya's on the original names of the UNet",
      (name) =>
        name.replace(
          /^unet\.mid_block\.attentions\.0\.(.*)\.lora_([AB])/,
          (_, layer: string, part: string) => {
            return `lora_unet_middle_block_1_${toKohya(layer)}.lora_${part === "A" ? "down" : "up"}`;
          },
        ),
    ],
  ];
  it.each(dialects)("are read: %s", async (_, rename) => {
    const file = await renamedTensors(PEFT_LORA, rename);
    const model = await openModel(FOLDER, { device: "cpu", loras: [{ name: "lora0", file }] });
    onTestFinished(() => model.release());
    model.setLoras(at(0.8));
    const difference = largestDifference(
      await predict(model, 501),
      await readFloats(golden, "unet.out.t501"),
    );
    expect(difference).toBeLessThan(TOLERANCE);
  });

  it("may keep alpha in PEFT's metadata", async () => {
    // As the metadata says, 0.4 of the network's matrices and half the encoder's: with weight 1 the effect of 0.4 and 0.5.
    const config = {
      "unet.lora_alpha": 1.6,
      "unet.r": 4,
      "text_encoder.lora_alpha": 2,
      "unet.alpha_pattern": {},
    };
    const file = await renamedTensors(PEFT_LORA, (name) => name, {
      lora_adapter_metadata: JSON.stringify(config),
    });
    const scaled = await openModel(FOLDER, { device: "cpu", loras: [{ name: "lora0", file }] });
    onTestFinished(() => scaled.release());
    scaled.setLoras(at(1));
    const plain = await modelOf(PEFT_LORA);
    plain.setLoras([{ name: "lora0", weight: 0.4, textWeight: 0.5 }]);
    expect(largestDifference(await predict(scaled, 501), await predict(plain, 501))).toBeLessThan(TOLERANCE);
  });

  it("may split convolutions in three", async () => {
    const path = "lora_unet_mid_block_resnets_0_conv1";
    const shapes = { down: [3, 64, 1, 1], mid: [3, 3, 3, 3], up: [64, 3, 1, 1] };
    const names = Object.entries(shapes).map(([role, dims]) => [`${path}.lora_${role}.weight`, dims]);
    const split = await randomTensors(Object.fromEntries(names) as Record<string, number[]>);
    // The same as one: down'[r, in, y, x] = Σ mid[r, s, y, x] · down[s, in].
    const stored = await readSafetensors(split);
    const [down, mid, up] = await Promise.all(
      ["down", "mid", "up"].map((role) => readFloats(stored, `${path}.lora_${role}.weight`)),
    );
    const joined = new Float32Array(3 * 64 * 9);
    for (let r = 0; r < 3; r++)
      for (let s = 0; s < 3; s++)
        for (let i = 0; i < 64; i++)
          for (let k = 0; k < 9; k++)
            joined[(r * 64 + i) * 9 + k]! += mid!.data[(r * 3 + s) * 9 + k]! * down!.data[s * 64 + i]!;
    const whole = split.replace("made", "whole");
    await writeSafetensors(
      whole,
      new Map([
        [`${path}.lora_down.weight`, tensor([3, 64, 3, 3], joined)],
        [`${path}.lora_up.weight`, up!],
      ]),
    );
    const model = await openModel(FOLDER, {
      device: "cpu",
      loras: [
        { name: "lora0", file: split },
        { name: "lora1", file: whole },
      ],
    });
    onTestFinished(() => model.release());
    model.setLoras(at(1, 0));
    const first = await predict(model, 501);
    model.setLoras(at(0, 1));
    expect(largestDifference(await predict(model, 501), first)).toBeLessThan(TOLERANCE);
    model.setLoras(at(0, 0));
    expect(largestDifference(await predict(model, 501), first)).toBeGreaterThan(1e-3);
  });
});

async function withMetadata(text: string): Promise<string> {
  const file = await renamedTensors(PEFT_LORA, (name) => name, { lora_adapter_metadata: text });
  return await modelErrorOf(open(file));
}

describe("a file that is no LoRA for the model", () => {
  const q = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k";
  const kinds: [what: string, shapes: Record<string, number[]>, message: string][] = [
    ["DoRA", { [`${q}.dora_scale`]: [1, 64] }, "this is a DoRA"],
    ["DoRA of PEFT", { [`${q}.lora_magnitude_vector`]: [64] }, "this is a DoRA"],
    ["LoRA with biases", { [`${q}.bias_values`]: [4] }, "this is a LoRA with bias differences (LyCORIS)"],
    ["LoHa", { [`${q}.hada_w1_a`]: [64, 4] }, "this is a LoHa (LyCORIS)"],
    ["LoKr", { [`${q}.lokr_w1`]: [4, 4] }, "this is a LoKr (LyCORIS)"],
    ["OFT", { [`${q}.oft_blocks`]: [4, 4] }, "this is an OFT adapter"],
    ["IA3", { [`${q}.on_input`]: [1] }, "this is an IA3 adapter"],
    ["full difference", { [`${q}.diff`]: [64, 32] }, "this is a full difference"],
    ["GLoRA", { [`${q}.a1.weight`]: [4, 4] }, "this is a GLoRA"],
    [
      "embedding",
      { emb_params: [2, 32] },
      "this is no LoRA: none of its 1 tensors is part of one, the first is `emb_params`",
    ],
    [
      "checkpoint with a LoRA's tensor",
      { [`${q}.lora_down.weight`]: [4, 32], [`${q}.lora_up.weight`]: [64, 4], "conv_in.weight": [1] },
      "1 tensors are no part of a LoRA, the first is `conv_in.weight`",
    ],
    ["half branch", { [`${q}.lora_down.weight`]: [4, 32] }, "is incomplete"],
    [
      "branch of two ranks",
      { [`${q}.lora_down.weight`]: [4, 32], [`${q}.lora_up.weight`]: [64, 5] },
      "does not fit together: down [4, 32], up [64, 5]",
    ],
    [
      "branch of rank 0",
      { [`${q}.lora_down.weight`]: [0, 32], [`${q}.lora_up.weight`]: [64, 0] },
      "does not fit together",
    ],
    [
      "list of alphas",
      { [`${q}.lora_down.weight`]: [4, 32], [`${q}.lora_up.weight`]: [64, 4], [`${q}.alpha`]: [2] },
      "is 2 values, expected one number",
    ],
    [
      "layer of another model",
      { "lora_unet_nothing.lora_down.weight": [4, 32], "lora_unet_nothing.lora_up.weight": [32, 4] },
      "all 1 modules are none of the model's, the first is `lora_unet_nothing`",
    ],
    [
      "matrix of another shape",
      {
        "lora_unet_conv_in.lora_down.weight": [4, 4, 1, 1],
        "lora_unet_conv_in.lora_up.weight": [32, 4, 1, 1],
      },
      "`lora_unet_conv_in` takes [4, 4, 1, 1] to [32, 4, 1, 1], the model's layer is [32, 4, 3, 3]",
    ],
    [
      "LoRA for Stable Diffusion XL",
      { [`${q}.lora_down.weight`]: [4, 2048], [`${q}.lora_up.weight`]: [1280, 4] },
      "the LoRA was made for Stable Diffusion XL, the model is a model that reads text of width 32",
    ],
    [
      "LoRA for Flux",
      {
        "lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight": [4, 3072],
        "lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight": [9216, 4],
      },
      "the LoRA was made for Flux",
    ],
  ];
  it.each(kinds)("is refused by name: %s", async (_, shapes, message) => {
    const error = await modelErrorOf(open(await randomTensors(shapes, "strange")));
    expect(error).toContain("strange.safetensors: ");
    expect(error).toContain(message);
  });

  it("is refused when its metadata is wrong or says DoRA", async () => {
    expect(await withMetadata("{")).toContain("no JSON mapping");
    expect(await withMetadata('{"unet.lora_alpha": "much"}')).toContain("options of the wrong kind");
    expect(await withMetadata('{"unet.use_dora": true}')).toContain("this is a DoRA");
  });

  it("is refused as a pickle", async () => {
    expect(await modelErrorOf(open("/loras/style.pt"))).toContain("Python pickle");
  });
});
