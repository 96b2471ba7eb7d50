/** A dense tensor: dimensions and row-major values. What networks take and give. */

export interface Tensor<Values extends Float32Array | BigInt64Array = Float32Array> {
  /** Outermost first; pictures and latents are NCHW. */
  readonly dims: readonly number[];
  /** Row-major, `dims` multiplied long. */
  readonly data: Values;
}

/** Token ids and other whole numbers, int64 as ONNX exports want them. */
export type IntTensor = Tensor<BigInt64Array>;

/** Number of values in a tensor of these dimensions. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

/** A tensor over `data`. Throws RangeError when the length does not fit the dimensions. */
export function tensor<Values extends Float32Array | BigInt64Array>(
  dims: readonly number[],
  data: Values,
): Tensor<Values> {
  if (data.length !== elementCount(dims)) {
    throw new RangeError(
      `a tensor [${dims.join(", ")}] holds ${elementCount(dims)} values, got ${data.length}`,
    );
  }
  return { dims, data };
}

/** A float tensor of zeros. */
export function zeros(dims: readonly number[]): Tensor {
  return { dims, data: new Float32Array(elementCount(dims)) };
}
