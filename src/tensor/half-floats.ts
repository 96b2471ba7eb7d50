/** Numbers in half precision (IEEE 754 binary16), held as their 16 bits. */

/** Value of the lowest bit of a half below the normal range, 2⁻²⁴. */
const SUBNORMAL = 2 ** -24;
/** Bits of a single's fraction that a half has no room for. */
const DROPPED_BITS = 13;
/** Difference of the two formats' exponent biases, 127 − 15, where a half keeps its exponent. */
const REBIAS = 112 << 10;
const INFINITY_BITS = 0x7c00;
const NAN_BITS = 0x7e00;
/** Bits of singles without sign: 65520, from which on halves are infinite, and 2⁻¹⁴, the least normal half. */
const OVERFLOW = 0x477ff000;
const LEAST_NORMAL = 0x38800000;
const SINGLE_INFINITY = 0x7f800000;

/** Bits of one half to its value. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * SUBNORMAL;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The nearest halves, ties to even; what is beyond 65504 becomes infinite. */
export function toHalves(values: Float32Array): Uint16Array {
  const singles = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) halves[i] = narrow(singles[i]!);
  return halves;
}

/** The same numbers as singles, which is exact. */
export function fromHalves(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < values.length; i++) values[i] = halfToFloat(halves[i]!);
  return values;
}

function narrow(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fffffff;
  if (magnitude >= OVERFLOW) return sign | (magnitude > SINGLE_INFINITY ? NAN_BITS : INFINITY_BITS);
  if (magnitude >= LEAST_NORMAL) return sign | (roundToEven(magnitude, DROPPED_BITS) - REBIAS);
  // Below the normal range every half is a multiple of the same step; the implicit bit moves down into the fraction.
  const shift = DROPPED_BITS + 1 + 112 - (magnitude >>> 23);
  return shift > 24 ? sign : sign | roundToEven((magnitude & 0x7fffff) | 0x800000, shift);
}

/** Shifted right, to the nearest and on a tie to the even one. */
function roundToEven(bits: number, shift: number): number {
  const even = (bits >>> shift) & 1;
  return (bits + (1 << (shift - 1)) - 1 + even) >>> shift;
}
