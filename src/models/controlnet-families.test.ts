/** ControlNets of SDXL and Stable Diffusion 2.x against goldens computed with diffusers 0.42.1, and what is refused by name. */

import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { readWeightTable, tabledCheckpoint, type WeightTable } from "../../test/support/weight-tables.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { readControlNetConfig } from "./controlnet-config.ts";
import { buildControlHint, buildControlNet } from "./controlnet.ts";
import { inferDiffusersControlNet } from "./infer-controlnet.ts";
import { inferControlNetConfig, ldmControlNames } from "./ldm-controlnet.ts";
import type { DiffusionModel, Residuals, TextEmbedding } from "./model.ts";
import { type ControlNet, openControlNet } from "./open-controlnet.ts";
import { openModel } from "./open-model.ts";
import { readControlNet } from "./read-controlnet.ts";
import { readFloats, readSafetensors } from "./safetensors.ts";
import { writeSafetensors } from "./safetensors-writer.ts";
import { residualDims } from "./unet.ts";
import { SAME_NAME, weightsIn } from "./weights.ts";

const fixture = (path: string) => fileURLToPath(new URL(`../../test/fixtures/${path}`, import.meta.url));
const SDXL = fixture("tiny-controlnet-sdxl");
const SD2 = fixture("tiny-controlnet-sd2");
const WEIGHTS = "diffusion_pytorch_model.safetensors";
/** Absolute, at values of order 1: two correct fp32 implementations of one network stay within it. */
const TOLERANCE = 2e-5;
const RESIDUALS = ["down.0", "down.1", "down.2", "down.3", "mid"];

let folder: string;
let model: DiffusionModel;
/** `latent` twice. */
let latents: Tensor;
let picture: Tensor;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-controlnet-families-"));
  model = await openModel(fixture("tiny-sdxl"), { device: "cpu" });
  const latent = await readFloats(await readSafetensors(fixture("tiny-sd15/inputs.safetensors")), "latent");
  latents = tensor([2, ...latent.dims.slice(1)], Float32Array.of(...latent.data, ...latent.data));
  picture = await readFloats(
    await readSafetensors(fixture("tiny-controlnet/golden.safetensors")),
    "control_image",
  );
});
afterAll(async () => {
  await model.release();
  await rm(folder, { recursive: true });
});

async function residualsOf(network: ControlNet, text: TextEmbedding): Promise<Residuals> {
  return await network.predict(latents, 501, text, await network.readPicture(picture), 1);
}

async function expectGolden(residuals: Residuals, path: string): Promise<void> {
  const golden = await readSafetensors(join(path, "golden.safetensors"));
  expect(residuals).toHaveLength(RESIDUALS.length);
  for (const [i, name] of RESIDUALS.entries()) {
    const expected = await readFloats(golden, `controlnet.${name}`);
    expect(largestDifference(residuals[i]!, expected), name).toBeLessThan(TOLERANCE);
  }
}

async function sdxlText(): Promise<TextEmbedding> {
  const golden = await readSafetensors(fixture("tiny-sdxl/golden.safetensors"));
  const both = async (first: string, second: string): Promise<Tensor> => {
    const [a, b] = [await readFloats(golden, first), await readFloats(golden, second)];
    return tensor([2, ...a.dims.slice(1)], Float32Array.of(...a.data, ...b.data));
  };
  return { ...(await both("uncond", "cond")), pooled: await both("uncond.text_embeds", "text2.text_embeds") };
}

describe("a ControlNet of SDXL", () => {
  it("gives diffusers' residuals for a batch of two texts, and changes the UNet's prediction as there", async () => {
    const network = await openControlNet(SDXL, model, { device: "cpu" });
    const text = await sdxlText();
    const residuals = await residualsOf(network, text);
    await expectGolden(residuals, SDXL);
    const golden = await readSafetensors(join(SDXL, "golden.safetensors"));
    const prediction = await model.predict(latents, 501, text, { residuals });
    const expected = await readFloats(golden, "unet.out.t501.controlnet");
    expect(largestDifference(prediction, expected)).toBeLessThan(TOLERANCE);
    expect(largestDifference(prediction, await model.predict(latents, 501, text))).toBeGreaterThan(0.1);
    await network.release();
  });

  it("is told the whole text as one vector, and says so when there is none", async () => {
    const network = await openControlNet(SDXL, model, { device: "cpu" });
    const { dims, data } = await sdxlText();
    await expect(residualsOf(network, { dims, data })).rejects.toThrow(
      "the pooled text embedding has the shape []",
    );
    await network.release();
  });

  it("is refused for a model of Stable Diffusion 1.x", async () => {
    const other = await openModel(fixture("tiny-sd15"), { device: "cpu" });
    await expect(openControlNet(SDXL, other)).rejects.toThrow("it was trained with texts of width 64");
    await other.release();
  });
});

/** A model of the shapes that the ControlNet of Stable Diffusion 2.x was made for; it runs on nothing else of it. */
async function modelOf(path: string): Promise<DiffusionModel> {
  const { unet } = await readControlNetConfig(join(path, "config.json"));
  return {
    ...model,
    info: { ...model.info, textWidth: unet.textWidth },
    residualDims: ([batch = 0, , height = 0, width = 0]) => residualDims(unet, { batch, height, width }),
  };
}

describe("a ControlNet of Stable Diffusion 2.x", () => {
  let text: Tensor;
  beforeAll(async () => {
    text = await readFloats(await readSafetensors(join(SD2, "golden.safetensors")), "inputs.text");
  });

  it("gives diffusers' residuals", async () => {
    const network = await openControlNet(SD2, await modelOf(SD2), { device: "cpu" });
    await expectGolden(await residualsOf(network, text), SD2);
    await network.release();
  });

  it("gives the same as one file with diffusers' names, and with those of the first release", async () => {
    const renamed = join(folder, "depth.safetensors");
    await copyFile(join(SD2, WEIGHTS), renamed);
    const old = join(folder, "old.safetensors");
    const stored = await readSafetensors(renamed);
    const rename = ldmControlNames(await readControlNetConfig(join(SD2, "config.json")), "control_model.");
    const tensors = new Map<string, Tensor>();
    for (const name of stored.tensors.keys()) tensors.set(rename(name), await readFloats(stored, name));
    await writeSafetensors(old, tensors);
    for (const file of [renamed, old]) {
      const network = await openControlNet(file, await modelOf(SD2), { device: "cpu" });
      await expectGolden(await residualsOf(network, text), SD2);
      await network.release();
    }
  });
});

describe("a file that lies in a folder of the diffusers layout", () => {
  it("is read with the config.json beside it, under its own name without", async () => {
    const beside = await readControlNet(join(SDXL, WEIGHTS));
    expect(beside.config).toEqual(await readControlNetConfig(join(SDXL, "config.json")));
    expect(beside.name).toBe("diffusion_pytorch_model");
  });
});

interface Release {
  readonly table: WeightTable;
  readonly config: object;
  readonly weights: number;
  readonly parameters: number;
}

const RELEASES: readonly Release[] = [
  {
    table: "sd21-controlnet",
    config: { attention_head_dim: [5, 10, 20, 20], cross_attention_dim: 1024, use_linear_projection: true },
    weights: 340,
    parameters: 364_228_240,
  },
  {
    table: "sdxl-controlnet",
    config: {
      addition_embed_type: "text_time",
      addition_time_embed_dim: 256,
      attention_head_dim: [5, 10, 20],
      block_out_channels: [320, 640, 1280],
      cross_attention_dim: 2048,
      down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
      projection_class_embeddings_input_dim: 2816,
      transformer_layers_per_block: [1, 2, 10],
      use_linear_projection: true,
    },
    weights: 844,
    parameters: 1_251_014_160,
  },
];

describe.each(RELEASES)("the weights of $table", ({ table, config, weights, parameters }) => {
  it(`are ${weights}, all asked for, and tell what the config.json tells`, async () => {
    const rows = readWeightTable(table);
    const isOld = rows[0]!.name !== rows[0]!.ldmName;
    const stored = tabledCheckpoint(rows);
    const found = isOld ? inferControlNetConfig(stored, "control_model.") : inferDiffusersControlNet(stored);
    const file = join(folder, `${table}.json`);
    await writeFile(file, JSON.stringify({ _class_name: "ControlNetModel", ...config }));
    const { unet, ...others } = await readControlNetConfig(file);
    expect(found).toEqual({ ...others, unet: { ...unet, blocks: withUsedDepths(unet.blocks) } });

    const asked = new Set<string>();
    const all = weightsIn(stored.path, stored, {
      spellings: [isOld ? ldmControlNames(found, "control_model.") : SAME_NAME],
      includes: () => true,
      hint: "",
    });
    const watched = {
      ...all,
      take: (name: string, dims: readonly number[]) => (asked.add(name), all.take(name, dims)),
    };
    buildControlHint(found, watched, { height: 512, width: 512 });
    buildControlNet(found, watched, { batch: 2, height: 64, width: 64, tokens: 77 });
    expect([...asked].toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
    expect(asked.size).toBe(weights);
    expect(all.parameters).toBe(parameters);
  });
});

/** A level without attention has a depth that nobody asks for; a file without a config has the middle block's there. */
function withUsedDepths<Block extends { readonly downAttention: boolean; readonly depth: number }>(
  blocks: readonly Block[],
): Block[] {
  const middle = blocks.at(-1)!.depth;
  return blocks.map((block) => (block.downAttention ? block : { ...block, depth: middle }));
}

describe("networks that are no ControlNets", () => {
  it.each([
    ["lora_controlnet", "this is a Control-LoRA"],
    ["task_embedding", "this is a union ControlNet"],
    [
      "lllite_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.down.0.weight",
      "this is a ControlNet-LLLite",
    ],
    ["adapter.body.0.resnets.0.block1.weight", "this is a T2I-Adapter"],
    ["image_proj.norm.weight", "this is an IP-Adapter"],
    ["controlnet_blocks.0.weight", "this is a ControlNet for a transformer"],
    ["anything", "is no ControlNet"],
  ])("are refused by name where a file has `%s`", async (tensorName, message) => {
    const file = join(folder, "foreign.safetensors");
    await writeSafetensors(file, new Map([[tensorName, tensor([1], Float32Array.of(1))]]));
    await expect(readControlNet(file)).rejects.toThrow(message);
  });

  it.each([
    ["ControlNetUnionModel", "this is a union ControlNet"],
    ["FluxControlNetModel", "this is `FluxControlNetModel`, no ControlNetModel"],
  ])("are refused by name where a config.json says %s", async (className, message) => {
    const path = join(folder, className);
    await mkdir(path);
    const config = JSON.parse(await readFile(join(SDXL, "config.json"), "utf8")) as object;
    await writeFile(join(path, "config.json"), JSON.stringify({ ...config, _class_name: className }));
    await copyFile(join(SDXL, WEIGHTS), join(path, WEIGHTS));
    await expect(readControlNet(path)).rejects.toThrow(message);
  });
});
