/** Vector code for the pixels of a frame: the WebAssembly that `npm run build` compiles from assembly/, and its memory. */

import { readFileSync } from "node:fs";
import { AnimateError } from "../errors.ts";

/** Numbers are places in the kernels' memory, in bytes, or counts; described in assembly/. */
interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  bilinearRow: RowSampler;
  bicubicRow: RowSampler;
  weighRows(rows: number, weights: number, terms: number, output: number, count: number): void;
  unsharpRow(
    source: number,
    blurred: number,
    amount: number,
    threshold: number,
    output: number,
    count: number,
  ): void;
  philoxBlocks(
    counter: number,
    purpose: number,
    key0: number,
    key1: number,
    blocks: number,
    output: number,
  ): void;
  mixRow(picture: number, normals: number, strengths: number, shares: number, count: number): void;
  labFromRgbRow(
    pixels: number,
    count: number,
    matrix: number,
    linear: number,
    linearSteps: number,
    lightness: number,
    lightnessSteps: number,
  ): void;
  rgbFromLabRow(pixels: number, count: number, matrix: number, curve: number, steps: number): void;
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

type RowSampler = (
  picture: number,
  stride: number,
  width: number,
  height: number,
  positions: number,
  count: number,
  output: number,
  outside: number,
) => number;

/** What we use of the global that TypeScript knows from browsers only. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

export const kernels: Kernels = load();

function load(): Kernels {
  // The same file, seen from src/kernels and from dist/kernels.
  const file = new URL("../../dist/kernels/kernels.wasm", import.meta.url);
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file))).exports as Kernels;
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
 * last borrower left. Calls may be nested; views of the memory made before a nested call may be detached by it.
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
  const missing = top - kernels.memory.buffer.byteLength;
  try {
    if (missing > 0) kernels.memory.grow(Math.ceil(missing / PAGE));
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
export function floatsAt(place: number, length: number): Float32Array<ArrayBuffer> {
  return new Float32Array(kernels.memory.buffer, place, length);
}

/** Doubles of the kernels' memory. */
export function doublesAt(place: number, length: number): Float64Array<ArrayBuffer> {
  return new Float64Array(kernels.memory.buffer, place, length);
}

/** 32-bit words of the kernels' memory. */
export function wordsAt(place: number, length: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array(kernels.memory.buffer, place, length);
}
