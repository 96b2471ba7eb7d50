/** Reads `.safetensors` files: a table of named tensors in a JSON header, then their bytes. Nothing in such a file is ever executed. */

import { open, realpath, stat } from "node:fs/promises";
import { ModelError } from "../errors.ts";
import { systemErrorCode } from "../files.ts";
import { LIMITS } from "../limits.ts";
import { halfToFloat } from "../tensor/half-floats.ts";
import { elementCount, type IntTensor, type Tensor } from "../tensor/tensor.ts";
import { recognizeForeignFile } from "./foreign-file.ts";
import { DOWNLOAD_AGAIN, parseSafetensorsHeader } from "./safetensors-header.ts";

/** Bytes per value of the number formats that weight files use; those of fewer than 8 bits are refused. */
const BYTES_PER_VALUE: ReadonlyMap<string, number> = new Map([
  ["F64", 8],
  ["F32", 4],
  ["F16", 2],
  ["BF16", 2],
  ["F8_E4M3", 1],
  ["F8_E5M2", 1],
  ["I64", 8],
  ["I32", 4],
  ["I16", 2],
  ["I8", 1],
  ["U64", 8],
  ["U32", 4],
  ["U16", 2],
  ["U8", 1],
  ["BOOL", 1],
]);

/** One tensor of a file: where its bytes are. */
export interface StoredTensor {
  readonly name: string;
  /** Number format: `F32`, `F16`, `BF16`, `I64`, … */
  readonly type: string;
  readonly dims: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
  /** The file that it lies in, when that is not the file of the table, see `readShards`. Absolute, without symbolic links. */
  readonly path?: string;
  /** `dims` are as networks know the matrix, the bytes lie the other way round. */
  readonly transposed?: boolean;
}

export interface SafetensorsFile {
  /** Absolute, symbolic links resolved (hub caches consist of links, which ONNX Runtime refuses for weights). */
  readonly path: string;
  /** Where the table stands for several files: all of them, the index first. Default: that one. */
  readonly files?: readonly string[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What its maker wrote beside them, unchecked. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads and checks the header of a `.safetensors` file (format: huggingface/safetensors README). Tensors must fill the data exactly,
 * without gaps or overlaps, as the format demands.
 *
 * @throws ModelError that names the file, the tensor, the value found and the limit
 */
export async function readSafetensors(file: string): Promise<SafetensorsFile> {
  const path = await realpath(file).catch((cause: unknown) => {
    throw cannotOpen(file, cause);
  });
  const status = await stat(path);
  if (!status.isFile()) {
    const found = status.isDirectory() ? "a folder" : "a device, pipe or socket";
    throw new ModelError(`expected a file, found ${found}`, {
      where: path,
      hint: "Give the .safetensors file itself, or the folder that has `model_index.json`.",
    });
  }
  const { size } = status;
  const text = await readHeaderText(path, size);
  const dataStart = 8 + Buffer.byteLength(text);
  const dataBytes = size - dataStart;
  const tensors = new Map<string, StoredTensor>();
  const { entries, metadata } = parseSafetensorsHeader(text, path);
  for (const { name, type, dims, begin, end } of entries) {
    checkShape(path, name, type, dims, end - begin);
    if (end > dataBytes) {
      const message = `tensor \`${name}\` ends at byte ${end} of the data, but the file holds ${dataBytes} bytes of data`;
      throw new ModelError(message, { where: path, hint: DOWNLOAD_AGAIN });
    }
    tensors.set(name, { name, type, dims, offset: dataStart + begin, byteLength: end - begin });
  }
  checkContiguous(path, tensors, dataStart, size);
  return { path, tensors, metadata };
}

function cannotOpen(file: string, cause: unknown): ModelError {
  const denied = systemErrorCode(cause) === "EACCES";
  return new ModelError(
    denied ? "the file may not be read: permission denied" : "the file cannot be opened",
    {
      where: file,
      hint: "Check that it is there, that a link leads to a file, and that you may read it.",
      cause,
    },
  );
}

async function readHeaderText(path: string, size: number): Promise<string> {
  if (size < 10) {
    throw new ModelError(`expected a safetensors file, found only ${size} bytes`, {
      where: path,
      hint: DOWNLOAD_AGAIN,
    });
  }
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw cannotOpen(path, cause);
  });
  try {
    const prefix = Buffer.alloc(8);
    await handle.read(prefix, 0, 8, 0);
    const length = prefix.readBigUInt64LE();
    const limit = Math.min(LIMITS.safetensors.headerBytes, size - 8);
    if (length < 2n || length > BigInt(limit)) {
      const foreign = recognizeForeignFile(prefix);
      const message =
        foreign === undefined
          ? `the header claims ${length} bytes, expected 2 to ${limit}: truncated, or no safetensors file`
          : `this is no safetensors file, but ${foreign.what}`;
      throw new ModelError(message, { where: path, hint: foreign?.hint ?? DOWNLOAD_AGAIN });
    }
    const header = Buffer.alloc(Number(length));
    const { bytesRead } = await handle.read(header, 0, header.length, 8);
    if (bytesRead !== header.length) {
      throw new ModelError(`the header ends after ${bytesRead} of ${length} bytes`, {
        where: path,
        hint: DOWNLOAD_AGAIN,
      });
    }
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
  } catch (cause) {
    if (cause instanceof TypeError) {
      throw new ModelError("the header is not UTF-8 text", { where: path, hint: DOWNLOAD_AGAIN, cause });
    }
    throw cause;
  } finally {
    await handle.close();
  }
}

function checkShape(
  path: string,
  name: string,
  type: string,
  dims: readonly number[],
  byteLength: number,
): void {
  const bytesPerValue = BYTES_PER_VALUE.get(type);
  if (bytesPerValue === undefined) {
    const message = `tensor \`${name}\` has the number format \`${type}\`, expected one of ${[...BYTES_PER_VALUE.keys()].join(", ")}`;
    throw new ModelError(message, { where: path, hint: DOWNLOAD_AGAIN });
  }
  if (dims.length > LIMITS.safetensors.dimensions) {
    const message = `tensor \`${name}\` has ${dims.length} dimensions, expected at most ${LIMITS.safetensors.dimensions}`;
    throw new ModelError(message, { where: path, hint: DOWNLOAD_AGAIN });
  }
  const expected = elementCount(dims) * bytesPerValue;
  if (!Number.isSafeInteger(expected) || expected !== byteLength) {
    const message = `tensor \`${name}\`: ${type} [${dims.join(", ")}] takes ${expected} bytes, found ${byteLength}`;
    throw new ModelError(message, { where: path, hint: DOWNLOAD_AGAIN });
  }
}

/** Overlapping or hidden bytes have no honest use, so the whole data must belong to one tensor each. */
function checkContiguous(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  dataStart: number,
  size: number,
): void {
  let position = dataStart;
  for (const { name, offset, byteLength } of [...tensors.values()].toSorted(inFileOrder)) {
    if (offset !== position) {
      const message = `tensor \`${name}\` begins at byte ${offset - dataStart} of the data, expected ${position - dataStart} (tensors must neither overlap nor leave gaps)`;
      throw new ModelError(message, { where: path, hint: DOWNLOAD_AGAIN });
    }
    position = offset + byteLength;
  }
  if (position !== size) {
    const message = `the tensors end at byte ${position}, but the file is ${size} bytes long`;
    throw new ModelError(message, { where: path, hint: DOWNLOAD_AGAIN });
  }
}

function inFileOrder(a: StoredTensor, b: StoredTensor): number {
  return a.offset - b.offset || a.byteLength - b.byteLength;
}

/**
 * Reads one tensor as floats; F16 and BF16 are widened exactly.
 *
 * @throws ModelError when the file has no such tensor, or its number format is not F32, F16 or BF16
 */
export async function readFloats(file: SafetensorsFile, name: string): Promise<Tensor> {
  const { type, dims } = findTensor(file, name);
  const bytes = await readTensorBytes(file, name);
  const data = new Float32Array(elementCount(dims));
  if (type === "F32") {
    for (let i = 0; i < data.length; i++) data[i] = bytes.readFloatLE(4 * i);
  } else if (type === "F16") {
    for (let i = 0; i < data.length; i++) data[i] = halfToFloat(bytes.readUInt16LE(2 * i));
  } else if (type === "BF16") {
    const bits = new Uint32Array(data.buffer);
    for (let i = 0; i < data.length; i++) bits[i] = bytes.readUInt16LE(2 * i) << 16;
  } else {
    throw new ModelError(`tensor \`${name}\` is ${type}, expected F32, F16 or BF16`, { where: file.path });
  }
  return { dims, data };
}

/**
 * Reads one tensor of whole numbers.
 *
 * @throws ModelError when the file has no such tensor, or its number format is not I64 or I32
 */
export async function readIntegers(file: SafetensorsFile, name: string): Promise<IntTensor> {
  const { type, dims } = findTensor(file, name);
  const bytes = await readTensorBytes(file, name);
  const data = new BigInt64Array(elementCount(dims));
  if (type === "I64") {
    for (let i = 0; i < data.length; i++) data[i] = bytes.readBigInt64LE(8 * i);
  } else if (type === "I32") {
    for (let i = 0; i < data.length; i++) data[i] = BigInt(bytes.readInt32LE(4 * i));
  } else {
    throw new ModelError(`tensor \`${name}\` is ${type}, expected I64 or I32`, { where: file.path });
  }
  return { dims, data };
}

function findTensor({ path, tensors }: SafetensorsFile, name: string): StoredTensor {
  const stored = tensors.get(name);
  if (stored === undefined) throw new ModelError(`there is no tensor \`${name}\``, { where: path });
  return stored;
}

async function readTensorBytes(file: SafetensorsFile, name: string): Promise<Buffer> {
  const { offset, byteLength } = findTensor(file, name);
  const bytes = Buffer.alloc(byteLength);
  const handle = await open(file.path, "r");
  try {
    await handle.read(bytes, 0, bytes.length, offset);
  } finally {
    await handle.close();
  }
  return bytes;
}
