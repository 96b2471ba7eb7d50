import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type HeaderEntry,
} from "../../test/support/safetensors-file.ts";
import { readModelFolder } from "./model-folder.ts";

const TINY = fileURLToPath(new URL("../../test/fixtures/tiny-sd15/", import.meta.url));
const UNET_WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
const VAE_WEIGHTS = "vae/diffusion_pytorch_model.safetensors";
const TEXT_WEIGHTS = "text_encoder/model.safetensors";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-folder-"));
  await cp(TINY, folder, { recursive: true });
});
afterEach(async () => await rm(folder, { recursive: true }));

type Change = () => Promise<void>;

/** Sets options of a config; undefined removes one. */
function configure(file: string, options: object): Change {
  return async () => {
    const path = join(folder, file);
    const config: object = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...config, ...options }));
  };
}

function write(file: string, text: string): Change {
  return async () => await writeFile(join(folder, file), text);
}

function remove(file: string): Change {
  return async () => await rm(join(folder, file), { recursive: true });
}

/** Changes the header of a weight file and leaves its data. */
function editWeights(file: string, edit: (header: Record<string, HeaderEntry>) => void): Change {
  return async () => {
    const path = join(folder, file);
    const { header, data } = decodeSafetensors(await readFile(path));
    edit(header);
    await writeFile(path, encodeSafetensors(header, data));
  };
}

function truncate(file: string, bytes: number): Change {
  return async () => {
    const path = join(folder, file);
    const content = await readFile(path);
    await writeFile(path, content.subarray(0, content.length - bytes));
  };
}

function renameFile(from: string, to: string): Change {
  return async () => await rename(join(folder, from), join(folder, to));
}

function moveWeight(header: Record<string, HeaderEntry>, from: string, to: string): void {
  header[to] = header[from]!;
  delete header[from];
}

/** What is wrong with the folder, and what the error says: the file, the option or weight, expected and found. */
const broken: [title: string, change: Change, message: string][] = [
  // files
  ["no model_index.json", remove("model_index.json"), "model_index.json: the file is missing"],
  [
    "a model_index.json that is no JSON",
    write("model_index.json", "<html>"),
    "model_index.json: expected JSON",
  ],
  [
    "a model_index.json of nested lists",
    write("model_index.json", "[".repeat(400_000)),
    "model_index.json: expected JSON",
  ],
  [
    "a pipeline of another family",
    write(
      "model_index.json",
      '{"_class_name":"FluxPipeline","transformer":["diffusers","FluxTransformer2DModel"]}',
    ),
    "model_index.json: this is a `FluxPipeline`, which has no UNet (This version runs",
  ],
  [
    "a config of 2 MB",
    write("unet/config.json", `{"a":"${"x".repeat(2_000_000)}"}`),
    "unet/config.json: 2000008 bytes, expected at most 1000000",
  ],
  ["no scheduler", remove("scheduler"), "scheduler_config.json: the file is missing"],
  ["no UNet", remove("unet"), "unet/config.json: the file is missing"],
  ["no VAE weights", remove(VAE_WEIGHTS), "vae: `diffusion_pytorch_model.safetensors` is missing"],
  ["no tokenizer", remove("tokenizer"), "tokenizer/vocab.json: the file is missing"],
  ["no merges", remove("tokenizer/merges.txt"), "tokenizer/merges.txt: the file is missing"],
  [
    "weights only as pickle",
    renameFile(UNET_WEIGHTS, "unet/diffusion_pytorch_model.bin"),
    "`diffusion_pytorch_model.bin` is a Python pickle, which can run any code",
  ],
  [
    "weights named as an index of several files",
    renameFile(UNET_WEIGHTS, "unet/diffusion_pytorch_model.safetensors.index.json"),
    "diffusion_pytorch_model.safetensors.index.json: ",
  ],
  ["truncated weights", truncate(UNET_WEIGHTS, 1000), "unet/diffusion_pytorch_model.safetensors: tensor `"],
  [
    "weights that are a web page",
    write(TEXT_WEIGHTS, "<!doctype html><p>Not found</p>"),
    "model.safetensors: this is no safetensors file, but a web page",
  ],
  // other models
  [
    "a text encoder of another class",
    configure("model_index.json", { text_encoder: ["transformers", "CLIPTextModelWithProjection"] }),
    '`text_encoder`: expected another kind of value, found ["transformers","CLIPTextModelWithProjection"]',
  ],
  [
    "a transformer instead of a UNet",
    configure("model_index.json", { unet: undefined }),
    "this is a `StableDiffusionPipeline`, which has no UNet",
  ],
  [
    "input channels of no known model",
    configure("unet/config.json", { in_channels: 7 }),
    "`in_channels`: expected one of 4|8|9, found 7",
  ],
  [
    "SDXL's conditions but no text encoder for them",
    configure("unet/config.json", { addition_embed_type: "text_time" }),
    "`addition_embed_type` is text_time, but no text encoder gives one vector for the text",
  ],
  [
    "a guidance embedding that has no weights",
    configure("unet/config.json", { time_cond_proj_dim: 256 }),
    "the weight `time_embedding.cond_proj.weight` [32, 256] is missing",
  ],
  [
    "an option from the future",
    configure("unet/config.json", { rotary_embedding: true, mixture_of_experts: 8 }),
    "the option `rotary_embedding`, `mixture_of_experts` is not known",
  ],
  [
    "an unknown block",
    configure("unet/config.json", { down_block_types: ["DownBlock2D", "KDownBlock2D"] }),
    '`down_block_types.1`: expected one of "DownBlock2D"|"CrossAttnDownBlock2D", found "KDownBlock2D"',
  ],
  [
    "another activation",
    configure("vae/config.json", { act_fn: "mish" }),
    '`act_fn`: expected one of "silu"|"swish", found "mish"',
  ],
  [
    "latents with means of their own",
    configure("vae/config.json", { latents_mean: [0, 0, 0, 0] }),
    "`latents_mean`: expected null",
  ],
  // configs that make no sense
  ["a billion layers", configure("unet/config.json", { layers_per_block: 1e9 }), "`layers_per_block`"],
  ["layers by half", configure("vae/config.json", { layers_per_block: 1.5 }), "`layers_per_block`"],
  [
    "a width of a billion",
    configure("unet/config.json", { block_out_channels: [32, 1e9] }),
    "`block_out_channels.1`",
  ],
  ["no blocks", configure("unet/config.json", { block_out_channels: [] }), "`block_out_channels`"],
  [
    "more block types than blocks",
    configure("unet/config.json", { up_block_types: ["UpBlock2D"] }),
    "`up_block_types` has 1 entries, expected 2 as `block_out_channels`",
  ],
  [
    "heads for one block",
    configure("unet/config.json", { attention_head_dim: [8] }),
    "`attention_head_dim` has 1 entries, expected 2",
  ],
  [
    "heads that do not divide the width",
    configure("unet/config.json", { attention_head_dim: 7 }),
    "32 channels do not divide into 7 attention heads",
  ],
  [
    "groups that do not divide the channels",
    configure("unet/config.json", { norm_num_groups: 24 }),
    "channels do not divide into 24 groups",
  ],
  [
    "VAE blocks of another number",
    configure("vae/config.json", { up_block_types: ["UpDecoderBlock2D"] }),
    "`up_block_types` has 1 entries, expected 2",
  ],
  ["a scale of zero", configure("vae/config.json", { scaling_factor: 0 }), "`scaling_factor`"],
  [
    "text heads that do not divide the width",
    configure("text_encoder/config.json", { num_attention_heads: 5 }),
    "`hidden_size` 32 does not divide into `num_attention_heads` 5",
  ],
  [
    "a width as text",
    configure("text_encoder/config.json", { hidden_size: "32" }),
    "`hidden_size`: expected",
  ],
  [
    "an object's hidden key",
    write("vae/config.json", '{"__proto__": {"act_fn": "silu"}}'),
    "the option `__proto__` is not known",
  ],
  [
    "a text encoder that the UNet was not made for",
    configure("text_encoder/config.json", { hidden_size: 64 }),
    "`cross_attention_dim` is 32, but `hidden_size` of the text encoder is 64",
  ],
  // weights that do not fit the config
  [
    "a missing weight",
    editWeights(UNET_WEIGHTS, (header) => moveWeight(header, "conv_in.bias", "conv_in.b")),
    "unet/diffusion_pytorch_model.safetensors: the weight `conv_in.bias` [32] is missing",
  ],
  [
    "a weight of another shape",
    configure("text_encoder/config.json", { intermediate_size: 128 }),
    "the weight `text_model.encoder.layers.0.mlp.fc1.weight` has the shape [64, 32], expected [128, 32]",
  ],
  [
    "a weight whose sizes are swapped",
    editWeights(UNET_WEIGHTS, (header) => Object.assign(header["conv_in.weight"]!, { shape: [3, 3, 4, 32] })),
    "the weight `conv_in.weight` has the shape [3, 3, 4, 32], expected [32, 4, 3, 3]",
  ],
  [
    "fewer layers in the file than in the config",
    configure("text_encoder/config.json", { num_hidden_layers: 3 }),
    "`text_model.encoder.layers.2.layer_norm1.weight` [32] is missing",
  ],
  [
    "weights as whole numbers",
    editWeights(VAE_WEIGHTS, (header) => Object.assign(header["quant_conv.bias"]!, { dtype: "I32" })),
    "the weight `quant_conv.bias` is stored as I32, expected F32, F16 or BF16",
  ],
  [
    "the weights of another part",
    async () => await cp(join(folder, VAE_WEIGHTS), join(folder, UNET_WEIGHTS)),
    "the weight `time_embedding.linear_1.weight` [128, 32] is missing",
  ],
  [
    "a vocabulary larger than the table",
    configure("text_encoder/config.json", { vocab_size: 900 }),
    "expected 0 to 899 (vocab_size of the text encoder)",
  ],
];

describe("a broken model folder", () => {
  it.each(broken)("with %s is refused", async (_, change, message) => {
    await change();
    expect(await modelErrorOf(readModelFolder(folder))).toContain(message);
  });
});

describe("the hash of a model", () => {
  it("stays when the folder is copied", async () => {
    expect((await readModelFolder(folder)).hash).toBe((await readModelFolder(TINY)).hash);
  });

  it.each([
    [
      "one bit of a weight",
      async () => {
        const path = join(folder, UNET_WEIGHTS);
        const bytes = await readFile(path);
        bytes[bytes.length - 1]! ^= 1;
        await writeFile(path, bytes);
      },
    ],
    ["an option of a config", configure("vae/config.json", { scaling_factor: 0.13025 })],
    ["the noise schedule", configure("scheduler/scheduler_config.json", { beta_end: 0.013 })],
    [
      "the order of merges",
      async () => {
        const path = join(folder, "tokenizer/merges.txt");
        await writeFile(path, (await readFile(path, "utf8")).trim().split("\n").toReversed().join("\n"));
      },
    ],
  ] as [string, Change][])("changes with %s", async (_, change) => {
    const before = (await readModelFolder(folder)).hash;
    await change();
    expect((await readModelFolder(folder)).hash).not.toBe(before);
  });
});

describe("half-precision variants", () => {
  it("are found by their own file name", async () => {
    await renameFile(UNET_WEIGHTS, "unet/diffusion_pytorch_model.fp16.safetensors")();
    const { unet } = await readModelFolder(folder);
    expect(unet.weights.file).toBe(join(folder, "unet/diffusion_pytorch_model.fp16.safetensors"));
  });
});
