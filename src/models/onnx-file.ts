/** Opens a ready ONNX file: any, or one whose one input is a picture. */

import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { printableName } from "../printable.ts";
import { readGraphWeights } from "./graph-weights.ts";
import { hashGraph } from "./model-hash.ts";
import type { OpenModelOptions } from "./open-model.ts";
import { type PictureEntry, readPictureEntry } from "./picture-entry.ts";
import { selectProvider } from "./select-provider.ts";
import { FLOATS, openSessionFile, type Port, type Session } from "./session.ts";

/** Of a list of inputs, for messages; networks have fewer. */
const MAX_PORTS = 8;

export interface LoadedOnnx {
  /** Without `.onnx`. */
  readonly name: string;
  /** The file, and those beside it that hold weights. */
  readonly files: readonly string[];
  /** sha256 of the file, or over all of them, hex. */
  readonly hash: string;
  readonly bytes: Uint8Array;
  readonly session: Session;
}

export interface OnnxFile extends LoadedOnnx {
  readonly input: string;
  /** Sides that the network was exported for; undefined = any. */
  readonly height: number | undefined;
  readonly width: number | undefined;
  readonly output: string;
  readonly entry: PictureEntry;
}

/**
 * Loads an ONNX file. Weights beside the file are found; all of it is looked through before ONNX Runtime does.
 *
 * @param title of the network in messages: `depth network`
 * @throws ModelError when it cannot be read, or is no ONNX model
 */
export async function loadOnnx(title: string, path: string, options: OpenModelOptions): Promise<LoadedOnnx> {
  const provider = await selectProvider(options.device ?? "auto");
  await requireSize(path);
  const weights = await readGraphWeights(path);
  const session = await openSessionFile(title, path, { ...options, provider });
  return {
    name: basename(path).replace(/\.onnx$/i, ""),
    files: [path, ...weights.files],
    hash: await hashGraph(path, weights),
    bytes: await readFile(path),
    session,
  };
}

/**
 * Opens an ONNX file with one float input `[1, 3, height, width]`, fixed or free sizes; the first output counts.
 *
 * @throws ModelError as {@link loadOnnx}, and when it takes something else
 */
export async function openOnnxFile(
  title: string,
  path: string,
  options: OpenModelOptions,
): Promise<OnnxFile> {
  const loaded = await loadOnnx(title, path, options);
  const { session, bytes } = loaded;
  const [[inputName, input] = []] = session.inputs;
  const [[outputName, output] = []] = session.outputs;
  const [batch, channels, height, width] = (input?.dims ?? []).map(fixedSize);
  const fits =
    session.inputNames.length === 1 &&
    FLOATS.has(input?.type ?? "") &&
    input?.dims.length === 4 &&
    (batch ?? 1) === 1 &&
    (channels ?? 3) === 3;
  if (!fits || inputName === undefined || outputName === undefined || !FLOATS.has(output?.type ?? "")) {
    await session.release();
    throw new ModelError(
      `expected one input [1, 3, height, width] and an output, float32 or float16, found ${describePorts(session.inputs)}`,
      {
        where: path,
        hint: "Export the model in full or half precision, with the picture as its only input.",
      },
    );
  }
  return {
    ...loaded,
    input: inputName,
    height,
    width,
    output: outputName,
    entry: readPictureEntry(bytes, inputName),
  };
}

/** `image1 float32 [1, 3, any, any], image2 …`, for messages. */
export function describePorts(ports: ReadonlyMap<string, Port>): string {
  const texts = [...ports].map(
    ([name, { type, dims }]) =>
      `${printableName(name)} ${type} [${dims.map((size) => fixedSize(size) ?? "any").join(", ")}]`,
  );
  return texts.length === 0 ? "none" : texts.slice(0, MAX_PORTS).join(", ");
}

/** Undefined where the network takes any size. */
export function fixedSize(size: number | string): number | undefined {
  return typeof size === "number" && size > 0 ? size : undefined;
}

async function requireSize(path: string): Promise<void> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new ModelError("the file is missing or cannot be read", { where: path, cause });
  });
  if (size <= LIMITS.onnx.fileBytes) return;
  throw new ModelError(`the file has ${size} bytes, an ONNX file at most ${LIMITS.onnx.fileBytes}`, {
    where: path,
  });
}
