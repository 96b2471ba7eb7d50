/** Single files that are damaged, hostile or no checkpoint. */

import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CHECKPOINT,
  type Header,
  type HeaderEdit,
  renameTensor,
  TEXT,
  UNET,
  VAE,
  writeEditedCheckpoint,
} from "./edited-checkpoint.ts";
import type { HostileModel } from "./hostile-models.ts";
import { encodeSafetensors, type HeaderEntry } from "./safetensors-file.ts";
import { readWeightTable } from "./weight-tables.ts";

const DAMAGED = "The file is damaged or was not copied completely: download it again";
const INCOMPLETE = "The checkpoint is incomplete";
const NO_FAMILY = "The checkpoint is incomplete or of no Stable Diffusion family";
const FULL_VERSION = "Take the version of the model in full or half precision";

/** A sound checkpoint whose header tells lies. */
function edited(title: string, edit: HeaderEdit, message: string, hint = INCOMPLETE): HostileModel {
  return {
    title: `a checkpoint with ${title}`,
    write: (folder) => writeEditedCheckpoint(folder, edit),
    message,
    where: "copy.safetensors",
    hint,
  };
}

/** A file of whatever bytes, called a checkpoint. */
function bytes(
  title: string,
  content: Buffer | ((checkpoint: Buffer) => Buffer),
  message: string,
  hint = DAMAGED,
): HostileModel {
  return {
    title,
    async write(folder) {
      const file = join(folder, "bad.safetensors");
      await writeFile(file, typeof content === "function" ? content(await readFile(CHECKPOINT)) : content);
      return file;
    },
    message,
    where: "bad.safetensors",
    hint,
  };
}

/** The names of Stable Diffusion 1.5 without bytes: the most that a small hostile file can claim. */
function hollow(title: string, edit: (header: Header) => void, message: string, hint = NO_FAMILY) {
  const write = () => {
    const names = readWeightTable("sd15").map(({ ldmName }) => ldmName);
    const header: Header = Object.fromEntries(
      names.map((name) => [name, { dtype: "F16", shape: [32, 4, 0], data_offsets: [0, 0] }]),
    );
    edit(header);
    return encodeSafetensors(header);
  };
  return bytes(`a file without data that claims ${title}`, write, message, hint);
}

const LEVEL: HeaderEntry = { dtype: "F16", shape: [32, 0], data_offsets: [0, 0] };

export const HOSTILE_CHECKPOINTS: readonly HostileModel[] = [
  edited(
    "a missing weight of the UNet",
    (header) => renameTensor(header, `${UNET}out.2.bias`, "x"),
    "the weight `model.diffusion_model.out.2.bias` [4] is missing",
  ),
  edited(
    "a missing weight deep in a block",
    (header) => renameTensor(header, `${UNET}output_blocks.2.1.transformer_blocks.0.ff.net.2.bias`, "x"),
    "`model.diffusion_model.output_blocks.2.1.transformer_blocks.0.ff.net.2.bias` [32] is missing",
  ),
  edited(
    "a missing weight of the VAE",
    (header) => renameTensor(header, `${VAE}decoder.up.1.upsample.conv.bias`, "x"),
    "the weight `first_stage_model.decoder.up.1.upsample.conv.bias` [64] is missing",
  ),
  edited(
    "a missing weight of the text encoder",
    (header) => renameTensor(header, `${TEXT}final_layer_norm.bias`, "x"),
    "the weight `cond_stage_model.transformer.text_model.final_layer_norm.bias` [32] is missing",
  ),
  edited(
    "no first layer of the UNet",
    (header) => renameTensor(header, `${UNET}input_blocks.1.0.in_layers.2.weight`, "x"),
    "`model.diffusion_model.input_blocks.1.0.in_layers.2.weight` is missing",
  ),
  edited(
    "no time embedding",
    (header) => renameTensor(header, `${UNET}time_embed.0.weight`, "x"),
    "the weight `model.diffusion_model.time_embed.0.weight` is missing",
  ),
  edited(
    "no token table",
    (header) => renameTensor(header, `${TEXT}embeddings.token_embedding.weight`, "x"),
    "`cond_stage_model.transformer.text_model.embeddings.token_embedding.weight` is missing",
  ),
  edited(
    "a weight of another shape",
    (header) => Object.assign(header[`${UNET}out.2.weight`]!, { shape: [32, 4, 3, 3] }),
    "the weight `model.diffusion_model.out.2.weight` has the shape [32, 4, 3, 3], expected [4, 32, 3, 3]",
  ),
  edited(
    "channels that do not divide into heads",
    (header) => {
      header[`${UNET}input_blocks.1.0.in_layers.2.weight`]!.shape = [36, 256, 1, 1];
    },
    "a width of 36 in `model.diffusion_model.*` does not divide into 8 attention heads",
  ),
  edited(
    "weights in 8 bits",
    (header) => Object.assign(header[`${UNET}out.2.bias`]!, { dtype: "F8_E4M3", shape: [4, 2] }),
    "the weight `model.diffusion_model.out.2.bias` has the shape [4, 2], expected [4]",
  ),
  edited(
    "weights as whole numbers",
    (header) => Object.assign(header[`${VAE}quant_conv.bias`]!, { dtype: "I16" }),
    "the weight `first_stage_model.quant_conv.bias` is stored as I16, expected F32, F16 or BF16",
    FULL_VERSION,
  ),
  edited(
    "a text encoder that the UNet was not made for",
    (header) => {
      header[`${UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight`]!.shape = [16, 64];
    },
    "the UNet attends to text of width 64, but the text encoder gives 32",
  ),
  edited(
    "latents of another model",
    (header) => {
      header[`${VAE}decoder.conv_in.weight`]!.shape = [16, 16, 3, 3];
    },
    "the VAE has 16 latent channels, expected 4",
    NO_FAMILY,
  ),
  edited(
    "two weights on the same bytes",
    (header) => {
      header[`${VAE}quant_conv.bias`]!.data_offsets = header[`${VAE}post_quant_conv.weight`]!.data_offsets;
      header[`${VAE}quant_conv.bias`]!.shape = header[`${VAE}post_quant_conv.weight`]!.shape;
    },
    "(tensors must neither overlap nor leave gaps)",
    DAMAGED,
  ),
  edited(
    "a weight that ends behind the file",
    (header, dataLength) => {
      header["behind"] = {
        dtype: "F16",
        shape: [500_000],
        data_offsets: [dataLength, dataLength + 1_000_000],
      };
    },
    "tensor `behind` ends at byte",
    DAMAGED,
  ),
  edited(
    "bytes that no weight owns",
    (header) => delete header[`${UNET}out.2.bias`],
    "(tensors must neither overlap nor leave gaps)",
    DAMAGED,
  ),
  edited(
    "a number format that does not exist",
    (header) => Object.assign(header[`${UNET}out.2.bias`]!, { dtype: "F17" }),
    "tensor `model.diffusion_model.out.2.bias` has the number format `F17`, expected one of F64, F32",
    DAMAGED,
  ),
  edited(
    "commands for terminals in a name",
    (header) => renameTensor(header, `${UNET}out.2.bias`, "\u001b]0;owned\u0007"),
    "a name that is empty or not printable ASCII",
    DAMAGED,
  ),
  bytes("a file cut off in the data", (whole) => whole.subarray(0, 2_000_000), "but the file holds"),
  bytes("a file cut off in the header", (whole) => whole.subarray(0, 5000), "truncated, or no safetensors"),
  bytes("a file cut off at once", (whole) => whole.subarray(0, 4), "found only 4 bytes"),
  bytes("an empty file", Buffer.alloc(0), "found only 0 bytes"),
  bytes(
    "a file with bytes after the data",
    (whole) => Buffer.concat([whole, Buffer.alloc(3)]),
    "but the file is",
  ),
  bytes(
    "a header of 2^64 − 1 bytes",
    Buffer.alloc(64, 0xff),
    "the header claims 18446744073709551615 bytes, expected 2 to 56",
  ),
  bytes(
    "a header of 26 MB, all of it there",
    () => encodeSafetensors(`{"a":"${"x".repeat(26_000_000)}"}`),
    "expected 2 to 25000000",
  ),
  bytes(
    "a header of a hundred thousand nested objects",
    encodeSafetensors('{"a":'.repeat(100_000)),
    "unexpected field `a` of tensor `a`",
  ),
  bytes(
    "a pickle in a zip archive under another name",
    Buffer.from("PK\u0003\u0004\u0000\u0000\u0008\u0008archive/data.pkl", "latin1"),
    "this is no safetensors file, but a Python pickle in a zip archive, as PyTorch writes it",
    "A pickle can run any code",
  ),
  bytes(
    "a plain pickle under another name",
    Buffer.from("\u0080\u0002}q\u0000(X\u0005\u0000\u0000\u0000state", "latin1"),
    "this is no safetensors file, but a Python pickle",
    "A pickle can run any code",
  ),
  bytes(
    "a web page under another name",
    Buffer.from("<!doctype html><p>Log in"),
    "this is no safetensors file, but a web page",
    "download it again in the browser",
  ),
  bytes(
    "a pointer of Git LFS",
    Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4265146304\n"),
    "this is no safetensors file, but a note of Git LFS about the file, not the file",
    "Run `git lfs pull`",
  ),
  bytes(
    "a GGUF file under another name",
    Buffer.from("GGUF\u0003\u0000\u0000\u0000\u0000\u0000"),
    "this is no safetensors file, but a GGUF file",
    "Download the model's .safetensors version",
  ),
  hollow(
    "widths of zero",
    (header) => {
      for (const entry of Object.values(header)) entry.shape = [0, 4];
    },
    "has the odd shape [0, 4]",
  ),
  hollow(
    "a width beyond reason",
    (header) => {
      header[`${UNET}input_blocks.1.0.in_layers.2.weight`]!.shape = [9_000_000, 0];
    },
    "`model.diffusion_model.input_blocks.1.0.in_layers.2.weight` has the odd shape [9000000, 0]",
  ),
  hollow(
    "the largest widths",
    (header) => {
      for (const entry of Object.values(header)) entry.shape = [65_536, 65_536, 0];
    },
    "has a UNet with 65536 input channels, expected 4",
    "This version renders Stable Diffusion 1.x, 2.x and SDXL",
  ),
  hollow(
    "layers without end",
    (header) => {
      for (let n = 1; n < 200; n++) header[`${UNET}input_blocks.${n}.0.in_layers.2.weight`] = LEVEL;
    },
    "more than 64 layers",
  ),
  hollow(
    "levels without end",
    (header) => {
      for (let n = 1; n < 200; n++) {
        delete header[`${UNET}input_blocks.${n}.1.norm.weight`];
        delete header[`${UNET}input_blocks.${n}.0.in_layers.2.weight`];
        header[`${UNET}input_blocks.${n}.0.${n % 2 === 0 ? "op" : "in_layers.2"}.weight`] = LEVEL;
      }
    },
    "more than 8 levels of the UNet",
  ),
  {
    title: "a link to a device that never ends",
    async write(folder) {
      const file = join(folder, "endless.safetensors");
      await symlink("/dev/zero", file);
      return file;
    },
    message: "the file is missing or cannot be read",
    where: "endless.safetensors/model_index.json",
    hint: "Download the whole model folder",
  },
];
