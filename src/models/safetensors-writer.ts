/** Writes tensors as a `.safetensors` file (format: huggingface/safetensors README). */

import { writeFileAtomic } from "../files.ts";
import type { IntTensor, Tensor } from "../tensor/tensor.ts";

/** Data begin at a multiple of this, so that readers can map them as they are. */
const ALIGNMENT = 8;

/**
 * Writes `tensors` to `path`, as F32 or I64. The file is either whole or absent.
 *
 * @throws FileError when it cannot be written
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor | IntTensor>,
): Promise<void> {
  await writeFileAtomic(path, toSafetensors(tensors));
}

/** The bytes of such a file: length of the header, header, data. Equal tensors give equal bytes, whatever their order. */
export function toSafetensors(tensors: ReadonlyMap<string, Tensor | IntTensor>): Uint8Array {
  // The wider format first, so that every tensor is aligned to its own values.
  const entries = [...tensors].toSorted(
    ([a, { data: left }], [b, { data: right }]) =>
      right.BYTES_PER_ELEMENT - left.BYTES_PER_ELEMENT || (a < b ? -1 : 1),
  );
  let end = 0;
  const header = entries.map(([name, { dims, data }]) => {
    const begin = end;
    end += data.byteLength;
    const dtype = data instanceof Float32Array ? "F32" : "I64";
    return [name, { dtype, shape: dims, data_offsets: [begin, end] }] as const;
  });
  const json = JSON.stringify(Object.fromEntries(header));
  const unpadded = Buffer.byteLength(json);
  const text = Buffer.from(json + " ".repeat((ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...entries.map(([, { data }]) => littleEndian(data))]);
}

/** Every platform that Node and ONNX Runtime support together is little-endian, as the format wants it. */
function littleEndian({ buffer, byteOffset, byteLength }: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
