/** Memory for pictures that are about to be written whole. */

/**
 * glibc hands out blocks above a threshold as fresh pages and takes them back when they are freed: 1.5 ms for the pages of a picture of half a
 * megapixel, as much as a warp takes. The threshold rises to the largest block below 32 MB that was ever freed, and twice that much free memory
 * is then kept (mallopt(3), M_MMAP_THRESHOLD). This one is never written to, so it takes no memory; the first garbage collection frees it.
 */
// oxlint-disable-next-line no-new -- what counts is that it is freed
new ArrayBuffer(31 * 2 ** 20);

/** Floats that hold anything: zeroed ones would be written twice. */
export function unsetFloats(length: number): Float32Array<ArrayBuffer> {
  return new Float32Array(Buffer.allocUnsafeSlow(4 * length).buffer);
}
