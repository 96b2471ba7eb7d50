/** Model folders whose files point out of the folder, never end, or are something else. */

import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ModelProto, ModelProtoSchema } from "../../src/models/onnx_pb.ts";
import type { HostileModel } from "./hostile-models.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const STEM = "diffusion_pytorch_model";
const INDEX = `${STEM}.safetensors.index.json`;
const DOWNLOAD = "download the model again";
const ONLY_BESIDE = "An index may only name files beside it";

/** A copy of a sound model in the folder `model`, changed. */
function changed(
  source: string,
  change: (model: string, folder: string) => Promise<unknown>,
  row: Omit<HostileModel, "write">,
): HostileModel {
  const write = async (folder: string): Promise<string> => {
    const model = join(folder, "model");
    await cp(fixture(source), model, { recursive: true });
    await change(model, folder);
    return model;
  };
  return { ...row, write };
}

/** The tiny model with the UNet's weights as its one shard, listed in an index. */
function indexed(
  title: string,
  edit: (map: Record<string, unknown>) => unknown,
  message: string,
  { where = INDEX, hint = ONLY_BESIDE } = {},
): HostileModel {
  const change = async (model: string) => {
    const unet = join(model, "unet");
    await rename(join(unet, `${STEM}.safetensors`), join(unet, "one.safetensors"));
    const map: Record<string, unknown> = { "conv_in.weight": "one.safetensors" };
    await writeFile(join(unet, INDEX), JSON.stringify({ weight_map: edit(map) ?? map }));
  };
  return changed("tiny-sd15", change, { title: `an index with ${title}`, message, where, hint });
}

/** The same with another file for one tensor. */
function placedIn(title: string, file: unknown, message = "expected the name of a .safetensors file") {
  return indexed(title, (map) => void (map["conv_in.weight"] = file), message);
}

/** The tiny export with one of its graphs changed. */
function exported(
  title: string,
  change: (graph: string, folder: string) => Promise<unknown>,
  message: string,
  part = "unet",
): HostileModel {
  return changed("tiny-sd15-onnx", (model, folder) => change(join(model, part, "model.onnx"), folder), {
    title: `an export with ${title}`,
    message,
    where: `${part}/model.onnx`,
    hint: "The export is damaged or incomplete",
  });
}

/** Lets a graph look for its weights in another file, which holds just those weights. */
async function moveWeights(graph: string, folder: string, location: string): Promise<void> {
  await mkdir(join(folder, "secret"));
  await rename(`${graph}_data`, join(folder, "secret", "weights.bin"));
  const model: ModelProto = fromBinary(ModelProtoSchema, await readFile(graph));
  for (const { externalData } of model.graph!.initializer) {
    for (const entry of externalData) if (entry.key === "location") entry.value = location;
  }
  await writeFile(graph, toBinary(ModelProtoSchema, model));
}

export const HOSTILE_FOLDERS: readonly HostileModel[] = [
  indexed("a list as table", () => [], "expected `weight_map`", { hint: DOWNLOAD }),
  indexed("an empty table", () => ({}), "0 files in `weight_map`", { hint: DOWNLOAD }),
  indexed(
    "too many files",
    () => Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`t${i}`, `s${i}.safetensors`])),
    "300 files in `weight_map`, expected 1 to 256",
    { hint: DOWNLOAD },
  ),
  indexed(
    "a tensor in the wrong file",
    (map) => void (map["nothing.weight"] = "one.safetensors"),
    "the index places the tensor `nothing.weight` in `one.safetensors`, which has no such tensor",
    { hint: "different versions of the model" },
  ),
  indexed(
    "a missing file",
    (map) => void (map["conv_in.weight"] = "gone.safetensors"),
    "the file cannot be opened",
    { where: "gone.safetensors", hint: "Check that it is there" },
  ),
  placedIn("a way up", "../vae/x.safetensors", 'found "../vae/x.safetensors"'),
  placedIn("a way down", "sub/x.safetensors"),
  placedIn("a way up in Windows' spelling", "..\\x.safetensors"),
  placedIn("an absolute path", "/etc/x.safetensors"),
  placedIn("a drive", "C:x.safetensors"),
  placedIn("a zero byte", "x\0.safetensors"),
  placedIn("a pickle", "pytorch_model.bin"),
  placedIn("a number as file", 1, "found 1"),
  changed(
    "tiny-sd15",
    async (model) => {
      await rename(join(model, "unet", `${STEM}.safetensors`), join(model, "unet", `${STEM}.bin`));
    },
    {
      title: "a folder whose weights are pickles",
      message: "is a Python pickle, which can run any code when it is opened",
      where: "unet",
      hint: "Download the model's .safetensors files",
    },
  ),
  changed("tiny-sd15", (model) => writeFile(join(model, "model_index.json"), "[".repeat(400_000)), {
    title: "a folder with an index of nested lists",
    message: "expected JSON",
    where: "model_index.json",
    hint: DOWNLOAD,
  }),
  changed(
    "tiny-sd15",
    async (model) => {
      await rm(join(model, "unet/config.json"));
      await symlink("/dev/zero", join(model, "unet/config.json"));
    },
    {
      title: "a folder with a config that never ends",
      message: "expected a file",
      where: "unet/config.json",
      hint: DOWNLOAD,
    },
  ),
  exported(
    "weights outside its folder",
    (graph, folder) => moveWeights(graph, folder, "../../secret/weights.bin"),
    "the graph looks for weights at `../../secret/weights.bin`, outside its folder",
  ),
  exported(
    "weights at an absolute path",
    (graph, folder) => moveWeights(graph, folder, join(folder, "secret", "weights.bin")),
    "the graph looks for weights at `",
  ),
  exported(
    "weights that are missing",
    (graph) => rm(`${graph}_data`),
    "the weights of the graph, `model.onnx_data`, are missing",
  ),
  exported(
    "weights cut off",
    async (graph) => writeFile(`${graph}_data`, (await readFile(`${graph}_data`)).subarray(0, 1_000_000)),
    "of `model.onnx_data`, which has 1000000",
  ),
  exported(
    "text instead of a graph",
    (graph) => writeFile(graph, "no graph"),
    "this is no ONNX model, or it is damaged",
    "vae_decoder",
  ),
  exported(
    "a graph cut off",
    async (graph) => writeFile(graph, (await readFile(graph)).subarray(0, 100_000)),
    "this is no ONNX model, or it is damaged",
    "text_encoder",
  ),
];
