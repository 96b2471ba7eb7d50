/** Which files of a repository make up a model: one checkpoint, or the folder that diffusers saves. */

import { DownloadError } from "../errors.ts";
import { isOnnx } from "../models/library-folder.ts";
import { printable } from "../printable.ts";
import type { RepoFile, Repository } from "./repo-files.ts";

const PARTS = new Set([
  "text_encoder",
  "text_encoder_2",
  "tokenizer",
  "tokenizer_2",
  "scheduler",
  "unet",
  "vae",
]);

export interface Choice {
  /** A single file goes into the library under the model's name, a folder with the paths of its files. */
  readonly layout: "file" | "folder";
  readonly files: readonly RepoFile[];
}

/**
 * @param wanted path of the one file to take, `.safetensors` or `.onnx`; else the repository must leave no choice: a folder in the diffusers layout, or a single
 *   `.safetensors` file
 * @throws DownloadError that lists what there is
 */
export function chooseFiles(repository: Repository, wanted: string | undefined): Choice {
  const { files } = repository;
  if (wanted !== undefined) {
    const file = files.find(({ path }) => path === wanted);
    if (file !== undefined && isLoaded(file)) return { layout: "file", files: [file] };
    throw failure(
      repository,
      file === undefined
        ? `there is no file ${printable(wanted)}`
        : `${printable(wanted)} is no .safetensors or .onnx file, and nothing else is loaded`,
    );
  }
  const top = files.filter(({ path }) => !path.includes("/"));
  const configs = top.filter(({ path }) => path === "model_index.json" || path === "config.json");
  if (configs.some(({ path }) => path === "model_index.json")) return chooseFolder(repository);
  const checkpoints = top.filter(isSafetensors);
  if (configs.length > 0) {
    const weights = oneOfTwins(checkpoints.filter(({ path }) => isNetwork(path)));
    if (weights.length > 0) return { layout: "folder", files: [...configs, ...weights] };
  }
  const [only] = checkpoints;
  if (checkpoints.length === 1 && only !== undefined) return { layout: "file", files: [only] };
  throw failure(
    repository,
    checkpoints.length === 0 ? "it holds no model that can be loaded" : "it holds several checkpoints",
  );
}

/** A whole model: every part's configs and vocabulary, and its weights once. */
function chooseFolder(repository: Repository): Choice {
  const inParts = repository.files.filter(({ path }) => {
    const [part = "", name, ...deeper] = path.split("/");
    return PARTS.has(part) && name !== undefined && deeper.length === 0;
  });
  const index = repository.files.filter(({ path }) => path === "model_index.json");
  const texts = inParts.filter(({ path }) => /\.(json|txt)$/i.test(path) && !path.endsWith(".index.json"));
  const weights = [...PARTS].flatMap((part) => {
    const all = inParts.filter(({ path }) => path.startsWith(`${part}/`) && isNetwork(path));
    return oneOfTwins(all);
  });
  if (!weights.some(({ path }) => path.startsWith("unet/")))
    throw failure(repository, "the weights of its UNet are not there as .safetensors");
  return { layout: "folder", files: [...index, ...texts, ...weights] };
}

/** Weights in half precision are half the download and the same pictures; they are taken where a repository has both. */
function oneOfTwins(files: readonly RepoFile[]): readonly RepoFile[] {
  const half = files.filter(({ path }) => /\.fp16[.-]/.test(path));
  return half.length > 0 ? half : files;
}

/** The names under which diffusers saves weights, whole or in pieces; `non_ema` twins and checkpoints beside them are left out. */
function isNetwork(path: string): boolean {
  return /(^|\/)(model|diffusion_pytorch_model)(\.fp16)?(-\d{5}-of-\d{5})?(\.safetensors|\.safetensors\.index(\.fp16)?\.json)$/.test(
    path,
  );
}

/** Whether it is of a kind that is ever loaded by itself. */
function isLoaded(file: RepoFile): boolean {
  return isSafetensors(file) || isOnnx(file.path);
}

function isSafetensors({ path }: RepoFile): boolean {
  return path.endsWith(".safetensors");
}

function failure({ repo, files }: Repository, message: string): DownloadError {
  const names = files.filter(isLoaded).map(({ path }) => printable(path));
  const shown = names.slice(0, 20).map((name) => `\n    animate models pull ${repo}/${name}`);
  const pickle = files.some(({ path }) => /\.(ckpt|pt|pth|bin)$/i.test(path));
  const hint =
    names.length > 0
      ? `Name one file:${shown.join("")}${names.length > shown.length ? `\n    … and ${names.length - shown.length} more` : ""}`
      : pickle
        ? "It has only Python pickles, which can run any code when they are opened; look for a .safetensors version."
        : "Look for a repository with .safetensors files.";
  return new DownloadError(message, { where: repo, hint });
}
