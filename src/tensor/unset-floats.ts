/** Memory for pictures that are about to be written whole. */

/**
 * Floats that hold anything. Zeroed ones come in pages that the system has to clear and map, one by one, when they are first written: a
 * millisecond for a picture of half a megapixel, and another for its work.
 */
export function unsetFloats(length: number): Float32Array<ArrayBuffer> {
  return new Float32Array(Buffer.allocUnsafeSlow(4 * length).buffer);
}
