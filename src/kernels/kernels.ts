/** Vector code for the pixels of a frame: the WebAssembly that `npm run build` compiles from assembly/, and its memory. */

import { readFileSync } from "node:fs";
import { AnimateError } from "../errors.ts";

/** Numbers are places in the kernels' memory, in bytes, or counts; described in assembly/. */
interface Kernels {
  beginJob(
    kernel: number,
    settings: number,
    rows: number,
    bandRows: number,
    output: number,
    bandBytes: number,
    reused: number,
    scratch: number,
    scratchBytes: number,
    arrived: number,
    helped: boolean,
  ): void;
  announceRows(rows: number): void;
  takeBand(): number;
  doBand(band: number, thread: number): void;
  outputOf(band: number, thread: number): number;
  isBandDone(band: number): number;
  awaitBand(band: number, nanoseconds: bigint): number;
  locateByMatrix(numbers: number, row: number, positions: number, count: number): void;
  locateInDepth(numbers: number, depths: number, row: number, positions: number, count: number): void;
  leastOf(values: number, count: number, least: number): number;
  mostOf(values: number, count: number, most: number): number;
  leastRow(a: number, b: number, output: number, count: number): void;
  tapOf(rule: number, index: number, size: number): number;
  weighRows(rows: number, weights: number, terms: number, output: number, count: number): void;
  philoxBlocks(
    counter: number,
    purpose: number,
    key0: number,
    key1: number,
    blocks: number,
    output: number,
  ): void;
  mixRow(picture: number, normals: number, strengths: number, shares: number, count: number): void;
  floatsFromLevels(levels: number, count: number, output: number): void;
  levelsFromFloats(floats: number, count: number, output: number): void;
  interleave(a: number, b: number, c: number, d: number, output: number, count: number): void;
  equationsRow(
    before: number,
    beforeMixed: number,
    after: number,
    afterMixed: number,
    flow: number,
    width: number,
    height: number,
    y: number,
    trusts: number,
    trustY: number,
    equations: number,
  ): void;
  slideSums(sums: number, entering: number, leaving: number, count: number): void;
  solveRow(sums: number, width: number, radius: number, regularization: number, flow: number): number;
}

/** What we use of the global that TypeScript knows from browsers only. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (size: { initial: number; maximum: number; shared: true }) => SharedMemory;
  Instance: new (module: object, imports: { env: { memory: SharedMemory } }) => { readonly exports: unknown };
};

interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** The compiled kernels, for other threads that are to use the same memory. */
export const kernelModule: object = compile();
/** 64 KB at first; may grow to 4 GB, of which address space alone is taken. Numbers as in `build:kernels`. */
export const kernelMemory: SharedMemory = new WebAssembly.Memory({
  initial: 1,
  maximum: 65_536,
  shared: true,
});
export const kernels: Kernels = new WebAssembly.Instance(kernelModule, { env: { memory: kernelMemory } })
  .exports as Kernels;

function compile(): object {
  // The same file, seen from src/kernels and from dist/kernels.
  const file = new URL("../../dist/kernels/kernels.wasm", import.meta.url);
  try {
    return new WebAssembly.Module(readFileSync(file));
  } catch (cause) {
    throw new AnimateError("the vector code for pixels cannot be loaded", {
      where: file.pathname,
      hint: "run `npm run build` in the folder of animate",
      cause,
    });
  }
}

const PAGE = 65_536;
/** Kernels work in steps of 64 bytes, so that they may read and write past an end. */
const STEP = 64;

/** From here on, memory is free. Kernels have no data of their own. */
let top = PAGE;

/**
 * Lends memory for the time of `use`: one place per size, at multiples of 64 bytes, with at least 64 bytes to spare after each. Its content is what the
 * last borrower left. Calls may be nested; views of the memory stay good in it.
 *
 * @param sizes bytes
 */
export function lendMemory<T>(sizes: readonly number[], use: (...places: number[]) => T): T {
  const bottom = top;
  const places = sizes.map((size) => {
    const place = top;
    top += roundUp(size, STEP) + STEP;
    return place;
  });
  const missing = top - kernelMemory.buffer.byteLength;
  try {
    if (missing > 0) kernelMemory.grow(Math.ceil(missing / PAGE));
    return use(...places);
  } finally {
    top = bottom;
  }
}

/**
 * Places a table that kernels read in their memory, for good. For tables that are made when a module is loaded: not while memory is lent.
 *
 * @returns its place
 */
export function keepFloats(table: ArrayLike<number>): number {
  const place = lendMemory([4 * table.length], (free) => {
    floatsAt(free, table.length).set(table);
    return free;
  });
  top = roundUp(place + 4 * table.length, STEP) + STEP;
  return place;
}

/** The next multiple of `step`. */
export function roundUp(size: number, step: number): number {
  return Math.ceil(size / step) * step;
}

/** Floats of the kernels' memory. */
export function floatsAt(place: number, length: number): Float32Array<SharedArrayBuffer> {
  return new Float32Array(kernelMemory.buffer, place, length);
}

/** Doubles of the kernels' memory. */
export function doublesAt(place: number, length: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(kernelMemory.buffer, place, length);
}

/** Bytes of the kernels' memory. */
export function bytesAt(place: number, length: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(kernelMemory.buffer, place, length);
}

/** 32-bit words of the kernels' memory. */
export function wordsAt(place: number, length: number): Uint32Array<SharedArrayBuffer> {
  return new Uint32Array(kernelMemory.buffer, place, length);
}

/**
 * Copies numbers to or from the kernels' memory as the C library does. `set` goes word by word where memory is shared, which takes half as
 * long again.
 *
 * @param from not empty
 * @param to of the same kind, at least as long
 */
export function copyNumbers<Numbers extends Float32Array | Float64Array | Uint8Array>(
  from: Numbers,
  to: Numbers,
): void {
  const source = new Uint8Array(from.buffer, from.byteOffset, from.byteLength);
  // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- the fill of a Buffer takes the bytes of its value
  Buffer.from(to.buffer, to.byteOffset, from.byteLength).fill(source);
}
