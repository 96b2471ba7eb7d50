/** Opens and runs ONNX Runtime sessions. */

import * as ort from "onnxruntime-node";
import { ModelError, RenderError } from "../errors.ts";
import { printable } from "../printable.ts";
import { fromHalves, toHalves } from "../tensor/half-floats.ts";
import type { IntTensor, Tensor } from "../tensor/tensor.ts";
import type { Provider } from "./device.ts";
import { readGraphWeights } from "./graph-weights.ts";
import { graphOptimization } from "./graph-optimization.ts";
import { MEMORY_HINT } from "./memory-hint.ts";

/** Of what ONNX Runtime says, in messages; its own are shorter than the names out of a file that stand in them may be. */
const MAX_MESSAGE_LENGTH = 800;

export interface SessionOptions {
  readonly provider: Provider;
  /** Threads of one run; 0 lets ONNX Runtime take all physical cores. Default 0. */
  readonly threads?: number;
  /**
   * `all`: weights repacked for speed, best for renders (default). `extended`: weights used where they lie in the file, which loads at once
   * and keeps memory low, and computes about 20 % slower. The two differ in the last bits of results.
   */
  readonly optimization?: "all" | "extended";
  /**
   * As little memory of its own as possible: `extended`, weights in half precision widened at each run instead of once, and memory given
   * back after each run. Default false.
   */
  readonly lowMemory?: boolean;
}

/** Number formats, in ONNX Runtime's words, that {@link Tensor}s are given and taken in. */
export const FLOATS: ReadonlySet<string> = new Set(["float32", "float16"]);

/** Number format in ONNX Runtime's words, and shape, with names where a size is free. */
export interface Port {
  readonly type: string;
  readonly dims: readonly (number | string)[];
}

/** A loaded network. */
export interface Session {
  /** Names of the graph's inputs. */
  readonly inputNames: readonly string[];
  /** What they are, by name. */
  readonly inputs: ReadonlyMap<string, Port>;
  readonly outputs: ReadonlyMap<string, Port>;
  /**
   * Runs the network. Blocks the event loop of the process for as long as it takes.
   *
   * @throws RenderError when ONNX Runtime fails, or a result has a value that is not a finite number
   */
  run(inputs: Readonly<Record<string, Tensor | IntTensor>>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/**
 * Loads the graph of a part of a model, with the device and threads that the model was opened for.
 *
 * @param part for messages: `UNet`
 * @param weightsPath of the file that the graph's weights lie in, absolute
 */
export type LoadGraph = (part: string, graph: Uint8Array, weightsPath: string) => Promise<Session>;

/** A result by its name. */
export function result(results: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const value = results[name];
  if (value === undefined) throw new RenderError(`ONNX Runtime gave no \`${name}\``);
  return value;
}

/**
 * Batch and size of a picture or latent `[batch, channels, height, width]`.
 *
 * @param multiple that both sides have to be of; default 1
 * @throws RenderError for another shape
 */
export function pictureShape(what: string, { dims }: Tensor, channels: number, multiple = 1) {
  const [batch, found, height, width, ...rest] = dims;
  if (
    batch === undefined ||
    height === undefined ||
    width === undefined ||
    found !== channels ||
    rest.length > 0
  ) {
    throw new RenderError(
      `the ${what} has the shape [${dims.join(", ")}], expected [batch, ${channels}, height, width]`,
    );
  }
  if (height % multiple !== 0 || width % multiple !== 0) {
    throw new RenderError(`the ${what} is ${width}×${height}, expected multiples of ${multiple}`);
  }
  return { batch, height, width };
}

// Fails loudly through exceptions only; ONNX Runtime would print a missing CUDA library to stderr as well.
ort.env.logLevel = "fatal";

/**
 * Loads a graph.
 *
 * @param name of the network, for messages: `UNet`
 * @param graph bytes of the ONNX model
 * @param weightsFolder that the locations of its weights are relative to
 * @throws ModelError when ONNX Runtime refuses the graph or its weights, RenderError when memory is short
 */
export async function openSession(
  name: string,
  graph: Uint8Array,
  weightsFolder: string,
  options: SessionOptions,
): Promise<Session> {
  const place = { model_external_initializers_file_folder_path: weightsFolder };
  return wrap(
    name,
    await ort.InferenceSession.create(graph, toOrtOptions(options, place)).catch((cause: unknown) => {
      throw openingError(name, cause);
    }),
  );
}

/**
 * Loads a graph from its file, with weights beside it. All of it is looked through first.
 *
 * @throws ModelError as {@link readGraphWeights}, and when ONNX Runtime refuses the graph or its weights; RenderError when memory is short
 */
export async function openSessionFile(name: string, file: string, options: SessionOptions): Promise<Session> {
  await readGraphWeights(file);
  const session = ort.InferenceSession.create(file, toOrtOptions(options, {}));
  return wrap(
    name,
    await session.catch((cause: unknown) => {
      throw openingError(name, cause, file);
    }),
  );
}

/**
 * Whether graphs for such sessions may compute new weights from those in the file: that is done once, when the session loads, and costs memory
 * of its own, which is what the other ways to open a session are there to save.
 */
export function foldsWeights({ provider, ...options }: SessionOptions): boolean {
  return provider === "cpu" && graphOptimization(options) === "all";
}

function toOrtOptions(
  { provider, threads = 0, lowMemory = false, ...rest }: SessionOptions,
  place: Readonly<Record<string, string>>,
): ort.InferenceSession.SessionOptions {
  const optimization = graphOptimization({ lowMemory, ...rest });
  return {
    executionProviders: provider === "cpu" ? ["cpu"] : [provider, "cpu"],
    graphOptimizationLevel: optimization,
    ...(threads > 0 && { intraOpNumThreads: threads }),
    ...(lowMemory && { enableCpuMemArena: false, enableMemPattern: false }),
    extra: {
      // Folding would widen the weights for good; then the file's own pages no longer serve as memory.
      ...(lowMemory && { optimization: { disable_specified_optimizers: "ConstantFolding" } }),
      session: {
        ...place,
        // A file of ONNX Runtime's own format would be recognized by its bytes, whatever was read in them before.
        load_model_format: "ONNX",
        // Waiting threads sleep instead of spinning. Beside any other work on the machine, the encoder of our own video included, that
        // halves the processor time of the embedded model's small operators and makes them faster as well (docs/performance.md).
        intra_op: { allow_spinning: "0" },
        ...(optimization === "extended" && { disable_prepacking: "1" }),
      },
    },
  };
}

function openingError(name: string, cause: unknown, file?: string): ModelError | RenderError {
  if (isMemoryShortage(cause)) return memoryError(name, cause);
  return new ModelError(`ONNX Runtime cannot load the ${name}: ${messageOf(cause)}`, {
    ...(file !== undefined && {
      where: file,
      hint: "The export is damaged or incomplete; export or download it again, or use the model's .safetensors files.",
    }),
    cause,
  });
}

function wrap(name: string, session: ort.InferenceSession): Session {
  const ports = portsOf(session.inputMetadata);
  return {
    inputNames: session.inputNames,
    inputs: ports,
    outputs: portsOf(session.outputMetadata),
    async run(inputs) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([key, tensor]) => [key, toOrt(tensor, ports.get(key))]),
      );
      const results = await session.run(feeds).catch((cause: unknown) => {
        if (isMemoryShortage(cause)) throw memoryError(name, cause);
        throw new RenderError(`ONNX Runtime failed in the ${name}: ${messageOf(cause)}`, { cause });
      });
      return Object.fromEntries(Object.entries(results).map(([key, value]) => [key, fromOrt(name, value)]));
    },
    async release() {
      await session.release();
    },
  };
}

function portsOf(values: readonly ort.InferenceSession.ValueMetadata[]): Map<string, Port> {
  return new Map(
    values.flatMap((value) =>
      value.isTensor ? [[value.name, { type: value.type, dims: value.shape }] as const] : [],
    ),
  );
}

/** @param port that it goes to: numbers come in the format that the graph takes */
function toOrt({ data, dims }: Tensor | IntTensor, port: Port | undefined): ort.Tensor {
  if (data instanceof Float32Array) {
    return port?.type === "float16"
      ? new ort.Tensor("float16", toHalves(data), dims)
      : new ort.Tensor("float32", data, dims);
  }
  return port?.type === "int32"
    ? new ort.Tensor("int32", Int32Array.from(data, Number), dims)
    : new ort.Tensor("int64", data, dims);
}

function fromOrt(name: string, value: ort.Tensor): Tensor {
  const { dims } = value;
  const data = toFloats(name, value);
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]!)) {
      throw new RenderError(`the ${name} gave ${data[i]} instead of a number`, {
        hint: "The weights are damaged or overflow in half precision: check the model's sha256, add `--precision fp32`, or use its fp32 files.",
      });
    }
  }
  return { dims, data };
}

/** The bits of halves come in whichever kind of array the version of Node has for them. */
function toFloats(name: string, { type, data }: ort.Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  if (type === "float16" && ArrayBuffer.isView(data)) {
    return fromHalves(new Uint16Array(data.buffer, data.byteOffset, data.length));
  }
  throw new TypeError(`the ${name} gave values that are no floats`);
}

function isMemoryShortage(cause: unknown): boolean {
  return /bad_alloc|out of memory|failed to allocate|cannot allocate memory|smaller than requested bytes/i.test(
    messageOf(cause),
  );
}

function memoryError(name: string, cause: unknown): RenderError {
  return new RenderError(`there is not enough memory for the ${name}`, {
    hint: MEMORY_HINT,
    cause,
  });
}

/** On one line: names out of the file are part of it. */
function messageOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return printable(message.slice(0, MAX_MESSAGE_LENGTH));
}
