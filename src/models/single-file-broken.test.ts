/** Single files that are damaged, hostile or no checkpoint: each is refused by a sentence. */

import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  CHECKPOINT,
  checkpointFolder,
  editedCheckpoint,
  type Header,
  renameTensor,
  TEXT,
  UNET,
  VAE,
} from "../../test/support/edited-checkpoint.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { encodeSafetensors, type HeaderEntry } from "../../test/support/safetensors-file.ts";
import { readWeightTable } from "../../test/support/weight-tables.ts";
import { readSingleFile } from "./single-file.ts";

/** What is wrong with the file, and what the error says. */
const broken: [title: string, edit: (header: Header) => void, message: string][] = [
  [
    "a missing weight of the UNet",
    (header) => renameTensor(header, `${UNET}out.2.bias`, "x"),
    "copy.safetensors: the weight `model.diffusion_model.out.2.bias` [4] is missing (The checkpoint is incomplete",
  ],
  [
    "a missing weight deep in a block",
    (header) => renameTensor(header, `${UNET}output_blocks.2.1.transformer_blocks.0.ff.net.2.bias`, "x"),
    "`model.diffusion_model.output_blocks.2.1.transformer_blocks.0.ff.net.2.bias` [32] is missing",
  ],
  [
    "a missing weight of the VAE",
    (header) => renameTensor(header, `${VAE}decoder.up.1.upsample.conv.bias`, "x"),
    "the weight `first_stage_model.decoder.up.1.upsample.conv.bias` [64] is missing",
  ],
  [
    "a missing weight of the text encoder",
    (header) => renameTensor(header, `${TEXT}final_layer_norm.bias`, "x"),
    "the weight `cond_stage_model.transformer.text_model.final_layer_norm.bias` [32] is missing",
  ],
  [
    "no first layer of the UNet",
    (header) => renameTensor(header, `${UNET}input_blocks.1.0.in_layers.2.weight`, "x"),
    "`model.diffusion_model.input_blocks.1.0.in_layers.2.weight` is missing",
  ],
  [
    "no time embedding",
    (header) => renameTensor(header, `${UNET}time_embed.0.weight`, "x"),
    "the weight `model.diffusion_model.time_embed.0.weight` is missing",
  ],
  [
    "no token table",
    (header) => renameTensor(header, `${TEXT}embeddings.token_embedding.weight`, "x"),
    "`cond_stage_model.transformer.text_model.embeddings.token_embedding.weight` is missing",
  ],
  [
    "a weight of another shape",
    (header) => Object.assign(header[`${UNET}out.2.weight`]!, { shape: [32, 4, 3, 3] }),
    "the weight `model.diffusion_model.out.2.weight` has the shape [32, 4, 3, 3], expected [4, 32, 3, 3]",
  ],
  [
    "channels that do not divide into heads",
    (header) =>
      Object.assign(header[`${UNET}input_blocks.1.0.in_layers.2.weight`]!, {
        shape: [36, 256, 1, 1],
      }),
    "a width of 36 in `model.diffusion_model.*` does not divide into 8 attention heads",
  ],
  [
    "weights in 8 bits",
    (header) => Object.assign(header[`${UNET}out.2.bias`]!, { dtype: "F8_E4M3", shape: [4, 2] }),
    "the weight `model.diffusion_model.out.2.bias` has the shape [4, 2], expected [4]",
  ],
  [
    "weights as whole numbers",
    (header) => Object.assign(header[`${VAE}quant_conv.bias`]!, { dtype: "I16" }),
    "the weight `first_stage_model.quant_conv.bias` is stored as I16, expected F32, F16 or BF16",
  ],
  [
    "a text encoder that the UNet was not made for",
    (header) => {
      header[`${UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight`]!.shape = [16, 64];
    },
    "the UNet attends to text of width 64, but the text encoder gives 32",
  ],
  [
    "latents of another model",
    (header) => {
      header[`${VAE}decoder.conv_in.weight`]!.shape = [16, 16, 3, 3];
    },
    "the VAE has 16 latent channels, expected 4",
  ],
];

/** Files to be refused before any tensor is looked at. */
const foreign: [title: string, bytes: (checkpoint: Buffer) => Buffer, message: string][] = [
  ["cut off in the data", (bytes) => bytes.subarray(0, 2_000_000), "but the file holds"],
  ["cut off in the header", (bytes) => bytes.subarray(0, 5000), "truncated, or no safetensors file"],
  ["cut off at once", (bytes) => bytes.subarray(0, 4), "found only 4 bytes"],
  ["with bytes after the data", (bytes) => Buffer.concat([bytes, Buffer.alloc(3)]), "but the file is"],
  [
    "that is a pickle in a zip archive",
    () => Buffer.from("PK\u0003\u0004\u0000\u0000\u0008\u0008archive/data.pkl", "latin1"),
    "this is no safetensors file, but a Python pickle in a zip archive, as PyTorch writes it (A pickle can run any code",
  ],
  [
    "that is a plain pickle",
    () => Buffer.from("\u0080\u0002}q\u0000(X\u0005\u0000\u0000\u0000state", "latin1"),
    "this is no safetensors file, but a Python pickle (A pickle can run any code",
  ],
  [
    "that is a web page",
    () => Buffer.from("<!doctype html><p>Log in"),
    "this is no safetensors file, but a web page",
  ],
  [
    "that is a pointer of Git LFS",
    () => Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4265146304\n"),
    "this is no safetensors file, but a note of Git LFS about the file, not the file (Run `git lfs pull`",
  ],
  [
    "that is a GGUF file",
    () => Buffer.from("GGUF\u0003\u0000\u0000\u0000\u0000\u0000"),
    "this is no safetensors file, but a GGUF file",
  ],
];

describe("a broken single file", () => {
  it.each(broken)("with %s is refused", async (_, edit, message) => {
    expect(await modelErrorOf(readSingleFile(await editedCheckpoint(edit)))).toContain(message);
  });

  it.each(foreign)("%s is refused", async (_, bytesOf, message) => {
    const file = join(await checkpointFolder(), "bad.safetensors");
    await writeFile(file, bytesOf(await readFile(CHECKPOINT)));
    expect(await modelErrorOf(readSingleFile(file))).toContain(message);
  });

  it("with another vocabulary is refused unless its tokenizer lies beside it", async () => {
    const file = await editedCheckpoint(() => {});
    await rm(join(dirname(file), "tokenizer"), { recursive: true });
    const error = await modelErrorOf(readSingleFile(file));
    expect(error).toContain("the text encoder knows 1000 tokens, expected CLIP's 49408");
    expect(error).toContain("into a folder `tokenizer` beside the file");
  });

  // The first release's weights without bytes: the most that a small hostile file can claim.
  it.each<[string, (header: Header) => void, string]>([
    [
      "widths of zero",
      (header) => {
        for (const entry of Object.values(header)) entry.shape = [0, 4];
      },
      "has the odd shape [0, 4]",
    ],
    [
      "a width beyond reason",
      (header) => {
        header[`${UNET}input_blocks.1.0.in_layers.2.weight`]!.shape = [9_000_000, 0];
      },
      "`model.diffusion_model.input_blocks.1.0.in_layers.2.weight` has the odd shape [9000000, 0]",
    ],
    [
      "the largest widths and no data",
      (header) => {
        for (const entry of Object.values(header)) entry.shape = [65_536, 65_536, 0];
      },
      "has a UNet with 65536 input channels, expected 4",
    ],
    [
      "layers without end",
      (header) => {
        for (let n = 1; n < 200; n++) {
          const entry: HeaderEntry = { dtype: "F16", shape: [32, 0], data_offsets: [0, 0] };
          header[`${UNET}input_blocks.${n}.0.in_layers.2.weight`] = entry;
        }
      },
      "more than 64 layers",
    ],
    [
      "levels without end",
      (header) => {
        for (let n = 1; n < 200; n++) {
          const entry: HeaderEntry = { dtype: "F16", shape: [32, 0], data_offsets: [0, 0] };
          delete header[`${UNET}input_blocks.${n}.1.norm.weight`];
          delete header[`${UNET}input_blocks.${n}.0.in_layers.2.weight`];
          header[`${UNET}input_blocks.${n}.0.${n % 2 === 0 ? "op" : "in_layers.2"}.weight`] = entry;
        }
      },
      "more than 8 levels of the UNet",
    ],
  ])("that claims %s is refused", async (_, edit, message) => {
    const header: Header = Object.fromEntries(
      readWeightTable("sd15").map(({ ldmName }) => [
        ldmName,
        { dtype: "F16", shape: [32, 4, 0], data_offsets: [0, 0] },
      ]),
    );
    edit(header);
    const file = join(await checkpointFolder(), "hollow.safetensors");
    await writeFile(file, encodeSafetensors(header));
    expect(await modelErrorOf(readSingleFile(file))).toContain(message);
  });
});
